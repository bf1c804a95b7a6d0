"""How much of a film did not decode, as well as can be told from its container and its times."""

from __future__ import annotations

import numpy as np

from animstudio.film.measures import Measures, frame_ticks
from animstudio.media.probe import FilmProbe

SLIGHT = 3
"""Frames that may be wanting in a film that is whole: containers count some that are not shown."""
STEADY = 0.9
"""Share of even steps from frame to frame at which a film has a constant rate."""
TAIL = 0.5
"""Seconds by which a film's pictures may end before it does: sound is often longer."""


def missing_share(measures: Measures, probe: FilmProbe) -> float:
    """Return the share 0-1 of a film's frames that did not decode.

    Where the container counts its frames, they are counted. Elsewhere it is the gaps in a
    constant rate, and the time from the last frame to the declared end. A film whose container
    declares no more than is there (transport streams) hides what was cut off its end.
    """
    decoded = len(measures)
    expected = probe.frame_count or decoded + _in_gaps(measures) + _at_end(measures, probe)
    lost = expected - decoded
    return round(lost / expected, 4) if lost > max(SLIGHT, 0.001 * expected) else 0.0


def _in_gaps(measures: Measures) -> int:
    """Return how many frames are wanting between others; none where the rate varies."""
    steps = np.diff(measures.pts)
    usual = _usual_step(measures)
    even = np.abs(steps - usual) <= np.maximum(1, 0.1 * usual)
    if not len(steps) or float(even.mean()) < STEADY:
        return 0
    return int((np.round(steps[~even] / usual) - 1).clip(0).sum())


def _at_end(measures: Measures, probe: FilmProbe) -> int:
    """Return how many frames are wanting between the last one and the declared end."""
    if probe.duration is None or not len(measures):
        return 0
    end = probe.start + probe.duration
    left = float(end - measures.pts[-1].item() * measures.time_base)
    usual = _usual_step(measures) * float(measures.time_base)
    return round(left / usual) - 1 if left - usual > TAIL else 0


def _usual_step(measures: Measures) -> float:
    """Return the ticks from a frame to the next that are most usual."""
    if len(measures) < 2:
        return float(frame_ticks(measures.rate, measures.time_base))
    return float(np.median(np.diff(measures.pts)))
