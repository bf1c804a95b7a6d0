"""What people said and what was seen binds, whatever the vectors say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.characters import joining
from animstudio.characters.gathered import Tracks, mean_of
from animstudio.characters.grouping import (
    NOBODY,
    Floats,
    Labels,
    by_density,
    by_likeness,
    by_number,
)
from animstudio.characters.joining import grouped
from animstudio.characters.naming import Answer, Wishes
from animstudio.characters.recognise import recognise
from tests.unit.characters.test_recognise import HOW, tracks_of

Pairs = Sequence[tuple[int, int]]


def unit(*rows: Sequence[float]) -> Floats:
    found = np.array(rows, np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def who(tracks: Tracks, answer: Answer) -> dict[str, str | None]:
    return {name: answer.characters[label] if label != NOBODY else None
            for name, label in zip(tracks.names, answer.labels.tolist(), strict=True)}  # fmt: skip


WAYS: dict[str, Callable[[Floats, Pairs], Labels]] = {
    "density": lambda v, apart: by_density(v, apart, smallest=2, samples=2).labels,
    "likeness": lambda v, apart: by_likeness(v, apart, 1.5).labels,
    "number": lambda v, apart: by_number(v, apart, [2, 3], 0).labels,
    "all": lambda v, apart: grouped(v, apart, HOW, 0.8)[0].labels,
}


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(13, 24), share=st.floats(0.02, 0.6))
def test_what_was_seen_together_is_never_one(way: str, seed: int, count: int, share: float) -> None:
    """Two clouds, and pairs within them that were seen together."""
    rng = np.random.default_rng(seed)
    vectors = unit(*(np.eye(6)[rng.integers(0, 2, count)] + 0.1 * rng.normal(size=(count, 6))))
    apart = [(a, b) for a in range(count) for b in range(a + 1, count) if rng.random() < share]
    labels = WAYS[way](vectors, apart)
    assert not [(a, b) for a, b in apart if labels[a] == labels[b] != NOBODY]


def test_density_parts_those_who_are_always_seen_together() -> None:
    """Twins: two groups, and not one of them with the other half left over."""
    rng = np.random.default_rng(1)
    vectors = unit(*(np.eye(6)[0] + 0.05 * rng.normal(size=(16, 6))))
    apart = [(a, b) for a in range(8) for b in range(8, 16)]
    labels = by_density(vectors, apart, smallest=4, samples=2).labels
    assert len(set(labels[:8])) == len(set(labels[8:])) == 1
    assert labels[0] != labels[8] != NOBODY


def test_groups_are_not_merged_over_a_pair_that_was_seen_together() -> None:
    vectors = unit((1, 0), (1, 0.01), (1, 0.02), (1, 0.03))
    labels = np.array([0, 0, 1, 1])
    assert len(set(joining._merged(labels.copy(), vectors, [], 0.1))) == 1
    assert len(set(joining._merged(labels.copy(), vectors, [(3, 0)], 0.1))) == 2


def test_who_is_left_over_joins_one_group_that_it_is_plainly_like_and_may_be_in() -> None:
    vectors = unit((1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 1, 0), (1, 0.2, 0), (1, 1, 0), (0, 0, 1))
    labels = np.array([0, 0, 1, 1, NOBODY, NOBODY, NOBODY])
    found, rescued = joining._rescued(labels, vectors, [], 0.5)
    assert found.tolist() == [0, 0, 1, 1, 0, NOBODY, NOBODY]
    assert rescued == {4}
    found, rescued = joining._rescued(labels, vectors, [(4, 1)], 0.5)
    assert (found[4], rescued) == (NOBODY, set())


def test_of_two_that_were_seen_together_the_one_that_fits_less_goes_and_is_told_why() -> None:
    tracks = tracks_of((1, 6), apart=frozenset({(0, 3)}))
    answer = recognise(tracks, replace(HOW, method="kmeans", numbers=[1]))
    assert answer.labels.tolist() == [NOBODY, 0, 0, 0, 0, 0, 0]
    assert answer.noise[0] == "together"


def test_fewer_tracks_than_characters_stand_alone() -> None:
    assert by_number(unit((1, 0), (1, 0.1)), (), [5], 0).labels.tolist() == [0, 1]
    assert by_number(unit((1, 0), (0, 1)), (), [1], 0).labels.tolist() == [0, 0]


def test_tracks_that_the_cast_puts_together_are_one_and_speak_as_one() -> None:
    """Half this, half that: they are like neither, and take nobody along."""
    tracks = tracks_of((8, 8))
    answer = recognise(tracks, HOW, Wishes({"luca": ["c0_00", "c1_00"]}))
    named = who(tracks, answer)
    assert [name for name, is_ in named.items() if is_ == "luca"] == ["c0_00", "c1_00"]
    assert answer.by[0] == answer.by[8] == "cast"


def test_what_the_cast_parts_is_two_however_alike() -> None:
    tracks = tracks_of((8,), spread=0.01)
    named = who(tracks, recognise(tracks, HOW, Wishes({"luca": ["c0_00"], "ada": ["c0_01"]})))
    assert (named["c0_00"], named["c0_01"]) == ("luca", "ada")


def test_whom_the_cast_names_is_kept_with_however_few_pictures() -> None:
    tracks = tracks_of((8, 8, 1))
    assert who(tracks, recognise(tracks, HOW))["c2_00"] is None
    answer = recognise(tracks, HOW, Wishes({"bea": ["c2_00"]}))
    assert who(tracks, answer)["c2_00"] == "bea"


def test_a_cast_of_tracks_that_are_gone_or_rejected_names_nobody() -> None:
    tracks = tracks_of((8,))
    wishes = Wishes({"luca": ["gone"], "ada": ["c0_00"], "bea": []}, frozenset({"c0_00"}))
    answer = recognise(tracks, HOW, wishes)
    assert list(answer.characters) == ["character_01"]
    assert (answer.noise[0], answer.by[0]) == ("rejected", "noise")


def test_too_few_pictures_are_noise_by_density_and_a_character_by_number() -> None:
    tracks = tracks_of((8, 8, 2), pictures=3)
    answer = recognise(tracks, HOW)
    assert answer.noise[-2:] == ["few", "few"]
    by_k = recognise(tracks, replace(HOW, method="kmeans", numbers=[3]))
    assert len(by_k.characters) == 3


def turned(vectors: Floats, distance: float, seed: int = 0) -> Floats:
    """A reference at this cosine distance from the mean of vectors."""
    mean = mean_of(vectors)
    other = np.random.default_rng(seed).normal(size=len(mean))
    other -= (other @ mean) * mean
    other /= np.linalg.norm(other)
    like = 1 - distance
    return np.asarray([like * mean + (1 - like**2) ** 0.5 * other], np.float32)


def test_references_name_groups_from_farther_than_single_tracks() -> None:
    """A group is named within 2.2 times the reach, a track left over within the reach itself."""
    tracks = tracks_of((8, 8, 1), spread=0.02)
    how = replace(HOW, reach=0.1)
    near, far = (turned(tracks.vectors[:8], d) for d in (0.2, 0.24))
    assert "luca" in recognise(tracks, how, Wishes(references={"luca": near})).characters
    assert "luca" not in recognise(tracks, how, Wishes(references={"luca": far})).characters
    alone = tracks.vectors[16:]
    near, far = (turned(alone, d) for d in (0.09, 0.12))
    answer = recognise(tracks, how, Wishes(references={"bea": near}))
    assert (who(tracks, answer)["c2_00"], answer.by[16]) == ("bea", "reference")
    assert "bea" not in recognise(tracks, how, Wishes(references={"bea": far})).characters


def test_a_track_left_over_joins_the_group_of_its_reference() -> None:
    tracks = tracks_of((8, 8, 1), spread=0.02)
    mixed = unit(tracks.vectors[0] + tracks.vectors[16])
    answer = recognise(tracks, replace(HOW, reach=0.3), Wishes(references={"luca": mixed}))
    named = who(tracks, answer)
    assert named["c0_00"] == named["c2_00"] == "luca"
    assert list(answer.characters).count("luca") == 1
    how, looks = replace(HOW, reach=0.3), {"luca": mixed}
    answer = recognise(tracks, how, Wishes({"luca": ["c0_00"]}, references=looks))
    assert who(tracks, answer)["c2_00"] == "luca"
    assert answer.named_by[list(answer.characters).index("luca")] == "cast"


def test_the_nearest_reference_names_and_the_cast_comes_first() -> None:
    tracks = tracks_of((8, 8), spread=0.02)
    looks = {"far": turned(tracks.vectors[:8], 0.15), "near": turned(tracks.vectors[:8], 0.02)}
    how = replace(HOW, reach=0.1)
    assert "near" in recognise(tracks, how, Wishes(references=looks)).characters
    answer = recognise(tracks, how, Wishes({"luca": ["c0_00"]}, references=looks))
    assert "luca" in answer.characters
    assert "near" not in answer.characters
    assert answer.named_by[list(answer.characters).index("luca")] == "cast"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0.02, 0.5), reach=st.floats(0.05, 0.6))
def test_no_name_puts_together_what_was_seen_together(
    seed: int, share: float, reach: float
) -> None:
    """References that all are like; and a cast that has the name of one of them."""
    rng = np.random.default_rng(seed)
    count = 14
    apart = {(a, b) for a in range(count) for b in range(a + 1, count) if rng.random() < share}
    tracks = tracks_of((5, 5, 4), spread=0.4, apart=frozenset(apart), seed=seed)
    looks = {"luca": tracks.vectors[:7], "ada": tracks.vectors[7:]}
    named = {"luca": [tracks.names[int(rng.integers(count))]]} if seed % 2 else {}
    answer = recognise(
        tracks, replace(HOW, reach=reach, smallest=1), Wishes(named, frozenset(), looks)
    )
    labels = answer.labels
    assert not [(a, b) for a, b in apart if labels[a] == labels[b] != NOBODY]


def test_two_groups_that_were_seen_together_do_not_share_a_reference() -> None:
    """The one that is more like it gets the name; the other one keeps a number."""
    tracks = tracks_of((8, 8), spread=0.02, apart=frozenset({(0, 8)}))
    look = unit(1.2 * tracks.vectors[0] + tracks.vectors[8])
    answer = recognise(tracks, replace(HOW, reach=0.3), Wishes(references={"luca": look}))
    named = who(tracks, answer)
    assert (named["c0_00"], named["c1_00"]) == ("luca", "character_01")
    free = recognise(tracks_of((8, 8), spread=0.02), replace(HOW, reach=0.3),
                     Wishes(references={"luca": look}))  # fmt: skip
    assert list(free.characters) == ["luca"]


def test_a_track_left_over_keeps_out_of_a_name_it_was_seen_with() -> None:
    """Its reference is the same, but its like was in the same frame."""
    tracks = tracks_of((14, 1), spread=0.02, apart=frozenset({(0, 14)}))
    look = unit(tracks.vectors[0] + tracks.vectors[14])
    answer = recognise(tracks, replace(HOW, reach=0.3), Wishes(references={"luca": look}))
    named = who(tracks, answer)
    assert (named["c0_00"], named["c1_00"], answer.noise[14]) == ("luca", None, "together")


def test_references_of_noise_take_groups_and_single_tracks() -> None:
    tracks = tracks_of((8, 8, 1), spread=0.02)
    how = replace(HOW, reach=0.1)
    for own, count in ((slice(0, 8), 8), (slice(16, 17), 1)):
        looks = {"noise": turned(tracks.vectors[own], 0.05)}
        answer = recognise(tracks, how, Wishes(references=looks))
        assert answer.noise[own] == ["reference"] * count
        assert len(answer.characters) == (1 if count == 8 else 2)


def test_numbers_pass_over_names_that_are_taken_and_the_largest_is_first() -> None:
    tracks = tracks_of((4, 8, 6))
    answer = recognise(tracks, HOW, Wishes({"character_01": ["c0_00", "c0_01", "c0_02", "c0_03"]}))
    named = who(tracks, answer)
    assert named["c1_00"] == "character_02"
    assert named["c2_00"] == "character_03"


def test_a_number_that_differs_from_a_name_in_capitals_only_is_passed_over() -> None:
    """Their folders would be one on many disks, and one in the dataset."""
    tracks = tracks_of((6, 6), pictures=2)
    known = Wishes(named={"Character_01": [tracks.names[0]]})
    assert "character_01" not in recognise(tracks, HOW, known).characters
