from fractions import Fraction

import opentimelineio as oti
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenedetect.common import FrameTimecode, Timecode

from animstudio.film.export.clips import clips
from animstudio.film.export.timecode import (
    TimecodeRate,
    clock,
    elapsed_seconds,
    grid_frame,
    timecode_rate,
)
from animstudio.film.shot import Shot, Transition
from animstudio.kernel.errors import AskedWrongly, WorkFailed

from .film_facts import measures

NTSC30, NTSC60 = Fraction(30000, 1001), Fraction(60000, 1001)
ONE_DAY = 24 * 3600


@pytest.mark.parametrize(
    ("rate", "drop"),
    [
        ("24", False),
        ("24000/1001", False),
        ("25", False),
        ("30000/1001", False),
        ("30000/1001", True),
        ("60", False),
        ("60000/1001", True),
    ],
)
@given(second=st.floats(0, ONE_DAY - 1))
def test_timecode_is_what_opentimelineio_writes_and_reads_back(rate, drop, second):
    exact = Fraction(rate)
    ours = TimecodeRate(exact, drop)
    frame = int(second * exact)
    text = ours.text(frame)
    theirs = oti.opentime.to_timecode(
        oti.opentime.RationalTime(frame, float(exact)), float(exact), drop
    )
    assert text == theirs
    assert ours.frame(text) == frame


def test_drop_frame_skips_numbers_but_no_tenth_minute():
    rate = TimecodeRate(NTSC30, drop=True)
    assert rate.text(1799) == "00:00:59;29"
    assert rate.text(1800) == "00:01:00;02"
    assert rate.text(17982) == "00:10:00;00"
    assert TimecodeRate(NTSC60, drop=True).text(3600) == "00:01:00;04"
    with pytest.raises(AskedWrongly, match="skips"):
        rate.frame("00:01:00;00")


@pytest.mark.parametrize("rate", ["24", "24000/1001", "25", "30"])
def test_drop_frame_is_refused_where_it_does_not_exist(rate):
    with pytest.raises(AskedWrongly, match="drop-frame"):
        TimecodeRate(Fraction(rate), drop=True)


@pytest.mark.parametrize(
    "text", ["1:00:00:00", "00:00:00:24", "00:60:00:00", "soon", "24:00:00:00"]
)
def test_what_is_no_timecode_is_refused(text):
    with pytest.raises(AskedWrongly, match="timecode"):
        TimecodeRate(Fraction(24)).frame(text)


@pytest.mark.parametrize(
    ("rate", "counted"),
    [
        ("24", "24"),
        ("24000/1001", "24000/1001"),
        ("29.97", "30000/1001"),
        ("12", "24"),
        ("12.5", "25"),
        ("59.94", "60000/1001"),
        ("10", "30"),
    ],
)
def test_editors_count_at_the_films_rate_or_its_first_standard_multiple(rate, counted):
    assert timecode_rate(measures(10, rate=Fraction(rate))).exact == Fraction(counted)


def test_a_film_of_variable_rate_counts_by_its_usual_frame():
    # A telephone's film: mostly 1/30 s, with pauses, 28.1 frames a second on average.
    ticks = [i * 3000 + (i // 15) * 3000 for i in range(120)]
    film = measures(120, rate=Fraction("28.1"), time_base=Fraction(1, 90000), pts=ticks)
    rate = timecode_rate(film)
    assert rate.exact == 30
    assert grid_frame(film, 30, rate) == 32
    assert elapsed_seconds(film, 30) == pytest.approx(32 / 30)


def test_a_rate_without_timecode_is_refused_with_its_number():
    with pytest.raises(WorkFailed, match=r"17\.3"):
        timecode_rate(measures(10, rate=Fraction("17.3"), time_base=Fraction(1, 90000)))


@given(st.integers(0, 10**9), st.sampled_from([90000, 1000, 12288, 24000, 10**6]))
def test_clock_rounds_as_pyscenedetect_does(pts, base):
    theirs = FrameTimecode(Timecode(pts, Fraction(1, base)), Fraction(24))
    assert clock(theirs.seconds) == theirs.get_timecode()


def test_no_transition_of_a_clip_reaches_into_the_next():
    mix = [Transition("dissolve", 20, 50), Transition("fade", 40, 70)]
    shots = [
        Shot(1, 0, 35, None, mix[0]),
        Shot(2, 35, 55, mix[0], mix[1]),
        Shot(3, 55, 90, mix[1], None),
    ]
    film = measures(90)
    made = clips(shots, film, timecode_rate(film))
    assert [(c.start, c.end) for c in made] == [(0, 35), (35, 55), (55, 90)]
    assert [(c.before, c.after) for c in made] == [(0, 0), (15, 15), (5, 15)]
