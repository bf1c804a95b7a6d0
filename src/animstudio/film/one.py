"""One film taken apart in one go, with nothing kept but what is returned or asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animstudio.film.bars import bars_of_shots
from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import FrameSpec, choose_frames
from animstudio.film.measures import Measures
from animstudio.film.missing import missing_share
from animstudio.film.pictures import Wanted, gather_pictures, picture_records, wanted_pictures
from animstudio.film.shot import Shot
from animstudio.film.shots import ShotSpec, find_shots
from animstudio.film.spare import Spares, composition_record
from animstudio.film.survey import SurveyPlan, cells_for, survey_span
from animstudio.kernel.drafts import drafts_in
from animstudio.kernel.errors import UnreadableFilm
from animstudio.kernel.files import place, sync_file
from animstudio.media.decode import WHOLE, Damage
from animstudio.media.geometry import Geometry
from animstudio.media.probe import FilmProbe, probe

Watch = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Taken:
    """A film's measures and shots, and what of it was lost.

    `missing` is the share 0-1 of its frames that did not decode, as well as can be told;
    `damage` counts the packets that were passed over.
    """

    probe: FilmProbe
    measures: Measures
    shots: list[Shot]
    damage: Damage
    missing: float


@dataclass(frozen=True, slots=True)
class Pictured:
    """A film's chosen pictures: their ``frames.jsonl`` records, and their compositions."""

    taken: Taken
    records: list[dict[str, object]] = field(default_factory=list)
    compositions: list[dict[str, Any]] = field(default_factory=list)


def measure_film(
    file: Path, spec: ShotSpec, *, threads: int = 3, watch: Watch = lambda frames: None
) -> Taken:
    """Decode a film once and find its shots. Raises UnreadableFilm if nothing decodes."""
    return _measure(probe(file), SurveyPlan(spec, FrameSpec(), CompositionSpec(), threads), watch)


def picture_film(
    file: Path,
    shots: ShotSpec,
    frames: FrameSpec,
    composition: CompositionSpec,
    *,
    folder: Path | None = None,
    threads: int = 3,
    watch: Watch = lambda frames: None,
) -> Pictured:
    """Decode a film once and choose its pictures; they are placed in `folder`, if given.

    A file of that name which was not written by the same choice is kept under another.

    Raises UnreadableFilm if nothing decodes, AskedWrongly where `folder` cannot be a folder or
    a folder stands in a picture's place.
    """
    facts = probe(file)
    plan = SurveyPlan(shots, frames, composition, threads)
    with drafts_in(folder) if folder else _elsewhere() as drafts:
        spares = Path(drafts, "spares")
        taken = _measure(facts, plan, watch, Spares(spares, frames, composition))
        wanted = _wanted(taken, frames)
        gather_pictures(
            facts,
            wanted,
            [spares],
            frames,
            Path(drafts),
            threads,
            damaged=[WHOLE] if taken.damage else [],
        )
        records = list(picture_records(taken.measures, taken.shots, wanted, Path(drafts)))
        compositions = [
            {"file": w.name} | _composed(Path(drafts) / w.name, w, frames, composition)
            for w in wanted
        ]
        if folder:
            for w in wanted:
                sync_file(Path(drafts) / w.name)
                place(Path(drafts) / w.name, folder / w.name)
    return Pictured(taken, records, compositions)


def _elsewhere() -> AbstractContextManager[str]:
    return tempfile.TemporaryDirectory(prefix="animstudio-")


def _composed(
    path: Path, w: Wanted, frames: FrameSpec, composition: CompositionSpec
) -> dict[str, Any]:
    bars = None if frames.crop_bars else w.bars
    return composition_record(path.read_bytes(), bars, composition)


def _wanted(taken: Taken, spec: FrameSpec) -> list[Wanted]:
    size = Geometry.of(taken.probe).display_size
    bars = bars_of_shots(taken.measures, taken.shots, size)
    by_number = {shot.number: b for shot, b in zip(taken.shots, bars, strict=True)}
    choices = choose_frames(taken.measures, taken.shots, spec, cells_for(taken.probe))
    return wanted_pictures(taken.measures, choices, by_number)


def _measure(
    facts: FilmProbe, plan: SurveyPlan, watch: Watch, spares: Spares | None = None
) -> Taken:
    measures, damage = survey_span(facts, WHOLE, plan, spares, watch)
    if not len(measures):
        raise UnreadableFilm(facts.path, f"not one frame decodes ({damage.first or 'empty'})")
    shots = find_shots(measures, plan.shots)
    return Taken(facts, measures, shots, damage, missing_share(measures, facts))
