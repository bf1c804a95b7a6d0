"""Frames that say they are frame N are frame N: whole, in spans, and found again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from animstudio.kernel.errors import UnreadableFilm
from animstudio.media.decode import WHOLE, Decoder, Span
from animstudio.media.probe import FilmProbe, probe
from animstudio.media.refind import find_pictures, pictures_of_span
from animstudio.media.spans import plan_spans

from .drawn import CONTAINERS, X264, Drawn, draw, number_of

Seen = list[tuple[int, int]]
"""Times and numbers read off the pictures."""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """Return a film's probe by its name in `CONTAINERS`; each is written once."""
    folder = tmp_path_factory.mktemp("films")

    @lru_cache
    def film(name: str) -> FilmProbe:
        how = CONTAINERS[name]
        return probe(draw(folder / f"{name}{how.suffix}", how))

    return film


def seen(facts: FilmProbe, span: Span = WHOLE, threads: int = 2) -> Seen:
    """Decode a span, without the picture after its end."""
    pictures = Decoder(facts, threads=threads).pictures(span)
    return [
        (picture.pts, number_of(picture.bgr()))
        for picture in pictures
        if span.end is None or picture.pts < span.end
    ]


def in_spans(facts: FilmProbe, spans: list[Span]) -> Seen:
    """Decode span after span."""
    return [picture for span in spans for picture in seen(facts, span)]


WHOLE_ONLY = ("gif", "mpg", "mp4-refresh")
"""No keyframes, no trust in times after a seek, keyframes that the decoder does not begin with."""


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_frame_comes_once_and_in_order(films, name: str):
    pictures = seen(films(name))
    assert [number for _, number in pictures] == list(range(72))
    times = [pts for pts, _ in pictures]
    steps = {b - a for a, b in pairwise(times)}
    frame = 1 / (films(name).rate * films(name).time_base)
    assert all(abs(step - frame) < 1 for step in steps)
    assert times[0] * films(name).time_base == films(name).start


@pytest.mark.parametrize("name", CONTAINERS)
def test_spans_give_the_same_frames_as_the_whole(films, name: str):
    spans = plan_spans(films(name), Fraction(1, 2))
    assert (len(spans) == 1) == (name in WHOLE_ONLY)
    assert (spans[0].start, spans[-1].end) == (None, None)
    assert in_spans(films(name), spans) == seen(films(name))


@pytest.mark.parametrize("name", ["mp4-open", "avi-h264", "ts"])
def test_a_span_shows_one_frame_more(films, name: str):
    first, second, _ = plan_spans(films(name), Fraction(1, 2))
    *_, last = Decoder(films(name)).pictures(first)
    start = next(Decoder(films(name)).pictures(second))
    assert (last.pts, number_of(last.bgr())) == (start.pts, number_of(start.bgr())) == (
        first.end, 24,
    )  # fmt: skip
    assert (last.index, start.index) == (24, 0)


@pytest.mark.parametrize("name", CONTAINERS)
def test_frames_are_found_again(films, name: str):
    facts, rng = films(name), random.Random(name)
    whole = dict(seen(facts))
    for size in (1, 1, 1, 2, 7):
        times = rng.sample(list(whole), size)
        found = [(p.pts, number_of(p.bgr())) for p in find_pictures(facts, times)]
        assert set(found) <= {(pts, whole[pts]) for pts in times}
        if name not in ("mpg", "mp4-refresh"):
            assert [pts for pts, _ in found] == sorted(times)
        slow = [(p.pts, number_of(p.bgr())) for p in pictures_of_span(facts, times, WHOLE)]
        assert slow == sorted((pts, whole[pts]) for pts in times)


def test_times_without_a_picture_are_passed_over(films):
    facts = films("mkv")
    assert [p.pts for p in find_pictures(facts, [0, 1, 1000, 10**7])] == [0, 1000]
    assert [p.pts for p in pictures_of_span(facts, [3, 1000], WHOLE)] == [1000]
    assert list(find_pictures(facts, [])) == []


@pytest.mark.parametrize("name", ["mkv", "ts-open", "flv", "avi-h264"])
def test_far_apart_frames_cost_a_seek_each(films, monkeypatch: pytest.MonkeyPatch, name: str):
    import animstudio.media.refind as refind

    monkeypatch.setattr(refind, "PATIENCE", Fraction(1, 4))
    whole = seen(films(name))
    wanted = [whole[n] for n in (3, 30, 33, 71)]
    pictures = find_pictures(films(name), [pts for pts, _ in wanted])
    assert [(p.pts, number_of(p.bgr())) for p in pictures] == wanted


@pytest.mark.parametrize("name", ["mkv", "ts", "avi-h264", "mpg"])
def test_threads_change_nothing(films, name: str):
    assert seen(films(name), threads=1) == seen(films(name), threads=3)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(["mp4-open", "mkv", "ts-open", "avi-mpeg4", "flv"]),
    tenths=st.integers(1, 40),
)
def test_spans_of_any_length_tile_the_film(films, name: str, tenths: int):
    spans = plan_spans(films(name), Fraction(tenths, 10))
    assert [span.end for span in spans[:-1]] == [span.start for span in spans[1:]]
    assert in_spans(films(name), spans) == seen(films(name))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(st.integers(1, 400), min_size=2, max_size=40),
    start=st.integers(0, 5000),
    suffix=st.sampled_from([".mkv", ".mp4"]),
)
def test_irregular_times_are_kept(tmp_path_factory, steps: list[int], start: int, suffix: str):
    """A film of variable frame rate: what was written comes out, in spans and found again."""
    times = [sum(steps[:count]) for count in range(len(steps) + 1)]
    film = Drawn(suffix, start=start, times=times, base=Fraction(1, 1000),
                 options={**X264, "g": "8", "preset": "ultrafast"})  # fmt: skip
    facts = probe(draw(tmp_path_factory.mktemp("vfr") / f"vfr{suffix}", film, len(times)))
    pictures = seen(facts)
    assert [number for _, number in pictures] == list(range(len(times)))
    written = [Fraction(start + time, 1000) for time in times]
    assert [pts * facts.time_base for pts, _ in pictures] == written
    spans = plan_spans(facts, Fraction(1))
    assert in_spans(facts, spans) == pictures
    wanted = pictures[:: max(1, len(pictures) // 3)]
    found = find_pictures(facts, [pts for pts, _ in wanted])
    assert [(p.pts, number_of(p.bgr())) for p in found] == wanted


@pytest.fixture
def joined(tmp_path: Path) -> FilmProbe:
    """A recording whose clock is set anew in the middle."""
    how = CONTAINERS["ts"]
    first = draw(tmp_path / "a.ts", how, 48).read_bytes()
    film = tmp_path / "joined.ts"
    film.write_bytes(first + draw(tmp_path / "b.ts", how, 48).read_bytes())
    return probe(film)


def test_a_clock_that_is_set_anew(joined: FilmProbe):
    pictures = seen(joined)
    assert [number for _, number in pictures] == [*range(48), *range(48)]
    times = [pts for pts, _ in pictures]
    assert {b - a for a, b in pairwise(times)} == {3750}


def test_a_film_whose_clock_is_set_anew_stays_whole(joined: FilmProbe):
    assert plan_spans(joined, Fraction(1, 2)) == [WHOLE]
    whole = seen(joined)
    slow = pictures_of_span(joined, [whole[60][0]], WHOLE)
    assert [number_of(p.bgr()) for p in slow] == [12]


def test_an_edit_list_hides_frames(films, tmp_path: Path):
    """Films cut without encoding begin at a keyframe before what is to be seen."""
    import av

    with av.open(str(films("mp4").path)) as source, av.open(str(tmp_path / "e.mp4"), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                half = int(Fraction(1, 2) / packet.time_base)
                packet.pts, packet.dts = packet.pts - half, packet.dts - half
                packet.stream = stream
                out.mux(packet)
    facts = probe(tmp_path / "e.mp4")
    assert [number for _, number in seen(facts)] == list(range(12, 72))
    assert facts.frame_count == 60


def test_one_frame(tmp_path: Path):
    for suffix in (".mp4", ".mkv", ".ts", ".avi"):
        facts = probe(draw(tmp_path / f"one{suffix}", Drawn(suffix), 1))
        assert len(seen(facts)) == 1
        assert plan_spans(facts, Fraction(1)) == [WHOLE]


def test_a_keyframe_that_is_not_there(films):
    with pytest.raises(UnreadableFilm, match="keyframe at tick 1042 was not found"):
        next(Decoder(films("mkv")).pictures(Span(1042, None)))


def test_a_film_that_vanishes(films, tmp_path: Path):
    film = draw(tmp_path / "a.mkv", CONTAINERS["mkv"], 3)
    facts = probe(film)
    film.unlink()
    with pytest.raises(UnreadableFilm, match="does not open"):
        next(Decoder(facts).pictures())


def test_decoding_leaves_no_memory_behind(films):
    def rest() -> int:
        for picture in Decoder(films("mkv"), threads=2).pictures():
            picture.views()
            picture.bgr()
        list(find_pictures(films("ts"), [p for p, _ in seen(films("ts"))[::20]]))
        return psutil.Process().memory_info().rss

    rest()
    before = rest()
    after = [rest() for _ in range(4)]
    assert after[-1] - before < 15_000_000  # one kept pass more each time would be 25 MB
