"""What is measured of each tool: looking, making, and coming back after things went wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tools import Project, Tool

LONGEST = 900.0
"""Seconds after which a command counts as hanging."""


@dataclass(frozen=True)
class Speed:
    """Seconds: start (one item stands), plan (nothing made), no-op (all stand), each item made."""

    items: int
    planned: float | None
    looked: int
    nothing: float
    start: float
    made: int
    each: float


@dataclass(frozen=True)
class Safety:
    """What 60 items came to after a kill -9 of everything, and what changed inputs did.

    redone:  items executed again that had been finished.
    wrong:   results that are not what they should be though the tool ended well.
    unlocks: commands that were needed besides the same one again.
    added:   items executed after 3 were added to 500.
    touched: items executed after all inputs got a new date and nothing else.
    missed:  of 5 inputs with new content but their old size and date, how many went unseen.
    """

    redone: int
    wrong: int
    unlocks: int
    added: int
    touched: int
    missed: int


def call(command: list[str], folder: Path) -> tuple[int, float]:
    """Run a command to its end; return its exit code and seconds."""
    began = time.perf_counter()
    with (folder / "said.log").open("ab") as said:
        done = subprocess.run(
            command, cwd=folder, stdout=said, stderr=said, timeout=LONGEST, check=False
        )
    return done.returncode, time.perf_counter() - began


def must(command: list[str], folder: Path) -> float:
    """Run a command that has to end well; return its seconds."""
    code, seconds = call(command, folder)
    if code:
        tail = (folder / "said.log").read_text(errors="replace")[-2000:]
        raise SystemExit(f"{' '.join(command)} failed in {folder} ({code}):\n{tail}")
    return seconds


def best(command: list[str], folder: Path, rounds: int = 3) -> float:
    """Return the shortest of some runs."""
    return min(must(command, folder) for _ in range(rounds))


def project(folder: Path, tool: Tool, items: int, pause: float = 0.0) -> Project:
    """Return a new project with so many items."""
    made = Project(folder, pause)
    folder.mkdir(parents=True)
    made.add([f"i{number:06d}" for number in range(items)])
    tool.prepare(made)
    return made


def speed(tool: Tool, folder: Path, scale: float) -> Speed:
    """Measure how long looking and making take."""
    one = project(folder / "one", tool, 1)
    must(tool.run(), one.folder)
    many, few = max(10, round(tool.many * scale)), max(10, round(tool.few * scale))
    plan, planned = tool.plan(), None
    if plan:
        planned = best(plan, project(folder / "many", tool, many).folder, 1)
    made = project(folder / "few", tool, few)
    making = must(tool.run(), made.folder)
    start = best(tool.run(), one.folder)
    return Speed(
        many, planned, few, best(tool.run(), made.folder), start, few, (making - start) / few
    )


def safety(tool: Tool, folder: Path) -> Safety:
    """Kill, add, touch and change."""
    redone, wrong, unlocks = killed(tool, folder / "killed")
    grown = project(folder / "grown", tool, 60 if tool.few < 60 else 500)
    must(tool.run(), grown.folder)
    before = len(grown.executed())
    grown.add([f"new{number}" for number in range(3)])
    tool.prepare(grown)
    must(tool.run(), grown.folder)
    added = len(grown.executed()) - before
    return Safety(redone, wrong, unlocks, added, touched(tool, grown), missed(tool, grown))


def killed(tool: Tool, folder: Path) -> tuple[int, int, int]:
    """Kill the whole group while the 30th of 60 items is made; then run again."""
    there = project(folder, tool, 60, pause=0.1)
    with (folder / "said.log").open("ab") as said:
        process = subprocess.Popen(
            tool.run(), cwd=folder, stdout=said, stderr=said, start_new_session=True
        )
    until = time.monotonic() + LONGEST
    while len(there.executed()) < 30 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = Counter(there.executed())
    at_work = sum(not correct(tool, there, name) for name in before)
    unlocks = 0
    code, _ = call(tool.run(), folder)
    if code:
        for command in tool.recover():
            unlocks += 1
            code, _ = call(command, folder)
        code, _ = call(tool.run(), folder)
    if code:
        raise SystemExit(f"{tool.name} cannot go on in {folder}")
    after = Counter(there.executed()) - before
    redone = sum(name in before for name in after) - at_work
    return max(0, redone), sum(not correct(tool, there, n) for n in there.names), unlocks


def correct(tool: Tool, there: Project, name: str) -> bool:
    """Return whether an item's result is there and whole."""
    result = tool.result(there, name)
    expected = (there.folder / "in" / name).read_text() * 2
    return result.exists() and result.read_text() == expected


def touched(tool: Tool, there: Project) -> int:
    """Give every input a new date; return how many items were executed."""
    before = len(there.executed())
    for name in there.names:
        os.utime(there.folder / "in" / name)
    must(tool.run(), there.folder)
    return len(there.executed()) - before


def missed(tool: Tool, there: Project) -> int:
    """Change five inputs behind their date's back; return how many results are out of date."""
    names = there.names[:5]
    for name in names:
        path = there.folder / "in" / name
        seen = path.stat()
        path.write_text(path.read_text().upper().replace("I", "X"))
        os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    must(tool.run(), there.folder)
    return sum(not correct(tool, there, name) for name in names)
