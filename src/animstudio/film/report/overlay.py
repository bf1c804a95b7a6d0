"""A picture with its composition drawn over it, shown on hover, focus or tap."""

from __future__ import annotations

from animstudio.film.report.facts import Composition, FilmFacts
from animstudio.film.report.pictures import Shown
from animstudio.film.report.words import Times, plain
from animstudio.kernel.markup import Markup, element

HIGH = 100
"""Height of the overlay's own units; its width follows the film's shape."""


def thirds(film: FilmFacts, key: str) -> Markup:
    """Return the thirds grid and its power points, defined once and used by every picture."""
    wide = _wide(film)
    xs, ys = (wide / 3, 2 * wide / 3), (HIGH / 3, 2 * HIGH / 3)
    lines = "".join(f"M{x:.1f},0V{HIGH}" for x in xs) + "".join(f"M0,{y:.1f}H{wide}" for y in ys)
    points = [
        element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="2.6", class_="power")
        for x in xs
        for y in ys
    ]
    grid = element("g", element("path", d=lines, class_="third"), points, id=f"{key}-thirds")
    return element("svg", element("defs", grid), class_="unseen", aria_hidden="true")


def picture(film: FilmFacts, key: str, shown: Shown, times: Times) -> Markup:
    """Return one picture: focusable, described in words, with its overlay."""
    composition = film.compositions.get(shown.record["file"], {})
    return element(
        "span",
        _overlay(film, key, composition),
        class_=f"picture {shown.css_class}",
        role="img",
        tabindex="0",
        aria_label=describe(shown, composition, times),
    )


def describe(shown: Shown, composition: Composition, times: Times) -> str:
    """Return a picture in words, for those who do not see it."""
    record = shown.record
    said = [f"Shot {record['scene']}"]
    if "frame" in record:
        said.append(f"frame {record['frame']} at {times.code(record['frame'])}")
    if composition.get("shot_size"):
        said.append(plain(composition["shot_size"]))
    subjects = len(composition.get("subjects", ()))
    if subjects:
        said.append(f"{subjects} subject{'' if subjects == 1 else 's'} found")
    return ", ".join(said)


def _overlay(film: FilmFacts, key: str, composition: Composition) -> Markup:
    wide = _wide(film)
    boxes = [
        element(
            "rect",
            x=f"{box['x'] * wide:.1f}",
            y=f"{box['y'] * HIGH:.1f}",
            width=f"{box['w'] * wide:.1f}",
            height=f"{box['h'] * HIGH:.1f}",
        )
        for box in composition.get("subjects", ())
    ]
    return element(
        "svg",
        element("use", href=f"#{key}-thirds"),
        boxes,
        viewBox=f"0 0 {wide} {HIGH}",
        preserveAspectRatio="none",
        class_="overlay",
        aria_hidden="true",
        focusable="false",
    )


def _wide(film: FilmFacts) -> int:
    return max(1, round(HIGH * film.width / film.height))
