"""Shot boundaries: this project beside PySceneDetect and TransNetV2, on films of known truth.

python benchmarks/shots/run.py [--seeds 101 102 103] [--clip LONGER_CLIP] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one process a core, not one thread a core each

import filmed
from drawn import Picture
from films import CONDITIONS, Condition, Film, make_film
from score import Found, Tally
from tools import SLOW, TOOLS

HELD_OUT = (101, 102, 103)
"""Seeds nothing was tuned on; 1 to 4 were tuned on."""


@dataclass(frozen=True)
class Outcome:
    """What every tool found in one film, and how long each took."""

    film: Film
    found: dict[str, list[Found]]
    seconds: dict[str, float]


def main() -> None:
    """Make the films, run the tools, print the tables and, last, one line of JSON."""
    asked = _arguments()
    began = time.perf_counter()
    names = [n for n in TOOLS if asked.all or n not in SLOW]
    jobs = [(seed, condition) for condition in CONDITIONS for seed in asked.seeds]
    jobs.sort(key=lambda job: -job[1].rate)  # long films first, so that both cores end together
    with tempfile.TemporaryDirectory() as folder:
        work = partial(_one, Path(folder), asked.clip, names)
        with ProcessPoolExecutor(asked.workers, mp_context=get_context("spawn")) as pool:
            outcomes = list(pool.map(work, jobs))
    tallies = {name: Tally() for name in names}
    for outcome in outcomes:
        film = outcome.film
        for name in names:
            tallies[name].add(film.condition, film.truths, film.edges, outcome.found[name])
    report = _report(asked.seeds, outcomes, tallies, time.perf_counter() - began)
    _print_tables(report, tallies)
    line = json.dumps(report)
    if asked.json:
        asked.json.write_text(line + "\n")
    print(line)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(HELD_OUT))
    parser.add_argument("--clip", type=Path, help="the 30 s opening of Big Buck Bunny, as well")
    parser.add_argument("--json", type=Path, help="write the JSON line here too")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--all", action="store_true", help=f"also {', '.join(SLOW)}")
    return parser.parse_args()


def _one(
    folder: Path, clip: Path | None, names: Sequence[str], job: tuple[int, Condition]
) -> Outcome:
    """Make one film, ask every tool, remove it."""
    import cv2
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    film = make_film(*job, folder, _clips(clip))
    found, seconds = {}, {}
    for name in names:
        begin = time.perf_counter()
        found[name] = TOOLS[name](film.path)
        seconds[name] = time.perf_counter() - begin
    film.path.unlink()
    return Outcome(film, found, seconds)


@cache
def _clips(longer: Path | None) -> list[list[Picture]]:
    clips = [filmed.read(filmed.packaged_clip())]
    if longer:
        clips += [filmed.read(longer, a, b) for a, b in filmed.OPENING_SHOTS]
    return clips


def _report(
    seeds: Sequence[int], outcomes: Sequence[Outcome], tallies: dict[str, Tally], took: float
) -> dict[str, object]:
    truths = [t for o in outcomes for t in o.film.truths]
    frames = sum(o.film.frames for o in outcomes)
    spent = {name: sum(o.seconds[name] for o in outcomes) for name in tallies}
    return {
        "benchmark": "shots",
        "seeds": list(seeds),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seconds": round(took, 1),
        "films": len(outcomes),
        "shots": sum(len(o.film.shows) for o in outcomes),
        "frames": frames,
        "cuts": sum(t.kind == "cut" for t in truths),
        "gradual": sum(t.kind != "cut" for t in truths),
        "tools": {
            name: tally.numbers()
            | {
                "frames_per_second": round(frames / spent[name]),
                "false": dict(tally.false_by_condition),
                "missed": {k: v for k, v in tally.missed_by_condition.items() if v},
            }
            for name, tally in tallies.items()
        },
    }


def _print_tables(report: dict[str, object], tallies: dict[str, Tally]) -> None:
    print("{films} films, {shots} shots, {frames} frames: {cuts} cuts, {gradual} gradual"
          "; {seconds} s".format(**report))  # fmt: skip
    print("\n| tool | cuts P | R | F1 | gradual P | R | F1 | all P | R | F1 |")
    print("|---|" + "---|" * 9)
    for name, tally in tallies.items():
        numbers = tally.numbers()
        cells = [f"{v:.3f}" for part in numbers.values() for v in part.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("\nFalse alarms / misses by condition\n")
    print("| condition | " + " | ".join(tallies) + " |")
    print("|---|" + "---|" * len(tallies))
    for condition in CONDITIONS:
        at = condition.name
        counts = [(t.false_by_condition[at], t.missed_by_condition[at]) for t in tallies.values()]
        cells = [f"{false} / {missed}" for false, missed in counts]
        print(f"| {at} | " + " | ".join(cells) + " |")
    print()


if __name__ == "__main__":
    main()
