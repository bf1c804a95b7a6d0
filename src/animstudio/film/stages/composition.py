"""The stage ``composition``: every chosen picture composed, the film's palette, its continuity."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel

from animstudio.film.bars import Bars
from animstudio.film.composition import CompositionSpec, Swatch, film_palette
from animstudio.film.frames import FrameSpec
from animstudio.film.shot import Shot
from animstudio.film.shots import ShotSpec, find_shots
from animstudio.film.spare import composition_record, record_path, spare_path
from animstudio.film.stages.film import MeasuredSpec, pretty
from animstudio.film.temporal import compare_neighbours, find_flicker
from animstudio.kernel.spec import RUNTIME
from animstudio.kernel.work import Committed, Item, Made, Place, Work
from animstudio.media.imaging import grey_of
from animstudio.media.jpeg import decode_jpeg, jpeg_size
from animstudio.media.threads import single_threaded
from animstudio.media.views import LUMA_SIDE, Bytes

_READERS, _AT_ONCE = 4, 64
"""Threads that read pictures, and how many pictures they are given at once."""


class ComposedSpec(MeasuredSpec):
    """Which pictures are composed, and how."""

    pictures: Annotated[Path, RUNTIME]
    """The list of the chosen pictures; these lie beside it."""
    shots: ShotSpec = ShotSpec()
    """How shots are found."""
    frames: FrameSpec = FrameSpec()
    """How the pictures were chosen and written."""
    composition: CompositionSpec = CompositionSpec()
    """How they are composed."""


class Composed(BaseModel):
    """The composition of a film's pictures."""

    file: Path


def items(spec: ComposedSpec, place: Place) -> Sequence[Item]:
    """Return the film as the only item; the list has a digest of every picture in it."""
    item = spec.item()
    return [Item(inputs={**item.inputs, "frames": spec.pictures}, options=item.options)]


def make(item: Item, spec: ComposedSpec, work: Work) -> Made:
    """Write the composition of every chosen picture, the film's palette, its continuity."""
    single_threaded()
    measures = spec.load()
    shots = find_shots(measures, spec.shots)
    folder = spec.pictures.parent
    records = [json.loads(line) for line in spec.pictures.read_text("utf-8").splitlines()]
    spares = [work.spares_of(path) for path in spec.measures]
    pictures = [
        {"file": r["file"], "scene": r["scene"], "frame": r["frame"],
         **_composed(r, folder, spares, spec)}
        for r in records
    ]  # fmt: skip
    content = {
        "film": spec.film,
        "palette": _palette(pictures, shots),
        "flicker": [f.as_record() for f in find_flicker(measures, shots)],
        "steps": [step.as_record() for step in compare_neighbours(_lumas(folder, records))],
        "pictures": pictures,
    }
    draft = work.draft("composition.json")
    draft.write_text(pretty(content), encoding="utf-8")
    return Made({spec.paths.composition: draft})


def gather(spec: ComposedSpec, committed: Sequence[Committed], root: Path) -> Composed:
    """Return where the composition lies."""
    return Composed(file=root / spec.paths.composition)


def _composed(
    record: Mapping[str, Any], folder: Path, spares: Sequence[Path], spec: ComposedSpec
) -> dict[str, Any]:
    bars = Bars.from_record(record["bars"])
    for place in spares:
        known = record_path(spare_path(place, record["pts"], bars, spec.frames), spec.composition)
        if known.is_file():
            return dict(json.loads(known.read_text()))
    left = None if spec.frames.crop_bars else bars
    return composition_record((folder / record["file"]).read_bytes(), left, spec.composition)


def _palette(pictures: Sequence[Mapping[str, Any]], shots: Sequence[Shot]) -> list[dict[str, Any]]:
    """Return the film's main colours; a shot's pictures share its length."""
    length = {shot.number: len(shot) for shot in shots}
    held = Counter(picture["scene"] for picture in pictures)
    palettes = [[Swatch.from_record(r) for r in p["palette"]] for p in pictures]
    weights = [length[p["scene"]] / held[p["scene"]] for p in pictures]
    return [swatch.as_record() for swatch in film_palette(palettes, weights)]


def _lumas(folder: Path, records: Sequence[Mapping[str, Any]]) -> Iterator[Bytes]:
    """Yield the written pictures in grey, small; they are read ahead, on threads."""
    names = [record["file"] for record in records]
    with ThreadPoolExecutor(_READERS) as threads:
        for at in range(0, len(names), _AT_ONCE):
            yield from threads.map(lambda n: _luma(folder / n), names[at : at + _AT_ONCE])


def _luma(path: Path) -> Bytes:
    """Return a picture in grey: at an eighth of its size where that is large enough."""
    large = max(jpeg_size(path)) >= 8 * LUMA_SIDE // 2
    return grey_of(decode_jpeg(path.read_bytes(), reduced=8 if large else 1))
