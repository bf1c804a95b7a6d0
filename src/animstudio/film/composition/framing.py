"""Shot size: how close the camera stands to its subject, in film's own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from animstudio.film.composition.subjects import Subject

ShotSize = Literal[
    "extreme_close_up",
    "close_up",
    "medium_close_up",
    "medium",
    "medium_wide",
    "wide",
    "extreme_wide",
]

CUT = 0.015
"""A subject this near to the top or bottom edge is cut by it."""
WHOLE: tuple[tuple[float, ShotSize], ...] = ((0.15, "extreme_wide"), (0.45, "wide"))
"""Heights below which a subject seen whole makes a shot this wide; taller is medium_wide."""
PART: tuple[tuple[float, ShotSize], ...] = (
    (0.3, "wide"),
    (0.5, "medium_wide"),
    (0.7, "medium"),
    (0.85, "medium_close_up"),
)
"""The same for a subject that the frame cuts; taller is a close-up."""
FILLS = 0.55
"""Area from which such a subject is seen in extreme close-up."""


def shot_size(subjects: Sequence[Subject]) -> ShotSize | None:
    """Return the shot size from the most prominent subject's height; None without a subject.

    A figure seen whole is at most a medium wide shot, however tall it stands: closer shots
    are those that cut it.
    """
    if not subjects:
        return None
    main = max(subjects, key=_prominence)
    cut = main.y <= CUT or main.y + main.height >= 1 - CUT
    for limit, size in PART if cut else WHOLE:
        if main.height < limit:
            return size
    if not cut:
        return "medium_wide"
    return "extreme_close_up" if main.area >= FILLS else "close_up"


def _prominence(subject: Subject) -> float:
    """Return the subject's area, halved at the left or right edge: that is mostly scenery."""
    aside = subject.x <= CUT or subject.x + subject.width >= 1 - CUT
    return subject.area / 2 if aside else subject.area
