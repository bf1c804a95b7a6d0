"""The stages of the recipe that is killed; every one writes slowly enough to be hit halfway."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any


def slowly(path: Path, text: str) -> None:
    """Write a file in three goes."""
    with path.open("w") as out:
        for part in (text[:10], text[10:200], text[200:]):
            out.write(part)
            out.flush()
            time.sleep(0.004)


def upper(work: Any, *, input: Path) -> dict[str, int]:
    """One file into one file and a number."""
    text = input.read_text()
    slowly(work.draft(input.name), text.upper() * 3)
    return {"length": len(text)}


def halves(work: Any, *, inputs: dict[str, Path]) -> None:
    """One file into two, below a folder."""
    (path,) = inputs.values()
    text = path.read_text()
    slowly(work.draft("parts/first.txt"), text[: len(text) // 2])
    slowly(work.draft("parts/second.txt"), text[len(text) // 2 :])


def again(work: Any, *, inputs: dict[str, Path]) -> None:
    """Both halves together again, below a folder as named as the item."""
    text = "".join(path.read_text() for path in sorted(inputs.values()))
    slowly(work.draft("whole.txt"), text)


def join(work: Any, *, inputs: dict[str, Path]) -> None:
    """All files into one."""
    found = sorted(p for path in inputs.values() for p in path.rglob("*") if p.is_file())
    slowly(work.draft("all.txt"), "".join(path.read_text() for path in found))
