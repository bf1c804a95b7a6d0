"""One film's part of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from animstudio.film.report.facts import FilmFacts, Link, Swatch
from animstudio.film.report.overlay import thirds
from animstudio.film.report.pictures import Album
from animstudio.film.report.shot_list import shot_list
from animstudio.film.report.timeline import colours, timeline
from animstudio.film.report.words import length, loudness, percent, plain
from animstudio.kernel.markup import Markup, element, link, name


def film_section(film: FilmFacts, key: str, index: int, album: Album | None, points: int) -> Markup:
    """Return a film: header, colours, timeline and shot list.

    Without an album the film is one of too many for one page, and the last two stay out.
    points: how many points a curve may have.
    """
    return element(
        "section",
        _header(film, key),
        colours(film, 360 if album else 96),
        _palette(film),
        _in_full(film, key, index, album, points) if album else _in_short(),
        id=key,
        class_="film",
        aria_labelledby=f"{key}-name",
        style=f"--shape:{film.width}/{film.height}",
    )


def _in_full(film: FilmFacts, key: str, index: int, album: Album, points: int) -> list[Markup]:
    return [
        thirds(film, key),
        element("h3", "Over time"),
        timeline(film, key, index, album, points),
        element("h3", "Shots"),
        element("div", _overlay_switch(key), shot_list(film, key, index, album), class_="listing"),
    ]


def _in_short() -> Markup:
    return element(
        "p",
        "This run has more shots than one page should hold. "
        "The curves and shots of this film are in its own files.",
        class_="soft",
    )


def links(found: Sequence[Link]) -> Markup | None:
    """Return links to files, relative to the report."""
    if not found:
        return None
    items = [element("li", element("a", one.label, href=link(one.path))) for one in found]
    return element("ul", items, class_="links")


def _header(film: FilmFacts, key: str) -> Markup:
    facts = [
        element("div", element("dt", term), element("dd", value, element("small", more)))
        for term, value, more in _facts(film)
    ]
    notes = [element("li", note) for note in film.notes]
    return element(
        "header",
        element("h2", name(film.name), id=f"{key}-name"),
        element("p", name(film.file), class_="file"),
        element("dl", facts, class_="facts"),
        element("ul", notes, class_="notes") if notes else None,
        links(film.links),
    )


def _facts(film: FilmFacts) -> list[tuple[str, str, str]]:
    """Return the film's facts: term, value, and what belongs to it in small."""
    rate = f"{float(film.measures.rate):.5g}"
    shots = len(film.shots)
    kinds = Counter(shot.opening.kind for shot in film.shots[1:] if shot.opening)
    gradual = sum(kinds.values()) - kinds["cut"]
    found = [
        ("Length", length(film.duration), f"{len(film.measures):,} frames"),
        ("Picture", f"{film.width} × {film.height}", f"{film.codec}, {rate} frames/s"),
        ("Shots", f"{shots:,}", f"{kinds['cut']:,} cuts, {gradual:,} gradual"),
    ]
    if shots:
        lengths = sorted(len(shot) for shot in film.shots)
        mean, middle = film.duration / shots, lengths[shots // 2]
        median = film.duration * middle / max(1, len(film.measures))
        found.append(("Shot length", length(mean), f"mean; median {length(median)}"))
    if film.camera:
        cameras = Counter(camera.get("kind", "") for camera in film.camera.values())
        (most, _), *rest = cameras.most_common(3)
        others = ", ".join(f"{number:,} {plain(kind)}" for kind, number in rest if kind)
        found.append(("Camera", f"{cameras[most]:,} {plain(most)}", others))
    if film.sound:
        found.append(_sound(film))
    if film.missing > 0:
        found.append(("Missing", percent(film.missing), "could not be decoded"))
    return found


def _sound(film: FilmFacts) -> tuple[str, str, str]:
    sound = film.sound or {}
    spoken = sum(span["end"] - span["start"] for span in sound.get("speech", ()))
    share = percent(min(1.0, spoken / (film.duration or 1.0)))
    if "loudness_lufs" in sound:
        return "Sound", loudness(sound["loudness_lufs"]), f"speech in {share}"
    return "Sound", f"{share} speech", ""


def _palette(film: FilmFacts) -> Markup | None:
    """Return the film's main colours, each as wide as its share, named by its hex."""
    total = sum(swatch["share"] for swatch in film.palette)
    if total <= 0:
        return None
    bars = [_swatch(swatch, swatch["share"] / total) for swatch in film.palette]
    return element("ul", bars, class_="palette", aria_label="Palette of the film")


def _swatch(swatch: Swatch, share: float) -> Markup:
    # Only what is a colour reaches the style: it comes from a file that anybody can edit.
    colour = swatch["hex"] if _is_hex(swatch["hex"]) else "#000000"
    chip = element("i", style=f"background-color:{colour}", aria_hidden="true")
    words = element("span", element("b", colour), " ", element("small", percent(share)))
    return element("li", chip, words, style=f"flex-grow:{max(share, 0.001):.4f}")


def _is_hex(text: str) -> bool:
    return (
        len(text) == 7 and text[0] == "#" and all(c in "0123456789abcdefABCDEF" for c in text[1:])
    )


def _overlay_switch(key: str) -> Markup:
    return element(
        "p",
        element("input", type="checkbox", id=f"{key}-overlay", class_="overlays"),
        element("label", "Composition on all pictures", for_=f"{key}-overlay"),
        class_="switch",
    )
