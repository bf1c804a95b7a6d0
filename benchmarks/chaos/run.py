"""Is anything lost, broken or done twice when processes are killed at random moments?

python benchmarks/chaos/run.py [--kills 200] [--seed N] [--few]

Rounds: survey some films into an empty folder, kill the coordinator, a worker or the whole
group again and again, each time run the same command again, until it completes undisturbed;
then compare the folder byte for byte with that of an undisturbed run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from disturb import Kill, Run
from films import make_films
from tree import broken, content, stamps, unlike_journal


@dataclass
class Score:
    """What came of it; everything but the first five has to be 0."""

    kills: int = 0
    of_whom: Counter[str] = field(default_factory=Counter)
    while_publishing: int = 0
    runs: int = 0
    rounds: int = 0
    corrupt: int = 0
    missing: int = 0
    redone: int = 0
    different: int = 0
    left_alive: int = 0
    bad_exits: int = 0
    notes: list[str] = field(default_factory=list)

    def blame(self, what: str, names: list[str]) -> None:
        """Count findings and keep the first few for the eye."""
        setattr(self, what, getattr(self, what) + len(names))
        self.notes += [f"{what}: {name}" for name in names[:5]]

    @property
    def wrong(self) -> int:
        """How much went wrong."""
        return (self.corrupt + self.missing + self.redone + self.different + self.left_alive
                + self.bad_exits)  # fmt: skip


class Chaos:
    """The whole experiment in one folder."""

    def __init__(self, place: Path, seed: int, few: bool) -> None:
        self.chance = random.Random(seed)
        self.films = place / "films"
        self.out = place / "out"
        self.log = place / "runs.log"
        self.score = Score()
        make_films(self.films, seed, few=few)
        began = time.monotonic()
        self.whole = self._undisturbed(place / "undisturbed", workers=2)
        self.length = time.monotonic() - began
        others = self._undisturbed(place / "one worker", workers=1)
        self._compare(others, "one worker")

    def round(self, kills: int) -> None:
        """Survey the films into an empty folder, with at most so many kills."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.score.rounds += 1
        before: dict[str, tuple[str, str]] = {}
        landed = 0
        while True:
            run = self._start(self.chance.choice((1, 2)), self.out)
            ended = False
            while landed < kills and not ended:
                kill = run.kill_at_random(self.chance, self.length)
                if kill is None:
                    break
                self._count(kill)
                landed += 1
                ended = kill.victim != "worker"
            code = run.wait()
            self._judge_end(run, code, killed=ended)
            before = self._judge_folder(before)
            if code == 0:
                break
        self._compare(content(self.out), f"round {self.score.rounds}")

    def _start(self, workers: int, out: Path) -> Run:
        self.score.runs += 1
        return Run(self.films, out, workers, self.log)

    def _undisturbed(self, keep: Path, *, workers: int) -> dict[str, str]:
        run = self._start(workers, self.out)
        code = run.wait()
        if code:
            self.score.blame("bad_exits", [f"undisturbed: exit {code}"])
        self._judge_folder({})
        found = content(self.out)
        self.out.rename(keep)
        return found

    def _count(self, kill: Kill) -> None:
        self.score.kills += 1
        self.score.of_whom[kill.victim] += 1
        self.score.while_publishing += kill.publishing

    def _judge_end(self, run: Run, code: int, *, killed: bool) -> None:
        alive = run.left_alive()
        self.score.blame("left_alive", [f"process {pid}" for pid in alive])
        # 1: a film was set aside because two of its workers in a row were killed.
        allowed = {-9} if killed else {0, 1}
        if code not in allowed:
            self.score.blame("bad_exits", [f"exit {code}"])

    def _judge_folder(self, before: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
        """Look at everything that lies there now; return the stamps of what stands."""
        score = self.score
        score.blame("corrupt", list(broken(self.out)))
        off = list(unlike_journal(self.out))
        score.blame("missing", [name for name, missing in off if missing])
        score.blame("corrupt", [name for name, missing in off if not missing])
        now = stamps(self.out)
        score.blame("redone", [name for name in before if now.get(name) != before[name]])
        return now

    def _compare(self, found: dict[str, str], what: str) -> None:
        names = {n for n in found.keys() | self.whole.keys() if found.get(n) != self.whole.get(n)}
        self.score.blame("missing", [f"{what}: {n}" for n in sorted(names) if n not in found])
        self.score.blame("different", [f"{what}: {n}" for n in sorted(names) if n in found])


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--few", action="store_true", help="two films instead of six")
    asked = options.parse_args()
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as place:
        began = time.monotonic()
        chaos = Chaos(Path(place), seed, asked.few)
        score = chaos.score
        while score.kills < asked.kills and time.monotonic() - began < 12 * 3600:
            chaos.round(min(asked.kills - score.kills, chaos.chance.randint(2, 8)))
            print(f"{score.kills} kills, {score.wrong} wrong", file=sys.stderr, flush=True)
        if score.wrong:
            print(chaos.log.read_text(errors="replace")[-4000:], file=sys.stderr)
    show(score, seed, time.monotonic() - began)
    return 1 if score.wrong or score.kills < asked.kills else 0


def show(score: Score, seed: int, seconds: float) -> None:
    hardware = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    victims = ", ".join(f"{who} {count}" for who, count in sorted(score.of_whom.items()))
    rows = {
        "kills that landed": f"{score.kills} ({victims})",
        "of them while a result was being published": score.while_publishing,
        "runs started, rounds completed": f"{score.runs}, {score.rounds}",
        "corrupt outputs": score.corrupt,
        "missing outputs": score.missing,
        "committed items done again": score.redone,
        "files that differ from the undisturbed run": score.different,
        "processes alive 20 s after their run": score.left_alive,
        "wrong exit codes": score.bad_exits,
    }
    print("| | |\n|---|---|")
    for what, value in rows.items():
        print(f"| {what} | {value} |")
    for note in score.notes[:40]:
        print(f"- {note}")
    result = vars(score) | {"seed": seed, "seconds": round(seconds, 1), "hardware": hardware}
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
