"""The stage ``frames``: the chosen pictures of a film and their list.

Pictures come from the spares that measuring left, from the film's last pictures where these are
the same, and from the film itself where neither has them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from animstudio.film.bars import bars_of_shots
from animstudio.film.frames import FrameSpec, choose_frames
from animstudio.film.pictures import gather_pictures, picture_records, wanted_pictures
from animstudio.film.shots import ShotSpec, find_shots
from animstudio.film.spare import encoding
from animstudio.film.stages.film import MeasuredSpec
from animstudio.film.stages.films import WHOLE, Edges
from animstudio.film.stages.standing import StandingPictures
from animstudio.film.survey import cells_for
from animstudio.kernel.events import Event
from animstudio.kernel.spec import RUNTIME
from animstudio.kernel.work import Committed, Item, Made, Place, Work
from animstudio.media.decode import Span
from animstudio.media.geometry import Geometry
from animstudio.media.probe import probe
from animstudio.media.threads import single_threaded


class ChosenSpec(MeasuredSpec):
    """Of which film pictures are taken, and which."""

    spans: Annotated[list[Edges], RUNTIME] = Field(default_factory=lambda: [WHOLE])
    """Where its spans begin and end."""
    shots: ShotSpec = ShotSpec()
    """How shots are found."""
    frames: FrameSpec = FrameSpec()
    """Which pictures are taken of them."""


class Chosen(BaseModel):
    """The pictures of a film: their folder, and the list with a line for each."""

    folder: Path
    list: Path
    count: int


class PicturesFetched(Event):
    """So many pictures of a film had to be decoded a second time."""

    type: Literal["film.fetched"] = "film.fetched"
    film: str
    pictures: int


def items(spec: ChosenSpec, place: Place) -> Sequence[Item]:
    """Return the film as the only item."""
    return [spec.item()]


def make(item: Item, spec: ChosenSpec, work: Work) -> Made:
    """Write the chosen pictures and their list."""
    single_threaded()
    film, measures = probe(spec.file), spec.load()
    shots = find_shots(measures, spec.shots)
    bars = bars_of_shots(measures, shots, Geometry.of(film).display_size)
    choices = choose_frames(measures, shots, spec.frames, cells_for(film))
    wanted = wanted_pictures(
        measures, choices, {s.number: b for s, b in zip(shots, bars, strict=True)}
    )
    drafts = work.draft("frames")
    drafts.mkdir()
    spares = [work.spares_of(path) for path in spec.measures]
    damaged = [Span(*e) for e, lost in zip(_spans(spec), spec.damaged, strict=False) if lost]
    again = gather_pictures(
        film, wanted, spares, spec.frames, drafts, 2 * max(1, work.cpus),
        standing=StandingPictures(spec, work).find, damaged=damaged,
    )  # fmt: skip
    records = picture_records(measures, shots, wanted, drafts)
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (drafts / "frames.jsonl").write_text("".join(lines))
    work.say(PicturesFetched(film=spec.film, pictures=again))
    facts = {"pictures": len(wanted), "encoding": encoding(spec.frames)}
    return Made({spec.paths.frames: drafts}, spec.facts(film, measures) | facts)


def gather(spec: ChosenSpec, committed: Sequence[Committed], root: Path) -> Chosen:
    """Return where the pictures lie."""
    folder = root / spec.paths.frames
    count = int(str(committed[0].facts["pictures"]))
    return Chosen(folder=folder, list=folder / "frames.jsonl", count=count)


def _spans(spec: ChosenSpec) -> Sequence[Edges]:
    """Return the spans as they were measured: one, where the film was left whole."""
    return spec.spans if len(spec.spans) == len(spec.measures) else [WHOLE]
