"""The whole page."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from string import Template

from animstudio.film.report.facts import RunFacts
from animstudio.film.report.film_section import film_section, links
from animstudio.film.report.markup import Markup, element, join, name
from animstudio.film.report.pictures import Album
from animstudio.film.report.words import count, length

LISTED = 2500
"""Shots in the tables of one page: some eight films of an hour."""
POINTS, FEWEST_POINTS, ALL_POINTS = 6000, 240, 48_000
"""Points of a curve: at most, at least, and of all curves of the page together."""
ROOM, SHOT_ROOM = 5_700_000, 1_500
"""Bytes of a page, and of a shot's markup in it; pictures have what is left."""


def render_report(run: RunFacts) -> str:
    """Return the report as one HTML file: pictures inside, no script, nothing to fetch.

    The page stays under about 6 MB: pictures shrink until they fit, curves keep their peaks
    and lose what no screen shows. Of a run with more than `LISTED` shots the first films are
    shown in full; the others have their facts, colours and links.
    """
    listed = _listed(run)
    shots = sum(len(run.films[index].shots) for index in listed)
    album = Album({index: run.films[index] for index in listed}, ROOM - SHOT_ROOM * shots)
    points = min(POINTS, max(FEWEST_POINTS, ALL_POINTS // (5 * max(1, len(listed)))))
    sections = [
        film_section(film, f"f{index}", index, album if index in listed else None, points)
        for index, film in enumerate(run.films)
    ]
    main = [_header(run), _attention(run), _contents(run), *sections]
    return Template(_packaged("page.html")).substitute(
        title=join(run.title),
        style=_packaged("page.css"),
        pictures=album.style(),
        body=join(main),
    )


def _listed(run: RunFacts) -> list[int]:
    """Return the films that are shown in full: the first always, then what fits."""
    shots = 0
    listed: list[int] = []
    for index, film in enumerate(run.films):
        if listed and shots + len(film.shots) > LISTED:
            continue
        listed.append(index)
        shots += len(film.shots)
    return listed


def _header(run: RunFacts) -> Markup:
    shots = sum(len(film.shots) for film in run.films)
    duration = sum(film.duration for film in run.films)
    done = [count(len(run.films), "film"), length(duration), count(shots, "shot")]
    return element(
        "header",
        element("p", "Film report", class_="kicker"),
        element("h1", name(run.title)),
        element("p", ", ".join(done), class_="lead"),
        element("p", f"Made {_date(run.started)} in {length(run.duration)}", class_="soft"),
        links(run.links),
        class_="top",
    )


def _attention(run: RunFacts) -> Markup | None:
    """Return what the reader must know first: films that failed, stages that did not run."""
    failed = [(name(one["film"]), one["error"]) for one in run.failed]
    skipped = [(Markup(join(one.stage)), one.why) for one in run.not_run]
    parts = []
    if failed:
        parts.append(_reasons(f"{count(len(failed), 'film')} failed", failed))
    if skipped:
        parts.append(_reasons(f"{count(len(skipped), 'stage')} did not run", skipped))
    return element("section", parts, class_="attention") if parts else None


def _reasons(title: str, pairs: list[tuple[Markup, str]]) -> Markup:
    rows = [element("div", element("dt", what), element("dd", why)) for what, why in pairs]
    return Markup(element("h2", title) + element("dl", rows, class_="reasons"))


def _contents(run: RunFacts) -> Markup | None:
    if len(run.films) < 2:
        return None
    items = [
        element(
            "li",
            element("a", name(film.name), href=f"#f{index}"),
            element("small", f"{length(film.duration)}, {count(len(film.shots), 'shot')}"),
        )
        for index, film in enumerate(run.films)
    ]
    return element("nav", element("ol", items), class_="contents", aria_label="Films")


def _date(when: datetime) -> str:
    return f"{when.day} {when:%B %Y, %H:%M}"


def _packaged(file: str) -> str:
    return files("animstudio.film.report").joinpath(file).read_text("utf-8")
