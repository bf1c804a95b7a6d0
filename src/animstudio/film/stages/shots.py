"""The stage ``shots``: a film's shot list in every form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from animstudio.film.export.files import scene_files
from animstudio.film.shots import ShotSpec, find_shots
from animstudio.film.stages.film import MeasuredSpec
from animstudio.kernel.work import Committed, Item, Made, Place, Work
from animstudio.media.probe import probe


class ListedSpec(MeasuredSpec):
    """Of which film shots are found, and how."""

    shots: ShotSpec = ShotSpec()
    """How shots are found."""


class Listed(BaseModel):
    """The shot list of a film."""

    json_file: Path
    csv: Path
    edl: Path
    otio: Path
    count: int


def items(spec: ListedSpec, place: Place) -> Sequence[Item]:
    """Return the film as the only item; timelines name its file: editors open it from there."""
    return [spec.item(file=str(spec.file))]


def make(item: Item, spec: ListedSpec, work: Work) -> Made:
    """Write the shot list as JSON, CSV, EDL and OTIO."""
    film, measures = probe(spec.file), spec.load()
    shots = find_shots(measures, spec.shots)
    texts = scene_files(
        shots, measures, film=spec.film, media=spec.file, detector=spec.shots.detector
    )
    outputs = {}
    for suffix, text in texts.items():
        draft = work.draft(f"scenes.{suffix}")
        draft.write_text(text, encoding="utf-8")
        outputs[spec.paths.scenes(suffix)] = draft
    return Made(outputs, spec.facts(film, measures) | {"scenes": len(shots)})


def gather(spec: ListedSpec, committed: Sequence[Committed], root: Path) -> Listed:
    """Return where the shot list lies."""
    files = {suffix: root / spec.paths.scenes(suffix) for suffix in ("csv", "edl", "otio")}
    count = int(str(committed[0].facts["scenes"]))
    return Listed(json_file=root / spec.paths.scenes("json"), count=count, **files)
