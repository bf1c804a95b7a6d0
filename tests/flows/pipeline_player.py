"""Runs a recipe of the theatre in a process of its own: ``player.py PLACE NODES [WAIT]``."""

from __future__ import annotations

import sys
from pathlib import Path

from animstudio.kernel.errors import StudioError
from animstudio.kernel.guard import GuardSpec
from animstudio.pipeline.conduct import run_recipe
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.recipe.model import StageNode
from tests.unit.pipeline.engine.theatre import TYPES, Theatre


def play(place: Path, name: str) -> tuple[StageNode, ...]:
    """The recipes that are run by name."""
    there = Theatre(place)
    return {
        "many": (there.lines(), there.one(), there.act("gated", count=120), there.join()),
        "tiny": (there.act(count=300),),
        "waits": (there.act("waits", count=40),),
        "orphan": (there.act("orphan", count=3),),
        "calm": (there.act("", count=3),),
    }[name]


def main() -> int:
    place, name = Path(sys.argv[1]), sys.argv[2]
    there = Theatre(place)
    try:
        outcome = run_recipe(
            there.recipe(*play(place, name)), there.out, state=place / "state", types=TYPES,
            guard=GuardSpec(disk_free_gb=0, ram_stop=1, ram_slow=1), pace=PaceSpec(workers=2),
            wait=float(sys.argv[3]) if len(sys.argv) > 3 else 0.0,
        )  # fmt: skip
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0 if outcome.complete else 1


if __name__ == "__main__":
    sys.exit(main())
