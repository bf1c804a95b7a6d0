"""The chosen frames as files: from the spares where they were foreseen, else decoded again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from animstudio.film.bars import Bars
from animstudio.film.content import ContentAnalyser
from animstudio.film.frames import Choice, FrameSpec, picture_name
from animstudio.film.measures import Measures
from animstudio.film.sharpness import SharpnessAnalyser
from animstudio.film.shot import Shot
from animstudio.film.spare import picture_bytes, spare_path
from animstudio.kernel.errors import UnreadableFilm
from animstudio.kernel.files import link, sha256
from animstudio.media.decode import WHOLE, Span
from animstudio.media.jpeg import jpeg_size
from animstudio.media.picture import Picture
from animstudio.media.probe import FilmProbe
from animstudio.media.refind import find_pictures, pictures_of_span

Likeness = tuple[float, float, float]
"""Sharpness, mean luma and contrast of a frame as measured: no two drawings share all three."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chosen frame, its file name, its shot's black bars, and how to know it again."""

    choice: Choice
    name: str
    bars: Bars
    likeness: Likeness


def wanted_pictures(
    measures: Measures, choices: Iterable[Choice], bars: Mapping[int, Bars]
) -> list[Wanted]:
    """Return the files to write for these choices; `bars` of each shot by its number."""
    return [
        Wanted(
            choice=c,
            name=picture_name(c, measures.seconds(c.frame)),
            bars=bars[c.scene],
            likeness=(
                float(measures.sharpness[c.frame]),
                float(measures.luma[c.frame]),
                float(measures.contrast[c.frame]),
            ),
        )
        for c in choices
    ]


def gather_pictures(
    probe: FilmProbe,
    wanted: Sequence[Wanted],
    spares: Sequence[Path],
    spec: FrameSpec,
    drafts: Path,
    threads: int = 2,
    standing: Callable[[Wanted], Path | None] = lambda w: None,
    damaged: Sequence[Span] = (),
) -> int:
    """Put every wanted picture into `drafts`; return how many had to be decoded again.

    A picture that seeking led to is taken only if it is the one that was measured; the others
    are looked for from the film's beginning, the way they were measured. `standing` finds the
    ones that an earlier run left; `spares` are folders. `damaged` are spans in which not
    everything decodes: what a picture looks like there depends on where decoding began, so they
    are decoded again as they were.

    Raises UnreadableFilm naming a frame that cannot be found again.
    """
    missing: dict[int, Wanted] = {}
    for w in wanted:
        found = standing(w) or _spare(w, spares, spec)
        if found:
            link(found, drafts / w.name)
        else:
            missing[w.choice.pts] = w
    again = len(missing)
    for span in damaged:
        inside = [pts for pts in missing if pts in span]
        for picture in pictures_of_span(probe, inside, span, threads=threads):
            _write(picture, missing.pop(picture.pts), spec, drafts)
    for picture in find_pictures(probe, list(missing), threads=threads):
        if _alike(_likeness(picture), missing[picture.pts].likeness):
            _write(picture, missing.pop(picture.pts), spec, drafts)
    for picture in pictures_of_span(probe, list(missing), WHOLE, threads=threads):
        _write(picture, missing.pop(picture.pts), spec, drafts)
    if missing:
        first = next(iter(missing.values()))
        raise UnreadableFilm(
            probe.path, f"frame {first.choice.frame} was decoded once and cannot be found again"
        )
    return again


def _likeness(picture: Picture) -> Likeness:
    views = picture.views()
    row = SharpnessAnalyser().see(views) | ContentAnalyser().see(views)
    return float(row["sharpness"]), float(row["luma"]), float(row["contrast"])


def _alike(one: Likeness, other: Likeness) -> bool:
    """Compare as exactly as another processor's arithmetic allows."""
    return all(
        math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-3) for a, b in zip(one, other, strict=True)
    )


def _write(picture: Picture, w: Wanted, spec: FrameSpec, drafts: Path) -> None:
    (drafts / w.name).write_bytes(picture_bytes(picture, w.bars, spec))


def _spare(w: Wanted, spares: Sequence[Path], spec: FrameSpec) -> Path | None:
    paths = (spare_path(folder, w.choice.pts, w.bars, spec) for folder in spares)
    return next((path for path in paths if path.is_file()), None)


def picture_records(
    measures: Measures,
    shots: Sequence[Shot],
    wanted: Sequence[Wanted],
    drafts: Path,
) -> Iterator[dict[str, object]]:
    """Yield a line of ``frames.jsonl`` for each picture in `drafts`.

    Raises WorkFailed for a picture that does not open.
    """
    by_number = {shot.number: shot for shot in shots}
    for w in wanted:
        c = w.choice
        shot = by_number[c.scene]
        width, height = jpeg_size(drafts / w.name)
        yield {
            "file": w.name,
            "scene": c.scene,
            "position": c.position,
            "frame": c.frame,
            "pts": c.pts,
            "time_base": f"{measures.time_base.numerator}/{measures.time_base.denominator}",
            "seconds": round(measures.seconds(c.frame), 6),
            "width": width,
            "height": height,
            "sharpness": round(float(measures.sharpness[c.frame]), 2),
            "brightness": round(float(measures.luma[c.frame]), 2),
            "bars": w.bars.as_record(),
            "transition": c.frame not in shot.clean,
            "sha256": sha256(drafts / w.name),
        }
