"""The film over time: its strip of pictures and its curves, on one axis that scrolls as one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from animstudio.film.distinct import distinct
from animstudio.film.export.timecode import boundary_ticks, elapsed_seconds
from animstudio.film.report.facts import FilmFacts
from animstudio.film.report.lanes import lanes
from animstudio.film.report.pictures import Album, Shown
from animstudio.film.report.words import Times, length, plain
from animstudio.film.shot import Shot
from animstudio.kernel.markup import Markup, element

CROWDED = 14
"""From this many shots on, the strip can be stretched until every shot is seen."""
SHOT_WIDTH, LONGEST = 64, 72_000
"""Pixels a shot on average when stretched, and the longest a strip gets."""
PAGE_WIDTH, PICTURE_WIDTH = 1200, 130
"""Pixels of a strip that is not stretched, and of a picture in it that is seen well."""
STEPS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds between the marks of the ruler."""


def timeline(film: FilmFacts, key: str, index: int, album: Album, points: int) -> Markup:
    """Return the strip, the ruler and the lanes of one film.

    key: prefix of ids in this film's section. points: how many points a curve may have.
    """
    crowded = len(film.shots) >= CROWDED
    wide = min(LONGEST, len(film.shots) * SHOT_WIDTH)
    inner = element(
        "div",
        _strip(film, key, index, album, wide if crowded else PAGE_WIDTH),
        _ruler(film.duration, 7, "coarse"),
        _ruler(film.duration, wide // 110, "fine") if crowded else None,
        lanes(film, points),
        class_="track",
        style=f"--wide:{wide}px" if crowded else None,
    )
    scroller = element(
        "div",
        inner,
        class_="scroller",
        tabindex="0",
        role="region",
        aria_label="The film over time; scroll sideways",
    )
    return element(
        "div", _zoom(key) if crowded else None, scroller, class_="timeline" + " crowded" * crowded
    )


def colours(film: FilmFacts, stripes: int = 360) -> Markup:
    """Return the film's colours from beginning to end, each stripe the mean of its frames."""
    measures = film.measures
    edges = distinct(np.linspace(0, len(measures), stripes + 1).astype(int))
    seconds = film.duration or 1.0
    stops = []
    for start, end in pairwise(edges):
        a, b = (elapsed_seconds(measures, int(at)) / seconds * 100 for at in (start, end))
        stops.append(f"{_mean_colour(film, int(start), int(end))} {a:.2f}% {b:.2f}%")
    return element(
        "div",
        class_="colours",
        role="img",
        aria_label="The film's colours from beginning to end",
        style=f"background-image:linear-gradient(90deg,{','.join(stops)})",
    )


def _strip(film: FilmFacts, key: str, index: int, album: Album, wide: int) -> Markup:
    times = Times(film.measures)
    first = boundary_ticks(film.measures, 0)
    total = boundary_ticks(film.measures, len(film.measures)) - first
    cells = []
    for shot in film.shots:
        before = boundary_ticks(film.measures, shot.start) - first
        ticks = boundary_ticks(film.measures, shot.end) - first - before
        said = _say(shot, film, times)
        cells.append(
            element(
                "a",
                _faces(album.of.get((index, shot.number), []), ticks / total * wide),
                href=f"#{key}-{shot.number}",
                class_="cell",
                style=f"left:{before / total * 100:.4f}%;width:{ticks / total * 100:.4f}%;"
                f"background-color:{_mean_colour(film, shot.start, shot.end)}",
                aria_label=said,
                title=said,
            )
        )
    return element("nav", cells, class_="strip", aria_label="Strip of the film, a picture a shot")


def _faces(shown: list[Shown], wide: float) -> list[Markup]:
    """Return a shot's picture; a shot that lasts has room for more of its pictures in a row."""
    room = int(wide / PICTURE_WIDTH)
    if shown and room < len(shown):
        middle = len(shown) // 2
        shown = shown[max(0, middle - room // 2) :][: max(1, room)]
    return [element("i", class_=one.css_class) for one in shown]


def _say(shot: Shot, film: FilmFacts, times: Times) -> str:
    seconds = elapsed_seconds(film.measures, shot.end) - elapsed_seconds(film.measures, shot.start)
    said = f"Shot {shot.number}, {times.code(shot.start)}, {length(seconds)}"
    if shot.opening and shot.opening.kind != "cut":
        said += f", opens with a {plain(shot.opening.kind)}"
    return said


def _ruler(duration: float, wanted: int, name: str) -> Markup:
    step = next((s for s in STEPS if duration / s <= wanted), STEPS[-1])
    marks = [
        element("span", _clock(at, step), style=f"left:{at / duration * 100:.3f}%")
        # A label at the very end would have no room.
        for at in np.arange(0, duration * 0.985, step)
    ]
    return element("div", marks, class_=f"ruler {name}", aria_hidden="true")


def _clock(at: float, step: float) -> str:
    minutes, seconds = divmod(at, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{seconds:04.1f}" if step < 1 else f"{round(seconds):02d}"
    return f"{hours}:{minutes:02d}:{text}" if hours else f"{minutes}:{text}"


def _zoom(key: str) -> Markup:
    def choice(value: str, text: str, checked: bool) -> Sequence[Markup]:
        name = f"{key}-zoom-{value}"
        radio = element(
            "input", type="radio", id=name, name=f"{key}-zoom", class_=value, checked=checked
        )
        return radio, element("label", text, for_=name)

    return element(
        "fieldset",
        element("legend", "Show the strip as", class_="unseen"),
        choice("each", "Every shot", True),
        choice("whole", "Whole film", False),
        class_="zoom",
    )


def _mean_colour(film: FilmFacts, start: int, end: int) -> str:
    mean = film.measures.signature[start : max(end, start + 1)].mean(axis=(0, 1, 2))
    blue, green, red = (round(float(part)) for part in mean)
    return f"#{red:02x}{green:02x}{blue:02x}"
