"""``animstudio gpu``: what big models do, one task at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from animstudio.characters.segmentation import FindSpec
from animstudio.cli.characters_run import find_in
from animstudio.cli.switches import Json, Limits, Resume
from animstudio.kernel.guard import GuardSpec
from animstudio.pipeline.pace import PaceSpec

app = App(name="gpu", help="Tasks of big models: characters cut out of films.")

Pace = Annotated[PaceSpec, Parameter(name="*", group="Pace")]


class Sam2Spec(FindSpec):
    """As `FindSpec`, with SAM 2 unless another model is named."""

    model: str = "sam2_hiera_base"
    """foreground (no weights), sam2_hiera_tiny, _small, _base or _large."""


Find = Annotated[Sam2Spec, Parameter(name="*", group="Finding")]


@app.command
def segment(
    frames: Path,
    output: Path,
    *,
    resume: Resume = True,
    fresh: Annotated[bool, Parameter(negative="", help="Begin anew, whatever stands.")] = False,
    as_json: Json = False,
    spec: Find = Sam2Spec(),  # noqa: B008
    pace: Pace = PaceSpec(workers=1),
    guard: Limits = GuardSpec(),
) -> int:
    """Task 1: follow characters through every shot with SAM 2, and cut them out.

    For example:

        animstudio gpu segment out/extract out --model sam2_hiera_base --device cuda --resume

    Parameters
    ----------
    frames
        What frame_extraction made of films, a folder with pictures, or films.
    output
        The output folder; results are in `segment/character_dir`.
    """
    return find_in(frames, output, spec, pace=pace, guard=guard, fresh=fresh, as_json=as_json)
