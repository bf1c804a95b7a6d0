"""Does a dataset come out the same to the byte, however often its making is killed?

python benchmarks/characters/chaos.py [--kills 30] [--seed 11] [--shots 4] [--keep FOLDER]

A drawn film goes through recipes/luca_full_pipeline.yaml once, undisturbed. Then rounds: the same
into an empty folder; its coordinator, a worker or the whole group is killed (-9) at a random
moment, the same command is given again, and so on, until it completes; then every file is
compared, byte for byte: frames, crops, records, characters.yaml, the kohya dataset.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent))
import drawn

RECIPE = Path(__file__).parents[2] / "recipes" / "luca_full_pipeline.yaml"
LONGEST = 300.0
"""Seconds after which a run counts as hanging."""
SCALE = 3
"""Times larger than the benchmark's films, so that crops are large enough to train with."""
ROUND = 10
"""Kills a round at most."""


@dataclass
class Score:
    """What came of it; everything from `different` on has to be 0."""

    seed: int
    files: int = 0
    pictures: int = 0
    kills: int = 0
    of_whom: Counter[str] = field(default_factory=Counter)
    during: Counter[str] = field(default_factory=Counter)
    """Kills by the stage that was at work."""
    runs: int = 0
    rounds: int = 0
    different: int = 0
    redone: int = 0
    bad_exits: int = 0
    left_alive: int = 0

    @property
    def wrong(self) -> int:
        """How much went wrong."""
        return self.different + self.redone + self.bad_exits + self.left_alive

    def blame(self, what: str, names: list[str]) -> None:
        """Count findings, and keep some for the eye."""
        setattr(self, what, getattr(self, what) + len(names))
        for name in names[:5]:
            print(f"{what}: {name}", file=sys.stderr)


class Chaos:
    """The experiment, in one folder."""

    def __init__(self, place: Path, seed: int, shots: int) -> None:
        self.place, self.chance, self.score = place, random.Random(seed), Score(seed)
        self.out = place / "out"
        (place / "films").mkdir(parents=True)
        write(place / "films" / "drawn.mp4", seed, shots)
        began = time.monotonic()
        code = self._start().wait(LONGEST)
        self.length = time.monotonic() - began
        if code:
            raise SystemExit((place / "said.log").read_text()[-3000:])
        self.whole = results(self.out)
        self.score.files = len(self.whole)
        self.score.pictures = sum(
            n.startswith("prepare/train/") and n.endswith(".png") for n in self.whole
        )
        if not self.score.pictures:
            raise SystemExit("not one picture came out, so there is nothing to compare")

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
            if whom is None and code == 0:
                break
            if self.score.bad_exits > 5:
                return
        found = results(self.out)
        names = {n for n in found.keys() | self.whole.keys() if found.get(n) != self.whole.get(n)}
        self.score.blame("different", sorted(names))
        times = Counter(
            f"{e['stage']} {e['item']}" for e in events(self.out) if e["type"] == "item.committed"
        )
        self.score.blame("redone", [f"{n} x{times[n]}" for n in times if times[n] > 1])

    def _start(self) -> subprocess.Popen[bytes]:
        self.score.runs += 1
        command = [sys.executable, "-m", "animstudio", "pipeline", "run", str(RECIPE)]
        with (self.place / "said.log").open("ab") as said:
            return subprocess.Popen(
                [*command, "--set", "input=films", "--set", "output=out", "--workers", "2",
                 "--disk-free-gb", "0"],
                cwd=self.place, stdout=said, stderr=said, start_new_session=True,
                env=os.environ | {"ANIMSTUDIO_STATE": str(self.place / "state")},
            )  # fmt: skip

    def _kill(self, process: subprocess.Popen[bytes]) -> str | None:
        """Kill somebody at a moment of the run; None where it ended before."""
        until = time.monotonic() + self.chance.uniform(0.3, self.length)
        while time.monotonic() < until:
            if process.poll() is not None:
                return None
            time.sleep(0.005)
        whom = self.chance.choice(("coordinator", "worker", "group"))
        workers = spawned(process.pid)
        if whom == "worker" and not workers:
            whom = "coordinator"
        stage = at_work(self.out)
        if whom == "worker":
            os.kill(self.chance.choice(workers), signal.SIGKILL)
        elif whom == "coordinator":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        self.score.kills += 1
        self.score.of_whom[whom] += 1
        self.score.during[stage] += 1
        return whom

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            self.score.blame("bad_exits", ["a run hung"])
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        until = time.monotonic() + 5
        while (alive := group(process.pid)) and time.monotonic() < until:
            time.sleep(0.01)
        self.score.blame("left_alive", [f"process {pid}" for pid in alive])
        return code


def write(film: Path, seed: int, shots: int) -> None:
    """Write a drawn film, large enough that its characters can be trained with."""
    import cv2

    from animstudio.media.encode import write_film

    size = (drawn.WIDTH * SCALE, drawn.HEIGHT * SCALE)
    pictures = (
        cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC)
        for shot in drawn.drawn_film(seed, shots)
        for picture, _ in shot.frames()
    )
    write_film(film, pictures, rate=drawn.RATE, options={"crf": "20", "preset": "veryfast"})


def results(out: Path) -> dict[str, str]:
    """Return the digest of every result by its path; the engine's own files are left out."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file() and path.relative_to(out).parts[0] != "checkpoints"
    }


def events(out: Path) -> list[dict[str, Any]]:
    """Return the events of all runs into a folder, in order."""
    found = []
    for log in sorted((out / "checkpoints").rglob("events.jsonl")):
        for line in log.read_bytes().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:  # the last line of a killed run
                continue
    return found


def at_work(out: Path) -> str:
    """Return the stage whose item was begun last."""
    begun = [e["stage"] for e in events(out) if e["type"] == "item.started"]
    return begun[-1] if begun else "start"


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
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--shots", type=int, default=4)
    parser.add_argument("--keep", type=Path, help="an empty folder that is not deleted")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="characters chaos ") as temporary:
        place = asked.keep.absolute() if asked.keep else Path(temporary)
        chaos = Chaos(place, asked.seed, asked.shots)
        score = chaos.score
        while score.kills < asked.kills and score.bad_exits <= 5:
            chaos.round(min(ROUND, asked.kills - score.kills))
            print(f"{score.kills} kills, {score.wrong} wrong", file=sys.stderr)
    print(
        f"{score.kills} kills ({dict(score.of_whom)}) in {score.runs} runs, {score.rounds} rounds, "
        f"{score.files} files with {score.pictures} training pictures: {score.different} results "
        f"different, {score.redone} items redone, {score.left_alive} processes left, "
        f"{score.bad_exits} wrong exits"
    )
    print(json.dumps({"benchmark": "characters chaos", **vars(score)}))
    return 1 if score.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
