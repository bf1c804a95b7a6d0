"""The stage ``camera``: what the camera does in every shot of a film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from animstudio.film.camera import CameraSpec, as_record, describe_camera
from animstudio.film.shots import ShotSpec, find_shots
from animstudio.film.stages.film import MeasuredSpec, pretty
from animstudio.kernel.work import Committed, Item, Made, Place, Work


class MovesSpec(MeasuredSpec):
    """Of which film moves are described, and how."""

    shots: ShotSpec = ShotSpec()
    """How shots are found."""
    camera: CameraSpec = CameraSpec()
    """How moves are told apart."""


class Moves(BaseModel):
    """The camera's moves in a film."""

    file: Path


def items(spec: MovesSpec, place: Place) -> Sequence[Item]:
    """Return the film as the only item."""
    return [spec.item()]


def make(item: Item, spec: MovesSpec, work: Work) -> Made:
    """Write what the camera does in every shot."""
    measures = spec.load()
    moves = describe_camera(measures, find_shots(measures, spec.shots), spec.camera)
    draft = work.draft("camera.json")
    content = {"film": spec.film, "scenes": [as_record(move) for move in moves]}
    draft.write_text(pretty(content), encoding="utf-8")
    return Made({spec.paths.camera: draft})


def gather(spec: MovesSpec, committed: Sequence[Committed], root: Path) -> Moves:
    """Return where the moves lie."""
    return Moves(file=root / spec.paths.camera)
