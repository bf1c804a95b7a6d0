"""Does memory grow with the length of a shot? SAM 2's session, with a tiny random model.

python benchmarks/characters/memory.py [--frames 400] [--things 3] [--keep-all]

The model is of the real class, loaded by the real code; its weights are random, so its masks mean
nothing, but it keeps what the real one keeps. `--keep-all` lets transformers' session keep
everything, to compare.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.unit.models.tiny import tiny_sam2

from animstudio.models.registry import Host, build_segmenter
from animstudio.models.sam2 import Sam2
from animstudio.models.seams import Found, Sighting

EVERY = 50
"""Frames between two looks at the memory."""


def frames(count: int) -> Iterator[np.ndarray]:
    """Yield noise, 480x270, made as it is asked for."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield rng.integers(0, 256, (270, 480, 3), np.uint8)


def main() -> int:
    """Follow things through one long shot; print the memory, and one JSON line last."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--things", type=int, default=3)
    parser.add_argument("--keep-all", action="store_true")
    asked = parser.parse_args()

    def shown(number: int, frame: np.ndarray, seen: Sequence[Sighting]) -> Sequence[Found]:
        boxes = [(20 + 90 * n, 40, 80, 160) for n in range(asked.things)]
        return [Found(box, "thing", 1.0) for box in boxes] if number == 0 else ()

    process = psutil.Process(os.getpid())
    rss = []
    with tempfile.TemporaryDirectory() as folder:
        tiny_sam2(Path(folder) / "sam2_hiera_tiny")
        model = build_segmenter("sam2_hiera_tiny", Host(Path(folder), threads=1))
        assert isinstance(model, Sam2)
        model.prune = not asked.keep_all
        for number, _ in enumerate(model.track(frames(asked.frames), shown)):
            if number % EVERY == 0:
                gc.collect()
                rss.append(round(process.memory_info().rss / 2**20, 1))
                print(f"frame {number}: {rss[-1]} MiB", file=sys.stderr)
    grown = rss[-1] - rss[1]
    print(json.dumps({"benchmark": "characters memory", "frames": asked.frames,
                      "things": asked.things, "pruned": model.prune, "rss_mib": rss,
                      "grown_mib_after_50_frames": round(grown, 1)}))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
