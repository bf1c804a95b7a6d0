"""Ours alone: 10,000 stages each written out, and one stage of 300,000 items."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from measure import best, must, project
from tools import Ours, OursExplicit


@dataclass(frozen=True)
class Large:
    """Seconds; plan includes reading and checking the recipe.

    stages: to plan 10,000 stages; standing: the same when all were made.
    first:  to plan the items with every input read for the first time; planned: again.
    made:   milliseconds for each item committed; stand: to plan when all were made.
    """

    items: int
    stages: float
    standing: float
    first: float
    planned: float
    made: float
    stand: float


def measure(folder: Path, items: int) -> Large:
    """Measure both."""
    bin = Path(sys.executable).parent
    explicit, tool = OursExplicit(bin), Ours(bin)
    wide = project(folder / "stages", explicit, 10_000).folder
    stages = best(plan(explicit), wide)
    must(explicit.run(), wide)
    standing = best(plan(explicit), wide)
    many = project(folder / "items", tool, items).folder
    first, planned = must(plan(tool), many), best(plan(tool), many)
    making = must(tool.run(), many)
    stand = best(plan(tool), many)
    return Large(items, stages, standing, first, planned, making / items * 1000, stand)


def plan(tool: Ours) -> list[str]:
    """Return the command that plans."""
    return tool.plan() or []
