"""The chosen frames as files: from the spares where they were foreseen, else decoded again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from animstudio.film.bars import Bars
from animstudio.film.frames import Choice, FrameSpec, picture_name
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot
from animstudio.film.spare import picture_bytes, spare_path
from animstudio.kernel.errors import UnreadableFilm
from animstudio.kernel.files import link, sha256
from animstudio.media.decode import Decoder, Span, find_pictures
from animstudio.media.jpeg import jpeg_size
from animstudio.media.picture import Picture
from animstudio.media.probe import FilmProbe


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chosen frame, its file name, and its shot's black bars."""

    choice: Choice
    name: str
    bars: Bars


def wanted_pictures(
    measures: Measures, choices: Iterable[Choice], bars: Mapping[int, Bars]
) -> list[Wanted]:
    """Return the files to write for these choices; `bars` of each shot by its number."""
    return [Wanted(c, picture_name(c, measures.seconds(c.frame)), bars[c.scene]) for c in choices]


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

    `standing` finds the ones that an earlier run left; `spares` are folders. `damaged` are
    spans in which not everything decodes: what a picture looks like there depends on where
    decoding began.

    Raises UnreadableFilm naming a frame that cannot be found again.
    """
    missing = []
    for w in wanted:
        found = standing(w) or _spare(w, spares, spec)
        if found:
            link(found, drafts / w.name)
        else:
            missing.append(w)
    times = {w.choice.pts: w for w in missing}
    for picture in _decoded_again(probe, list(times), damaged, threads):
        w = times.pop(picture.pts)
        (drafts / w.name).write_bytes(picture_bytes(picture, w.bars, spec))
    if times:
        first = next(iter(times.values()))
        raise UnreadableFilm(
            probe.path, f"frame {first.choice.frame} was decoded once and cannot be found again"
        )
    return len(missing)


def _decoded_again(
    probe: FilmProbe, times: Sequence[int], damaged: Sequence[Span], threads: int
) -> Iterator[Picture]:
    """Yield the pictures of these times, exactly as they were when the spans were measured."""
    left = set(times)
    for span in damaged:
        inside = {pts for pts in left if pts in span}
        left -= inside
        pictures = Decoder(probe, threads=threads).pictures(span)
        while inside and (picture := next(pictures, None)):
            if picture.pts in inside:
                inside.remove(picture.pts)
                yield picture
    yield from find_pictures(probe, sorted(left), threads=threads)


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
