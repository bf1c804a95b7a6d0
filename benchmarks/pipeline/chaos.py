"""Is anything lost, broken or done twice when parts of a pipeline are killed at random moments?

python benchmarks/pipeline/chaos.py [--kills 200] [--seed N] [--items 40]

Rounds: run a recipe into an empty folder, kill (-9) its coordinator, a worker or the whole group
again and again, each time run the same command again, until it completes undisturbed; then
compare every result byte for byte with that of an undisturbed run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

LONGEST = 120.0
"""Seconds after which a run counts as hanging."""
RECIPE = """\
pipeline: chaos
params: {output: out}
stages:
  - id: upper
    type: python
    config: {function: "chaos_work:upper", inputs: ["in/*"], each: true}
  - id: halves
    type: python
    foreach: "{upper}"
    temp: true
    config: {function: "chaos_work:halves", inputs: "{item.outputs}",
             output_dir: "halves/{item.name}"}
  - id: again
    type: python
    foreach: "{halves}"
    config: {function: "chaos_work:again", inputs: "{item.outputs}",
             output_dir: "again/{item.name}"}
  - id: join
    type: python
    config: {function: "chaos_work:join", inputs: ["{upper.output_dir}"]}
  - id: sorted
    type: command
    depends_on: [join]
    config:
      argv: 'sort "$INPUT_FOLDER"/all.txt > "$OUTPUT_LINES"'
      shell: true
      inputs: {folder: "{join.output_dir}"}
      outputs: {lines: sorted.txt}
"""


@dataclass
class Score:
    """What came of it; everything from `different` on has to be 0.

    different: results unlike those of an undisturbed run, missing or too many.
    redone:    items committed a second time.
    early:     results that no journal knew of and that were not whole.
    """

    seed: int
    kills: int = 0
    of_whom: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    rounds: int = 0
    different: int = 0
    redone: int = 0
    early: int = 0
    left_alive: int = 0
    bad_exits: int = 0

    def blame(self, what: str, names: list[str]) -> None:
        """Count findings, and keep some for the eye."""
        setattr(self, what, getattr(self, what) + len(names))
        for name in names[:5]:
            print(f"{what}: {name}", file=sys.stderr)

    @property
    def wrong(self) -> int:
        """How much went wrong."""
        return self.different + self.redone + self.early + self.left_alive + self.bad_exits


class Chaos:
    """The experiment, in one folder."""

    def __init__(self, place: Path, seed: int, items: int) -> None:
        self.place, self.chance, self.score = place, random.Random(seed), Score(seed)
        self.out = place / "out"
        (place / "in").mkdir()
        for number in range(items):
            text = f"film {number}\n" + "".join(f"{self.chance.random()}\n" for _ in range(40))
            (place / "in" / f"{number:03d} 電影.txt").write_text(text)
        shutil.copy(Path(__file__).with_name("chaos_work.py"), place)
        (place / "recipe.yaml").write_text(RECIPE)
        began = time.monotonic()
        code = self._start().wait(LONGEST)
        self.length = time.monotonic() - began
        if code:
            raise SystemExit((place / "said.log").read_text()[-3000:])
        self.whole = results(self.out)

    def round(self, most: int) -> None:
        """Run into an empty folder, with at most so many kills."""
        shutil.rmtree(self.out)
        self.score.rounds += 1
        landed = 0
        while True:
            process = self._start()
            whom = self._kill(process) if landed < most else None
            landed += whom is not None
            code = self._wait(process)
            # 0 after a kill: it had ended in that very moment. 1: an item lost two workers.
            allowed = {0, 1} if whom == "worker" else {0, -9} if whom else {0}
            if code not in allowed:
                self.score.blame("bad_exits", [f"exit {code} after {whom}"])
            found = results(self.out)
            wrong = [n for n, digest in found.items() if self.whole.get(n) not in (digest, None)]
            self.score.blame("early", wrong)
            if code == 0:
                break
        self._judge()

    def _judge(self) -> None:
        found = results(self.out)
        names = {n for n in found.keys() | self.whole.keys() if found.get(n) != self.whole.get(n)}
        self.score.blame("different", sorted(names))
        times = committed(self.out)
        self.score.blame("redone", [f"{n} x{times[n]}" for n in times if times[n] > 1])

    def _start(self) -> subprocess.Popen[bytes]:
        self.score.runs += 1
        command = [sys.executable, "-m", "animstudio", "pipeline", "run", "recipe.yaml"]
        with (self.place / "said.log").open("ab") as said:
            return subprocess.Popen(
                [*command, "--max-parallel", "2", "--disk-free-gb", "0"],
                cwd=self.place,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def _kill(self, process: subprocess.Popen[bytes]) -> str | None:
        """Kill somebody at a moment of the run; None where it ended before."""
        left = 1 - len(results(self.out)) / len(self.whole)
        until = time.monotonic() + self.chance.uniform(0.2, 0.5 + left * self.length)
        while time.monotonic() < until:
            if process.poll() is not None:
                return None
            time.sleep(0.002)
        whom = self.chance.choice(("coordinator", "worker", "group"))
        if whom == "worker":
            workers = spawned(process.pid)
            if not workers:
                return None
            os.kill(self.chance.choice(workers), signal.SIGKILL)
        elif whom == "coordinator":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        self.score.kills += 1
        self.score.of_whom[whom] += 1
        return whom

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            self.score.blame("bad_exits", ["a run hung"])
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        until = time.monotonic() + 2
        while (alive := group(process.pid)) and time.monotonic() < until:
            time.sleep(0.005)
        self.score.blame("left_alive", [f"process {pid}" for pid in alive])
        return code


def results(out: Path) -> dict[str, str]:
    """Return the digest of every result by its path; the engine's own files are left out."""
    found = {}
    for path in out.rglob("*"):
        name = path.relative_to(out)
        if path.is_file() and name.parts[0] != "checkpoints":
            found[str(name)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def committed(out: Path) -> Counter[str]:
    """Return how often each item was committed, over all runs."""
    times: Counter[str] = Counter()
    for log in (out / "checkpoints").rglob("events.jsonl"):
        for line in log.read_bytes().splitlines():
            try:
                event = json.loads(line)
            except ValueError:  # the last line of a killed run
                continue
            if event["type"] == "item.committed":
                times[f"{event['stage']} {event['item']}"] += 1
    return times


def spawned(pid: int) -> list[int]:
    """Return a run's worker processes."""
    try:
        children = psutil.Process(pid).children()
        return [c.pid for c in children if "spawn_main" in " ".join(c.cmdline())]
    except psutil.Error:
        return []


def group(leader: int) -> list[int]:
    """Return the processes of a group that live."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def main() -> int:
    """Kill until so many kills landed; print the score, and one JSON line last."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--items", type=int, default=40)
    args = parser.parse_args()
    print(f"seed {args.seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="pipeline chaos ") as place:
        chaos = Chaos(Path(place), args.seed, args.items)
        while chaos.score.kills < args.kills and not chaos.score.bad_exits > 20:
            chaos.round(min(12, args.kills - chaos.score.kills))
            print(f"{chaos.score.kills} kills, {chaos.score.wrong} wrong", file=sys.stderr)
    score = chaos.score
    print(
        f"{score.kills} kills ({dict(score.of_whom)}) in {score.runs} runs, {score.rounds} rounds: "
        f"{score.different} results different, {score.redone} items redone, {score.early} results "
        f"broken on the way, {score.left_alive} processes left, {score.bad_exits} wrong exits"
    )
    print(json.dumps({"benchmark": "pipeline chaos", **vars(score)}))
    return 1 if score.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
