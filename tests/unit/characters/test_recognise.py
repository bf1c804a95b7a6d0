"""Tracks grouped and named, on vectors whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from animstudio.characters.gathered import Tracks, mean_of
from animstudio.characters.grouping import NOBODY, by_density, by_number, silhouette
from animstudio.characters.joining import How
from animstudio.characters.naming import Answer, Wishes
from animstudio.characters.reach import learned_reach
from animstudio.characters.recognise import recognise
from animstudio.characters.records import Backends, InstanceRecord
from animstudio.models.registry import Scale

HOW = How("hdbscan", 12, 2, range(2, 8), 0, None)


def instance(track: str, number: int, shot: int = 1) -> InstanceRecord:
    return InstanceRecord(
        name=f"{track}_f{number:06d}", track=track, film="f", film_sha256="", shot=shot,
        frame=number, pts=number, seconds=number / 6, instance="i.png", context=None,
        blurred=None, mask=None, background=None, box=(0, 0, 9, 9), crop=(0, 0, 9, 9),
        frame_size=(99, 99), area=81, score=1, sharpness=100, cut_off=False, label="",
        backends=Backends(detector="fake", segmenter="fake"),
    )  # fmt: skip


def tracks_of(
    sizes: Sequence[int], *, spread: float = 0.12, pictures: int = 6,
    apart: frozenset[tuple[int, int]] = frozenset(), seed: int = 0,
) -> Tracks:  # fmt: skip
    """So many tracks of each character; pictures of a track lie nearer than tracks do."""
    rng = np.random.default_rng(seed)
    names, crops = [], []
    for who, size in enumerate(sizes):
        centre = rng.normal(size=32)
        centre /= np.linalg.norm(centre)
        for number in range(size):
            own = centre + rng.normal(size=32) * spread / 32**0.5
            looks = own + rng.normal(size=(pictures, 32)) * spread / 32**0.5
            crops.append((looks / np.linalg.norm(looks, axis=1, keepdims=True)).astype(np.float32))
            names.append(f"c{who}_{number:02d}")
    instances = [
        [instance(name, n, shot) for n in range(pictures)] for shot, name in enumerate(names, 1)
    ]
    return Tracks(names, np.stack([mean_of(c) for c in crops]), crops, instances, apart)


def groups(tracks: Tracks, answer: Answer) -> set[frozenset[str]]:
    """Who is together with whom."""
    found = {}
    for name, label in zip(tracks.names, answer.labels.tolist(), strict=True):
        found.setdefault(label if label != NOBODY else name, set()).add(name)
    return {frozenset(one) for one in found.values()}


@pytest.mark.parametrize("sizes", [(8, 7, 6), (3, 2, 2), (2,), (20, 3, 3, 12)])
def test_characters_are_told_apart(sizes: tuple[int, ...]) -> None:
    tracks = tracks_of(sizes)
    answer = recognise(tracks, HOW)
    truth = {frozenset(n for n in tracks.names if n.startswith(f"c{who}_"))
             for who in range(len(sizes))}  # fmt: skip
    assert groups(tracks, answer) == truth
    assert answer.characters[0] == "character_01"


def test_nothing_comes_of_nothing() -> None:
    none = Tracks([], np.zeros((0, 4), np.float32), [], [], frozenset())
    for method in ("hdbscan", "kmeans"):
        answer = recognise(none, How(method, 12, 2, range(2, 5), 0, None))  # type: ignore[arg-type]
        assert not answer.characters
        assert not len(answer.labels)


def test_a_character_with_too_few_pictures_is_noise() -> None:
    answer = recognise(tracks_of((8, 8, 1)), HOW)
    assert len(answer.characters) == 2
    assert answer.noise[-1] == "unlike"


def test_tracks_seen_together_are_never_one() -> None:
    tracks = tracks_of((4,), apart=frozenset({(0, 1)}))
    answer = recognise(tracks, HOW)
    assert answer.labels[0] != answer.labels[1] or answer.labels[0] == NOBODY
    number = recognise(tracks, How("kmeans", 12, 2, [1], 0, None))
    assert number.labels[0] != number.labels[1] or number.labels[0] == NOBODY


def test_the_cast_binds() -> None:
    tracks = tracks_of((8, 8))
    wishes = Wishes({"luca": ["c0_00", "c1_00"], "giulia": ["c1_01"]}, frozenset({"c0_07"}))
    answer = recognise(tracks, HOW, wishes)
    who = {name: answer.characters[label] if label != NOBODY else None
           for name, label in zip(tracks.names, answer.labels.tolist(), strict=True)}  # fmt: skip
    assert who["c0_00"] == who["c1_00"] == "luca"
    assert who["c1_01"] == "giulia"
    assert who["c0_07"] is None
    assert answer.noise[7] == "rejected"


def test_references_name_characters() -> None:
    tracks = tracks_of((8, 8))
    looks = {"luca": tracks.crops[0][:3], "nobody": -tracks.crops[0][:2]}
    answer = recognise(tracks, HOW, Wishes(references=looks))
    assert set(answer.characters) == {"luca", "character_01"}
    assert answer.named_by[answer.characters.index("luca")] == "reference"
    assert {answer.characters[label] for label in answer.labels[:8]} == {"luca"}


def test_kmeans_tries_numbers_and_keeps_the_best() -> None:
    tracks = tracks_of((6, 6, 6))
    found = by_number(tracks.vectors, (), range(2, 7), 0)
    assert len(set(found.labels.tolist())) == 3
    assert [k for k, _ in found.tried] == [2, 3, 4, 5, 6]
    assert max(found.tried, key=lambda one: one[1])[0] == 3
    assert (silhouette(tracks.vectors, found.labels) or 0) > 0.5


def test_density_needs_some_tracks() -> None:
    assert set(by_density(tracks_of((2,)).vectors, (), smallest=2, samples=2).labels) == {NOBODY}


def test_the_reach_is_learned_from_tracks_and_from_who_is_seen_together() -> None:
    near = learned_reach(tracks_of((5, 5), spread=0.2), Scale())
    far = learned_reach(tracks_of((5, 5), spread=0.35), Scale())
    assert near < far
    pairs = frozenset({(0, 1), (0, 2), (0, 3), (1, 2)})
    assert learned_reach(tracks_of((5, 5), spread=0.35, apart=pairs), Scale()) < far


def test_the_same_tracks_give_the_same_answer() -> None:
    tracks = tracks_of((9, 9, 4), spread=0.3)
    one, other = (recognise(tracks, HOW) for _ in range(2))
    assert one.labels.tolist() == other.labels.tolist()
    assert one.characters == other.characters


def test_the_reach_lies_between_the_nearest_and_the_usual_distance() -> None:
    tracks = tracks_of((6, 6, 6), spread=0.4)
    between = 1 - tracks.vectors @ tracks.vectors.T
    same = np.concatenate(
        [between[n : n + 6, n : n + 6][np.triu_indices(6, 1)] for n in (0, 6, 12)]
    )
    assert np.median(same) < learned_reach(tracks, Scale()) < between[:6, 6:].min()


def test_references_say_what_is_no_character() -> None:
    tracks = tracks_of((8, 8))
    looks = {"noise": tracks.crops[0][:3], "luca": tracks.crops[8][:3]}
    answer = recognise(tracks, HOW, Wishes(references=looks))
    assert answer.characters == ["luca"]
    assert set(answer.noise[:8]) == {"reference"}
    assert answer.noise[8:] == [None] * 8


def test_two_outliers_are_not_one_character() -> None:
    """Two tracks that are only less unlike each other than all else: dense, but not alike."""
    tracks = tracks_of((8, 8, 8, 1, 1), spread=0.2, pictures=14)
    mixed = 0.6 * tracks.crops[-2] + 0.8 * tracks.crops[-1]
    mixed = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
    crops = [*tracks.crops[:-1], mixed]
    vectors = np.stack([mean_of(one) for one in crops])
    answer = recognise(Tracks(tracks.names, vectors, crops, tracks.instances, frozenset()), HOW)
    assert len(answer.characters) == 5
    assert answer.labels[-1] != answer.labels[-2]
