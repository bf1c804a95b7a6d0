"""The table of a film's shots."""

from __future__ import annotations

from animstudio.film.export.timecode import elapsed_seconds
from animstudio.film.report.camera_mark import camera_mark, camera_words
from animstudio.film.report.facts import Camera, Composition, FilmFacts
from animstudio.film.report.overlay import picture
from animstudio.film.report.pictures import Album, Shown
from animstudio.film.report.words import Times, count, length, plain
from animstudio.film.shot import Shot, Transition
from animstudio.kernel.markup import Markup, element, link

COLUMNS = ("Shot", "Pictures", "Time", "Opens with", "Camera", "Size", "Composition")


def shot_list(film: FilmFacts, key: str, index: int, album: Album) -> Markup:
    """Return the film's shots as a table, one row a shot.

    The page lays rows out as grids, which takes a table's meaning from some readers: the
    roles give it back.
    """
    times = Times(film.measures)
    heads = [element("th", name, role="columnheader", scope="col") for name in COLUMNS]
    shown = [album.of.get((index, shot.number), []) for shot in film.shots]
    rows = [
        _row(film, key, shot, some, times) for shot, some in zip(film.shots, shown, strict=True)
    ]
    single = max(map(len, shown), default=0) <= 1
    return element(
        "table",
        element("caption", f"Shots of {film.name}", class_="unseen"),
        element("thead", element("tr", heads, role="row"), role="rowgroup"),
        element("tbody", rows, role="rowgroup"),
        role="table",
        class_="shots single" if single else "shots",
    )


def _row(film: FilmFacts, key: str, shot: Shot, shown: list[Shown], times: Times) -> Markup:
    compositions = [film.compositions.get(one.record["file"], {}) for one in shown]
    cells = [
        element("th", str(shot.number), role="rowheader", scope="row", class_="number"),
        _cell("pictures", [_pictured(film, key, one, times) for one in shown]),
        _cell("time", *_time(film, shot, times)),
        _cell("opens", _opening(shot.opening)),
        _cell("camera", *_camera(film.camera.get(shot.number))),
        _cell("size", _most_usual([c.get("shot_size", "") for c in compositions])),
        _cell("score", _score(compositions)),
    ]
    return element("tr", cells, role="row", id=f"{key}-{shot.number}")


def _cell(name: str, *children: Markup | str | list[Markup]) -> Markup:
    return element("td", children, role="cell", class_=name)


def _pictured(film: FilmFacts, key: str, shown: Shown, times: Times) -> Markup:
    """Return a picture and, below, its frame as a link to the file in full size."""
    record = shown.record
    label = str(record["frame"]) if "frame" in record else "frame"
    if film.frames_folder:
        address = link(f"{film.frames_folder}/{record['file']}")
        name: Markup | str = element("a", label, href=address)
    else:
        name = label
    return element("span", picture(film, key, shown, times), element("small", name))


def _time(film: FilmFacts, shot: Shot, times: Times) -> tuple[Markup, Markup, Markup]:
    seconds = elapsed_seconds(film.measures, shot.end) - elapsed_seconds(film.measures, shot.start)
    return (
        element("span", times.code(shot.start), class_="in"),
        element("span", times.code(shot.end), class_="out"),
        element("small", f"{length(seconds)}, {count(len(shot), 'frame')}"),
    )


def _opening(opening: Transition | None) -> list[Markup]:
    if opening is None:
        return [element("span", "start", class_="soft")]
    name = element("span", plain(opening.kind))
    if opening.end == opening.start:
        return [name]
    return [name, element("small", count(opening.end - opening.start, "frame"))]


def _camera(camera: Camera | None) -> tuple[Markup, ...]:
    if camera is None:
        return ()
    what, how = camera_words(camera)
    words = element("span", element("span", what), element("small", how) if how else None)
    return camera_mark(camera), words


def _most_usual(sizes: list[str]) -> str:
    named = [size for size in sizes if size]
    return plain(max(named, key=named.count)) if named else ""


def _score(compositions: list[Composition]) -> list[Markup]:
    """Return the mean score of the shot's pictures, 0-100, as number and bar."""
    scores = [composition["score"] for composition in compositions if "score" in composition]
    if not scores:
        return []
    value = round(100 * sum(scores) / len(scores))
    meter = element("i", element("i", style=f"width:{value}%"), class_="meter", aria_hidden="true")
    return [element("span", str(value)), meter]
