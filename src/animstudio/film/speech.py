"""Where a film speaks: spans of speech from the probabilities of its chunks.

The rules and their defaults are those of Silero's own `get_speech_timestamps` (silero-vad 6,
MIT): speech starts at the threshold and ends only below a lower one, and a pause shorter than
`min_silence` does not end it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from animstudio.film.silero import CHUNK, RATE
from animstudio.kernel.spec import Seconds, Spec

_HYSTERESIS = 0.15
_STEP = CHUNK / RATE


class SpeechSpec(Spec):
    """What counts as speech."""

    speech_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Probability from which sound is speech; speech ends 0.15 below it."""
    min_speech: Seconds = 0.25
    """Shorter speech is dropped, in seconds."""
    min_silence: Seconds = 0.1
    """Shorter pauses do not end speech, in seconds."""
    speech_padding: Seconds = 0.03
    """Kept before and after speech, in seconds, where the neighbour leaves room."""


@dataclass(frozen=True, slots=True)
class Span:
    """Speech from `start` to `end`, in seconds of the WAV."""

    start: float
    end: float


def find_speech(
    probabilities: Iterable[float],
    seconds: float,
    spec: SpeechSpec = SpeechSpec(),  # noqa: B008 (a spec is frozen)
) -> tuple[Span, ...]:
    """Return the spans of speech in a sound of `seconds`, in order and apart.

    `probabilities` has one value 0-1 for every 32 ms.
    """
    raw = [
        (start, min(end, seconds))
        for start, end in _triggered(probabilities, spec)
        if min(end, seconds) - start > spec.min_speech
    ]
    return tuple(_padded(raw, seconds, spec.speech_padding))


def _triggered(probabilities: Iterable[float], spec: SpeechSpec) -> Iterable[tuple[float, float]]:
    """Yield start and end of what stays above the thresholds, pauses bridged."""
    release = max(spec.speech_threshold - _HYSTERESIS, 0.01)
    start: float | None = None
    quiet: float | None = None
    now = 0.0
    for chunk, probability in enumerate(probabilities):
        now = chunk * _STEP
        if probability >= spec.speech_threshold:
            quiet = None
            start = now if start is None else start
        elif probability < release and start is not None:
            quiet = now if quiet is None else quiet
            if now - quiet >= spec.min_silence:
                yield start, quiet
                start = quiet = None
    if start is not None:
        yield start, now + _STEP


def _padded(spans: list[tuple[float, float]], seconds: float, padding: float) -> Iterable[Span]:
    """Yield the spans grown by the padding; neighbours that are closer share the pause."""
    for i, (start, end) in enumerate(spans):
        before = start if i == 0 else (start - spans[i - 1][1]) / 2
        after = seconds - end if i == len(spans) - 1 else (spans[i + 1][0] - end) / 2
        yield Span(start - min(padding, before), end + min(padding, after))
