"""Are a dataset's faults found, and how fast? The inspector beside CleanVision on one set.

python benchmarks/characters/inspector.py --python VENV/bin/python [--clip FILM ...]
    [--seed 7] [--clean 240] [--each 24] [--keep FOLDER]

`--python` is one that has CleanVision (pip install cleanvision); without it we stand alone.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import faults

RULES = {"blur": "blur", "noise": "noise", "dark": "dark", "light": "light",
         "empty": "low_information", "odd_shape": "odd_aspect", "resolution": "tiny",
         "corrupt": "corrupt"}  # fmt: skip
SHARED = ("blur", "dark", "light", "low_information", "odd_aspect", "tiny", "exact", "near")
"""What CleanVision has rules for too."""

Flags = dict[str, set[str]]
Pairs = dict[str, set[frozenset[str]]]


def ours(folder: Path) -> tuple[Flags, Pairs, float]:
    """Run the command as a user does; its start counts."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "animstudio", "dataset", "inspect", str(folder), "--json",
         "--no-text"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    spent = time.perf_counter() - began
    flags: Flags = {kind: set() for kind in RULES.values()}
    pairs: Pairs = {"exact": set(), "near": set()}
    for one in json.loads(done.stdout)["findings"]:
        if one["rule"] in RULES:
            flags[RULES[one["rule"]]] |= set(one["files"])
        elif one["rule"].startswith("twins_"):
            groups: dict[str, set[str]] = {}
            for file, said in zip(one["files"], one["details"], strict=True):
                groups.setdefault(said.removeprefix("like "), set()).add(file)
            pairs[one["rule"].removeprefix("twins_")] |= _pairs(
                [{k, *v} for k, v in groups.items()]
            )
    return flags, pairs, spent


def clean_vision(python: Path, folder: Path, jobs: int) -> tuple[Flags, Pairs, float]:
    script = Path(__file__).with_name("clean_vision.py")
    began = time.perf_counter()
    done = subprocess.run([str(python), str(script), str(folder), str(jobs)], capture_output=True,
                          text=True, check=False)  # fmt: skip
    spent = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"CleanVision failed:\n{done.stderr[-2000:]}")
    said = json.loads(done.stdout[done.stdout.index('{"flags"') :])
    flags = {kind: set(files) for kind, files in said["flags"].items()}
    return flags, {kind: _pairs(groups) for kind, groups in said["groups"].items()}, spent


def _pairs(groups: Any) -> set[frozenset[str]]:
    return {frozenset(pair) for group in groups for pair in combinations(sorted(group), 2)}


def scored(truth: faults.Truth, flags: Flags, pairs: Pairs) -> dict[str, dict[str, Any]]:
    """Return hits, misses and false alarms of each fault.

    A flag on a picture that has another fault is neither: a black picture also shows nothing.
    So are twins within one film, whose neighbouring stills may well be called that.
    """
    found: dict[str, dict[str, Any]] = {}
    for kind in faults.KINDS:
        if kind in ("exact", "near"):
            real = {frozenset(pair[1:]) for pair in truth.pairs if pair[0] == kind}
            every = {frozenset(pair[1:]) for pair in truth.pairs}
            said = pairs.get(kind, set())
            wrong = {pair for pair in said - every if not _excused(pair, truth)}
        else:
            real = {name for name, own in truth.faults.items() if own == kind}
            said = flags.get(kind, set())
            wrong = {name for name in said - real if name not in truth.faults}
        found[kind] = _numbers(len(real & said), len(real - said), len(wrong))
    for name, kinds in (("shared", SHARED), ("all", faults.KINDS)):
        found[name] = _numbers(
            *(sum(found[kind][part] for kind in kinds) for part in ("hits", "missed", "false"))
        )
    return found


def _excused(pair: frozenset[str], truth: faults.Truth) -> bool:
    return all(name.startswith("film-") for name in pair) or any(n in truth.faults for n in pair)


def _numbers(hits: int, missed: int, wrong: int) -> dict[str, Any]:
    whole = 2 * hits + missed + wrong
    f1 = round(2 * hits / whole, 3) if whole else 1.0
    return {"hits": hits, "missed": missed, "false": wrong, "f1": f1}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help="a Python that has CleanVision")
    parser.add_argument("--clip", type=Path, nargs="*", default=[], help="films for real stills")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--clean", type=int, default=240)
    parser.add_argument("--each", type=int, default=24)
    parser.add_argument("--keep", type=Path, help="a folder for the set; used again if it is there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = (asked.keep or Path(temporary)) / "set"
        note = place.with_name("truth.json")
        if not place.exists():
            truth = faults.plant(place, asked.seed, asked.clean, asked.each, asked.clip)
            faults.save(truth, note)
        told = json.loads(note.read_text())
        truth = faults.Truth(told["faults"], [tuple(p) for p in told["pairs"]], told["pictures"])
        results: dict[str, Any] = {"pictures": truth.pictures, "seed": asked.seed, "tools": {}}
        runs = {"animstudio": lambda: ours(place)}
        if asked.python:
            readable = place.with_name("readable")
            _without(place, readable, {n for n, kind in truth.faults.items() if kind == "corrupt"})
            jobs = len(os.sched_getaffinity(0))
            runs["cleanvision"] = lambda: clean_vision(asked.python, readable, jobs)
        for tool, run in runs.items():
            used = _processor()
            flags, pairs, spent = run()
            results["tools"][tool] = {
                "seconds": round(spent, 2), "per_second": round(truth.pictures / spent, 1),
                "processor_seconds": round(_processor() - used, 2),
                "faults": scored(truth, flags, pairs),
            }  # fmt: skip
            print(tool, json.dumps(results["tools"][tool], indent=1), file=sys.stderr)
    print(json.dumps(results))
    return 0


def _processor() -> float:
    """Return the seconds of processor time that children took, which no neighbour adds to."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _without(place: Path, readable: Path, broken: set[str]) -> None:
    """Link all but the broken files: CleanVision ends at the first that Pillow cannot open."""
    shutil.rmtree(readable, ignore_errors=True)
    readable.mkdir()
    for file in place.iterdir():
        if file.name not in broken:
            (readable / file.name).hardlink_to(file)


if __name__ == "__main__":
    sys.exit(main())
