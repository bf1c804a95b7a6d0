"""The whole page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from string import Template

from animstudio.film.report.facts import FilmFacts, RunFacts
from animstudio.film.report.film_section import film_section, links
from animstudio.film.report.pictures import Album, Candidates, candidates
from animstudio.film.report.words import count, length
from animstudio.kernel.markup import Markup, element, join, name

LISTED = 2500
"""Shots in the tables of one page: some eight films of an hour."""
POINTS, FEWEST_POINTS, ALL_POINTS = 6000, 240, 48_000
"""Points of a curve: at most, at least, and of all curves of the page together."""
ROOM, SHOT_ROOM = 5_700_000, 1_500
"""Bytes of a page, and of a shot's markup in it; pictures have what is left."""


@dataclass(frozen=True, slots=True)
class _Brief:
    """What the page keeps of a film that it has let go of.

    pictures: of a film that will be shown in full. section: of one that is shown in short.
    """

    name: str
    duration: float
    shots: int
    pictures: Candidates | None = None
    section: Markup | None = None


def render_report(run: RunFacts) -> str:
    """Return the report as one HTML file: pictures inside, no script, nothing to fetch.

    The page stays under about 6 MB: pictures shrink until they fit, curves keep their peaks
    and lose what no screen shows. Of a run with more than `LISTED` shots the first films are
    shown in full; the others have their facts, colours and links.

    A film's measures are let go of before the next film's are loaded. So films shown in full
    are loaded twice: how large pictures and curves may be is only known once all were seen. The
    only film of a run is kept.
    """
    if len(run.films) == 1:
        film = run.films[0]()
        run = replace(run, films=[lambda: film])
    briefs = _look_through(run)
    listed = {index: brief.pictures for index, brief in enumerate(briefs) if brief.pictures}
    shots = sum(briefs[index].shots for index in listed)
    album = Album(listed, ROOM - SHOT_ROOM * shots)
    points = min(POINTS, max(FEWEST_POINTS, ALL_POINTS // (5 * max(1, len(listed)))))
    sections = [
        brief.section or film_section(run.films[index](), f"f{index}", index, album, points)
        for index, brief in enumerate(briefs)
    ]
    main = [_header(run, briefs), _attention(run), _contents(briefs), *sections]
    return Template(_packaged("page.html")).substitute(
        title=join(run.title),
        style=_packaged("page.css"),
        pictures=album.style(),
        body=join(main),
    )


def _look_through(run: RunFacts) -> list[_Brief]:
    """Load each film once; shown in full are the first always, then those that fit."""
    room = LISTED
    briefs: list[_Brief] = []
    for index, load in enumerate(run.films):
        # No name is bound to the film: it would live on while the next one is loaded.
        brief = _brief(load(), index, room if index else None)
        room -= brief.shots if brief.pictures else 0
        briefs.append(brief)
    return briefs


def _brief(film: FilmFacts, index: int, room: int | None) -> _Brief:
    """Return what to keep of a film. room: shots that may still be listed; None is any number."""
    known = (film.name, film.duration, len(film.shots))
    if room is None or len(film.shots) <= room:
        return _Brief(*known, pictures=candidates(film))
    return _Brief(*known, section=film_section(film, f"f{index}", index, None, 0))


def _header(run: RunFacts, briefs: Sequence[_Brief]) -> Markup:
    shots = sum(brief.shots for brief in briefs)
    duration = sum(brief.duration for brief in briefs)
    done = [count(len(briefs), "film"), length(duration), count(shots, "shot")]
    lead = ", ".join(done) if briefs else "0 films: no film of this run was finished"
    return element(
        "header",
        element("p", "Film report", class_="kicker"),
        element("h1", name(run.title)),
        element("p", lead, class_="lead"),
        element("p", f"Made {_date(run.started)} in {length(run.duration)}", class_="soft"),
        links(run.links),
        class_="top",
    )


def _attention(run: RunFacts) -> Markup | None:
    """Return what the reader must know first: films that failed, stages that did not finish."""
    failed = [(name(one["film"]), one["error"]) for one in run.failed]
    skipped = [(Markup(join(one.stage)), one.why) for one in run.not_run]
    parts = []
    if failed:
        parts.append(_reasons(f"{count(len(failed), 'film')} failed", failed))
    if skipped:
        parts.append(_reasons(f"{count(len(skipped), 'stage')} did not finish", skipped))
    return element("section", parts, class_="attention") if parts else None


def _reasons(title: str, pairs: list[tuple[Markup, str]]) -> Markup:
    rows = [element("div", element("dt", what), element("dd", why)) for what, why in pairs]
    return Markup(element("h2", title) + element("dl", rows, class_="reasons"))


def _contents(briefs: Sequence[_Brief]) -> Markup | None:
    if len(briefs) < 2:
        return None
    items = [
        element(
            "li",
            element("a", name(brief.name), href=f"#f{index}"),
            element("small", f"{length(brief.duration)}, {count(brief.shots, 'shot')}"),
        )
        for index, brief in enumerate(briefs)
    ]
    return element("nav", element("ol", items), class_="contents", aria_label="Films")


def _date(when: datetime) -> str:
    return f"{when.day} {when:%B %Y, %H:%M}"


def _packaged(file: str) -> str:
    return files("animstudio.film.report").joinpath(file).read_text("utf-8")
