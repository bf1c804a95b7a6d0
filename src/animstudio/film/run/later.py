"""What a run goes on with when its films are done: stages that other rooms bring along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LaterEnded:
    """How a later stage ended.

    problem: why it failed, "" where it did not; stages before it stand either way.
    told:    one line for people.
    summary: the summary that it wrote.
    """

    problem: str
    told: str
    summary: Path | None


LaterStage = Callable[[], LaterEnded]
"""Works on what stands in the output folder; a failure of its work is returned, not raised."""
