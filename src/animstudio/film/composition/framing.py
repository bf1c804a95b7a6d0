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

Limits = tuple[tuple[float, ShotSize], ...]
"""Heights, as shares of the picture, below which a subject makes each size."""

CUT = 0.015
"""A subject this near to the top or bottom edge is cut by it."""
WHOLE: Limits = ((0.15, "extreme_wide"), (0.45, "wide"), (2, "medium_wide"))
"""A figure seen whole is at most a medium wide shot; closer shots are those that cut it."""
PART: Limits = (
    (0.3, "wide"),
    (0.5, "medium_wide"),
    (0.7, "medium"),
    (0.85, "medium_close_up"),
    (2, "close_up"),
)
"""A figure that the frame cuts."""
FACE: Limits = (
    (0.1, "wide"),
    (0.16, "medium_wide"),
    (0.24, "medium"),
    (0.36, "medium_close_up"),
    (0.75, "close_up"),
    (2, "extreme_close_up"),
)
"""A face alone, where its colour stands out and the body's does not."""
SKIN = 0.5
"""A subject this much like skin, and not wider than tall, is taken for a face."""
FILLS = 0.55
"""Area from which a subject that the frame cuts is an extreme close-up."""


def shot_size(subjects: Sequence[Subject], ratio: float) -> ShotSize | None:
    """Return the shot size from the most prominent subject's height; None without a subject.

    `ratio` is the picture's width over its height.
    """
    if not subjects:
        return None
    main = max(subjects, key=_prominence)
    cut = main.y <= CUT or main.y + main.height >= 1 - CUT
    if cut and (main.area >= FILLS or (main.skin >= SKIN and main.height >= 0.5)):
        return "extreme_close_up"
    face = main.skin >= SKIN and main.width * ratio <= 1.2 * main.height
    limits = FACE if face else PART if cut else WHOLE
    return next(size for limit, size in limits if main.height < limit)


def _prominence(subject: Subject) -> float:
    """Return the subject's area, halved at the left or right edge: that is mostly scenery."""
    aside = subject.x <= CUT or subject.x + subject.width >= 1 - CUT
    return subject.area / 2 if aside else subject.area
