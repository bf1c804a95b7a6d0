"""Are twins found among 20,000 pictures, and how fast? The product beside imagededup's hashes.

python benchmarks/characters/duplicates.py --python VENV/bin/python [--count 20000] [--side 256]
    [--seed 7] [--methods PHash:10 DHash:10] [--keep FOLDER]

`--python` is one that has imagededup (pip install imagededup); without it we stand alone.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import stills

TWINS = ("exact", "recompressed", "smaller", "cropped", "lighter", "darker", "next_frame")
POSES = 8
"""Of one character in one scene; they are other pictures, and no twins."""
Pair = frozenset[str]


def family(place: Path, seed: int, number: int, side: int) -> list[tuple[str, str, str]]:
    """Write one scene in eight poses, and twins of three of them; return the planted pairs."""
    rng = np.random.default_rng([seed, number])
    scene, who = seed * 100_000 + number, int(rng.integers(400))
    painted = number % 2 == 1
    pairs = []
    for turn in range(POSES):
        pose = turn / POSES + float(rng.uniform(0, 0.03))
        name = f"s{number:05d}-{turn}.jpg"
        picture = stills.still(scene, who, pose, (side, side), painted=painted)
        cv2.imwrite(str(place / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
        if turn < 2 or (turn == 2 and number % 2):
            kind = TWINS[(number * 3 + turn) % len(TWINS)]
            twin = f"t{number:05d}-{turn}.jpg"
            if kind == "next_frame":
                picture = stills.still(scene, who, pose + 0.006, (side, side), painted=painted)
            _write_twin(place / name, place / twin, picture, kind, rng)
            pairs.append((kind, name, twin))
    return pairs


def _write_twin(one: Path, other: Path, picture: Any, kind: str, rng: np.random.Generator) -> None:
    quality = 92
    if kind == "exact":
        other.write_bytes(one.read_bytes())
        return
    if kind == "recompressed":
        quality = int(rng.integers(35, 75))
    elif kind == "smaller":
        share = float(rng.uniform(0.5, 0.85))
        picture = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    elif kind == "cropped":
        cut = [int(picture.shape[0] * rng.uniform(0.0, 0.025)) for _ in range(4)]
        picture = picture[cut[0] : picture.shape[0] - cut[1], cut[2] : picture.shape[1] - cut[3]]
    elif kind in ("lighter", "darker"):
        by = rng.uniform(1.06, 1.2) if kind == "lighter" else rng.uniform(0.75, 0.94)
        picture = np.clip(picture * by, 0, 255).astype(np.uint8)
    cv2.imwrite(str(other), picture, [cv2.IMWRITE_JPEG_QUALITY, quality])


def ours(folder: Path) -> dict[str, Any]:
    """Run the command as a user does; its start counts."""
    began, used = time.perf_counter(), _processor()
    done = subprocess.run(
        [sys.executable, "-m", "animstudio", "dataset", "dedup", str(folder), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    spent = time.perf_counter() - began
    groups: dict[str, set[str]] = {}
    for row in json.loads(done.stdout):
        groups.setdefault(row["like"], {row["like"]}).add(row["file"])
    pairs = [pair for group in groups.values() for pair in combinations(sorted(group), 2)]
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"pairs": pairs, "seconds": spent, "processor": _processor() - used, "megabytes": most}


def _processor() -> float:
    """Return the seconds of processor time that children took, which no neighbour adds to."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def image_dedup(python: Path, folder: Path, method: str) -> dict[str, Any]:
    name, _, threshold = method.partition(":")
    script = Path(__file__).with_name("image_dedup.py")
    used = _processor()
    jobs = str(len(os.sched_getaffinity(0)))
    done = subprocess.run([str(python), str(script), str(folder), name, threshold, jobs],
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode:
        raise SystemExit(f"imagededup failed:\n{done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout[done.stdout.index('{"pairs"') :])
    return {**said, "processor": _processor() - used}


def scored(truth: list[tuple[str, str, str]], said: dict[str, Any]) -> dict[str, Any]:
    """Return recall of all and of each kind, and precision, in pairs."""
    found = {frozenset(pair) for pair in said["pairs"]}
    real = {frozenset(pair[1:]) for pair in truth}
    hits = len(real & found)
    kinds = {kind: [frozenset(pair[1:]) for pair in truth if pair[0] == kind] for kind in TWINS}
    return {
        "recall": round(hits / max(1, len(real)), 4),
        "precision": round(hits / max(1, len(found)), 4),
        "false_pairs": len(found - real),
        "by_kind": {kind: round(sum(pair in found for pair in own) / max(1, len(own)), 3)
                    for kind, own in kinds.items()},
        "seconds": round(said["seconds"], 1),
        "processor_seconds": round(said["processor"], 1), "megabytes": round(said["megabytes"]),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help="a Python that has imagededup")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--methods", nargs="+", default=["PHash:10", "DHash:10"])
    parser.add_argument("--keep", type=Path, help="a folder for the set; used again if it is there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = (asked.keep or Path(temporary)) / "set"
        note = place.with_name("truth.json")
        if not place.exists():
            place.mkdir(parents=True)
            cv2.setNumThreads(1)
            families = range(asked.count * 2 // (POSES * 2 + 5))
            with ThreadPoolExecutor() as pool:
                made = pool.map(lambda n: family(place, asked.seed, n, asked.side), families)
                note.write_text(json.dumps([pair for pairs in made for pair in pairs]))
        truth = [tuple(pair) for pair in json.loads(note.read_text())]
        count = sum(1 for _ in place.iterdir())
        results: dict[str, Any] = {
            "pictures": count, "side": asked.side, "pairs": len(truth), "seed": asked.seed,
            "tools": {"animstudio": scored(truth, ours(place))},
        }  # fmt: skip
        print(results["tools"], file=sys.stderr)
        for method in asked.methods if asked.python else ():
            said = scored(truth, image_dedup(asked.python, place, method))
            results["tools"][f"imagededup {method}"] = said
            print(method, said, file=sys.stderr)
    print(json.dumps(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
