from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from animstudio.film.speech import Span, SpeechSpec, find_speech

STEP = 0.032
BARE = SpeechSpec(speech_padding=0)


def spans(probabilities: list[float], spec: SpeechSpec = BARE) -> list[tuple[float, float]]:
    found = find_speech(probabilities, len(probabilities) * STEP, spec)
    return [(round(s.start / STEP, 3), round(s.end / STEP, 3)) for s in found]


def test_speech_lasts_from_the_threshold_to_the_pause():
    assert spans([0.1] * 10 + [0.9] * 20 + [0.1] * 10) == [(10, 30)]


def test_it_ends_below_a_lower_threshold_than_it_starts():
    assert spans([0.0] * 5 + [0.6] * 10 + [0.4] * 10 + [0.0] * 10) == [(5, 25)]
    assert spans([0.4] * 40) == []


def test_short_pauses_are_bridged_and_long_ones_not():
    assert spans([0.9] * 10 + [0.0] * 3 + [0.9] * 10 + [0.0] * 10) == [(0, 23)]
    assert spans([0.9] * 10 + [0.0] * 5 + [0.9] * 10 + [0.0] * 10) == [(0, 10), (15, 25)]


def test_short_speech_is_dropped():
    assert spans([0.0] * 10 + [0.9] * 7 + [0.0] * 10) == []
    assert spans([0.0] * 10 + [0.9] * 8 + [0.0] * 10) == [(10, 18)]


def test_speech_may_last_to_the_end():
    assert find_speech([0.0] * 10 + [0.9] * 20, 0.95, BARE) == (Span(10 * STEP, 0.95),)


def test_padding_stays_inside_the_film_and_out_of_the_neighbour():
    close = [0.9] * 10 + [0.0] * 5 + [0.9] * 10
    first, second = find_speech(close, 25 * STEP, SpeechSpec(speech_padding=0.1))
    assert first.start == 0
    assert first.end == pytest.approx(12.5 * STEP)
    assert second.start == pytest.approx(12.5 * STEP)
    assert second.end == pytest.approx(25 * STEP)


def test_nothing_heard_is_nothing_said():
    assert find_speech([], 0.0) == ()


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=200), st.floats(0, 1))
def test_spans_are_in_order_apart_and_inside(probabilities: list[float], padding: float):
    seconds = len(probabilities) * STEP
    found = find_speech(probabilities, seconds, SpeechSpec(speech_padding=padding))
    edges = [edge for span in found for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(-1e-9 <= edge <= seconds + 1e-9 for edge in edges)


def test_a_threshold_of_one_is_refused():
    with pytest.raises(ValidationError):
        SpeechSpec(speech_threshold=1)
