"""Which results of a film stand: of one content, and of the same shots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from animstudio.film.run.paths import FilmPaths
from animstudio.kernel.work import Standing

StandingOf = Callable[[str, str], Standing | None]
"""What stands of a stage's item, of this run or an earlier one."""

ANALYSIS = ("scenes", "camera", "composition", "sound")
"""Stages whose results tell something of a film."""


def standing_of_shots(
    film: str, of: StandingOf, digest: str, shots: Mapping[str, Any]
) -> dict[str, Standing]:
    """Return what stands of a film with this content digest, and of these options of shots.

    Stage 1 run again with other options leaves the files of stage 2 lying; those tell of shots
    that there are no more, and are left out. Of pictures some may have been taken away.
    """
    found: dict[str, Standing] = {}
    for stage in ("frames", *ANALYSIS):
        one = of(stage, film)
        if one is None or one.inputs.get("film") != digest or (one.harm and stage != "frames"):
            continue
        if stage == "sound" or one.spec.get("shots") == shots:
            found[stage] = one
    composed, pictures = found.get("composition"), found.get("frames")
    if composed and pictures:
        listed = pictures.outputs.get(f"{FilmPaths(film).frames}/frames.jsonl")
        if composed.inputs.get("frames") != listed:
            del found["composition"]
    return found


def analysed(film: str, of: StandingOf) -> dict[str, Standing]:
    """Return the analysis of a film that stands, of the shots that its pictures are of."""
    first = of("frames", film) or of("scenes", film)
    if first is None:
        return {}
    found = standing_of_shots(film, of, first.inputs["film"], first.spec["shots"])
    found.pop("frames", None)
    return found
