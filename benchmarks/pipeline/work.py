"""The work that every tool is given: an input, twice over, in two writes with a pause between.

A tool that takes the file for finished because it is there is found out by a kill in the pause.
"""

from __future__ import annotations

import time
from pathlib import Path

SHELL = """#!/bin/sh
# IN OUT PAUSE LOG
echo "$1" >> "$4"
cat "$1" > "$2"
[ "$3" = 0 ] || sleep "$3"
cat "$1" >> "$2"
"""
"""The same for tools whose tasks are commands."""


def double(source: str, target: str, pause: float, log: str) -> None:
    """Write `source` twice into `target`; say in `log` that it was executed."""
    with Path(log).open("a") as executed:
        executed.write(f"{source}\n")
    text = Path(source).read_text()
    with Path(target).open("w") as out:
        out.write(text)
        out.flush()
        if pause:
            time.sleep(pause)
        out.write(text)


def staged(work: object, *, input: Path, log: str, pause: float = 0.0) -> None:
    """Do it as a stage ``python`` of a recipe."""
    double(str(input), str(work.draft(input.name)), pause, log)  # type: ignore[attr-defined]
