"""Cutting a film into spans that can be decoded apart and tile it exactly.

Nothing is believed that was not seen: every packet's time is read (one or two hundredths of
what decoding costs), and a keyframe becomes the start of a span only when all that is
decoded before it is shown before it, and the decoder, sent there, begins with it.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from animstudio.media.clock import JOINED, LEAP
from animstudio.media.container import open_container
from animstudio.media.decode import (
    WHOLE,
    Damage,
    Span,
    decoded,
    enter,
    seekable,
    video_stream,
)
from animstudio.media.probe import FilmProbe


def plan_spans(probe: FilmProbe, length: Fraction) -> list[Span]:
    """Return spans of about `length` seconds that begin at keyframes and tile the film.

    The plan depends on the film alone, so any number of workers, and any resumed run, cut it
    at the same places. A film whose times cannot be trusted stays in one piece.
    """
    short = probe.duration is not None and probe.duration < 1.5 * float(length)
    if short or not seekable(probe):
        return [WHOLE]
    times, keys = _packet_times(probe)
    clean = _clean_starts(times, keys)
    if clean is None or _leaps(probe, times):
        return [WHOLE]
    starts = _spread(probe, clean, int(length / probe.time_base))
    edges: list[int | None] = [None, *(s for s in starts if _begins_with(probe, s)), None]
    return [Span(a, b) for a, b in pairwise(edges)]


_NONE = np.iinfo(np.int64).min


def _packet_times(probe: FilmProbe) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return presentation times (n,) and keyframe flags (n,) of the packets as they come."""
    import av

    times: list[int] = []
    keys: list[bool] = []
    with open_container(probe.path) as container:
        stream = video_stream(container, probe, 1)
        try:
            for packet in container.demux(stream):
                if packet.size:
                    times.append(_NONE if packet.pts is None else packet.pts)
                    keys.append(packet.is_keyframe)
        except av.FFmpegError:
            pass  # a film that ends in the middle is cut as far as it goes
    return np.array(times, np.int64), np.array(keys, np.bool_)


def _clean_starts(times: NDArray[np.int64], keys: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    """Return the times of keyframes before which everything is shown that is decoded before.

    None for a film with packets without a time, or with a clock that is set back.
    """
    if not len(times) or bool((times == _NONE).any()):
        return None
    latest = np.maximum.accumulate(times)
    places = np.flatnonzero(keys)[1:]
    rising = times[places] > latest[places - 1]
    return times[places] if bool(rising.all()) else None


def _leaps(probe: FilmProbe, times: NDArray[np.int64]) -> bool:
    if probe.container not in JOINED:
        return False
    return bool((np.diff(np.sort(times)) > int(LEAP / probe.time_base)).any())


def _spread(probe: FilmProbe, starts: NDArray[np.int64], length: int) -> list[int]:
    """Return the last of the starts before each multiple of `length` ticks, each once."""
    begin = int(probe.start / probe.time_base)
    if not len(starts):
        return []
    targets = np.arange(begin + length, int(starts[-1]) + length // 2, length)
    chosen = starts[np.maximum(np.searchsorted(starts, targets, side="right") - 1, 0)]
    return sorted({int(start) for start in chosen if start > begin})


def _begins_with(probe: FilmProbe, start: int) -> bool:
    """Say whether the decoder, sent to the keyframe at `start`, shows it first."""
    with open_container(probe.path) as container:
        stream = video_stream(container, probe, 1)
        entry = enter(container, stream, start, exactly=True)
        if entry is None:
            return False
        first = next(decoded(stream, entry.packets, Damage(), start), None)
        return first is not None and first.pts == start
