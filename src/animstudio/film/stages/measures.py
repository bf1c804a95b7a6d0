"""The stage ``measures``: a film is decoded, once, a span at a time.

What comes out is a table of measures. The pictures that will most likely be chosen are at hand
only now; they are left as spares for the stage ``frames``, which can do without.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import FrameSpec
from animstudio.film.shots import ShotSpec
from animstudio.film.spare import Spares
from animstudio.film.stages.film import FilmSpec, files_of
from animstudio.film.stages.films import WHOLE, Edges
from animstudio.film.stages.former import former_measures
from animstudio.film.survey import SurveyPlan, survey_span
from animstudio.film.table import save_measures
from animstudio.kernel.errors import UnreadableFilm
from animstudio.kernel.spec import RUNTIME
from animstudio.kernel.work import Committed, Item, Made, Place, Progressed, Work
from animstudio.media.decode import Span
from animstudio.media.probe import probe
from animstudio.media.threads import single_threaded


class MeasuresSpec(FilmSpec):
    """What a film is measured for; only the detector changes the measures."""

    spans: Annotated[list[Edges], RUNTIME] = Field(default_factory=lambda: [WHOLE])
    """Where its spans begin and end."""
    expected: Annotated[int | None, RUNTIME] = None
    """How many frames it should have."""
    shots: Annotated[ShotSpec, RUNTIME] = ShotSpec()
    """How shots will be found."""
    frames: Annotated[FrameSpec, RUNTIME] = FrameSpec()
    """Which pictures will be chosen."""
    composition: Annotated[CompositionSpec, RUNTIME] = CompositionSpec()
    """How they will be composed."""


class Measured(BaseModel):
    """The measures of a film."""

    files: list[Path]
    frames: int
    damaged: list[int]


def items(spec: MeasuresSpec, place: Place) -> Sequence[Item]:
    """Return one item a span; the network looks over a span's ends, and has the film whole."""
    network = spec.shots.detector == "transnetv2"
    about = {"film": spec.film, "columns": "transnetv2" if network else ""}
    return [
        Item(f"span{number:03d}", {"film": spec.file}, {**about, "start": start, "end": end})
        for number, (start, end) in enumerate([WHOLE] if network else spec.spans)
    ]


def make(item: Item, spec: MeasuresSpec, work: Work) -> Made:
    """Decode one span: measures, and the pictures most likely to be chosen."""
    output, draft = spec.paths.measures(item.name), work.draft("measures.npz")
    if former := former_measures(work.root, spec.paths, item, work.digests["film"]):
        shutil.copyfile(former[0], draft)
        return Made({output: draft}, former[1])
    single_threaded()
    # Decoders wait for each other's rows.
    plan = SurveyPlan(spec.shots, spec.frames, spec.composition, threads=2 * max(1, work.cpus))
    spares = Spares(work.drafts / "spares", spec.frames, spec.composition)
    span = Span(*_edges(item))

    def report(frames: int) -> None:
        work.report(frames, spec.expected, "frames")

    measures, damage = survey_span(probe(spec.file), span, plan, spares, report)
    work.say(Progressed(len(measures), spec.expected, "frames"))
    if not len(measures):
        raise UnreadableFilm(spec.file, f"not one frame decodes ({damage.first or 'empty'})")
    draft.write_bytes(save_measures(measures))
    facts = {"frames": len(measures), "damaged_packets": damage.packets,
             "first_damage": damage.first}  # fmt: skip
    return Made({output: draft}, facts, spares={output: work.drafts / "spares"})


def gather(spec: MeasuresSpec, committed: Sequence[Committed], root: Path) -> Measured:
    """Return the measures of all spans, in order."""
    return Measured(
        files=files_of(committed, root),
        frames=sum(int(str(one.facts["frames"])) for one in committed),
        damaged=[int(str(one.facts["damaged_packets"])) for one in committed],
    )


def _edges(item: Item) -> tuple[int | None, int | None]:
    start, end = item.options["start"], item.options["end"]
    return (start if isinstance(start, int) else None, end if isinstance(end, int) else None)
