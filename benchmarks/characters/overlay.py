"""Is text burnt into pictures found, and are pictures without any left alone?

python benchmarks/characters/overlay.py [--seed 5] [--each 12] [--clip FILM ...] [--wordy 20 30]

Each still is judged without words and with some; so are the clip's frames, one a second, of which
those between `--wordy` seconds have words of their own and are only counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import stills
import writing

from animstudio.dataset.spec import InspectSpec
from animstudio.media.threads import single_threaded
from animstudio.models.text_finder import build_text_finder, text_share

SIZES = ((1024, 1024), (1280, 720), (768, 1344), (832, 1216), (640, 480), (1920, 1080))


def clip_stills(film: Path) -> Iterator[tuple[float, Any]]:
    """Yield a film's frame of every second, and its seconds."""
    opened = cv2.VideoCapture(str(film))
    rate = opened.get(cv2.CAP_PROP_FPS)
    every, number = max(1, round(rate)), 0
    while True:
        there, frame = opened.read()
        if not there:
            return
        if number % every == every // 2:
            yield number / rate, frame
        number += 1


def cut_out(seed: int, size: tuple[int, int], rng: np.random.Generator) -> Any:
    """Return a figure, standing or lying, or some shape, alone on a plain ground."""
    ground = np.full((size[1], size[0], 3), int(rng.choice([0, 127, 255])), np.uint8)
    if seed % 2:
        around = np.zeros(ground.shape[:2], np.uint8)
        axes = int(size[0] * rng.uniform(0.1, 0.45)), int(size[1] * rng.uniform(0.04, 0.3))
        middle, turn = (size[0] // 2, size[1] // 2), float(rng.uniform(0, 180))
        cv2.ellipse(around, middle, axes, turn, 0, 360, 255, -1)
        inner = stills.still(seed + 50_000, seed, 0.2, size, painted=seed % 4 == 1)
        ground[around > 0] = inner[around > 0]
        return ground
    stills._figure(ground, seed, float(rng.random()), np.random.default_rng([seed, 9]))
    return np.ascontiguousarray(np.rot90(ground)) if seed % 4 == 0 else ground


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--seed", type=int, default=5)
    ask.add_argument("--each", type=int, default=12)
    ask.add_argument("--clip", type=Path, nargs="*", default=[])
    ask.add_argument("--wordy", type=float, nargs=2, default=(1e9, 1e9))
    said = ask.parse_args()
    single_threaded()
    finder, limit = build_text_finder(), InspectSpec().max_text
    hits: Counter[str] = Counter()
    of: Counter[str] = Counter()
    spent, looked = 0.0, 0

    def judge(kind: str, picture: Any) -> None:
        nonlocal spent, looked
        began = time.process_time()
        found = text_share(finder.lines(picture)) > limit
        spent, looked = spent + time.process_time() - began, looked + 1
        of[kind] += 1
        hits[kind] += found

    for number in range(said.each * len(writing.KINDS)):
        rng = np.random.default_rng([said.seed, number])
        picture = stills.still(said.seed * 1000 + number, number, float(rng.random()),
                               SIZES[number % len(SIZES)], painted=number % 2 == 0)  # fmt: skip
        kind = writing.KINDS[number % len(writing.KINDS)]
        judge("clean", picture)
        judge("clean, cut out", cut_out(number, SIZES[number % len(SIZES)], rng))
        judge(kind, writing.written(picture, kind, rng))
    for film in said.clip:
        for number, (seconds, picture) in enumerate(clip_stills(film)):
            rng = np.random.default_rng([said.seed, 1, number])
            wordy = said.wordy[0] <= seconds < said.wordy[1]
            judge("clip, words of its own" if wordy else "clip, clean", picture)
            if not wordy:
                judge("clip, subtitle", writing.written(picture, "subtitle", rng))
    clean = [kind for kind in of if "clean" in kind]
    false, right = sum(hits[kind] for kind in clean), hits.total()
    words = [kind for kind in of if kind not in clean]
    for kind in sorted(of):
        print(f"{kind:24} {hits[kind]:4} of {of[kind]}")
    print(json.dumps({
        "recall": round(sum(hits[kind] for kind in words) / sum(of[kind] for kind in words), 4),
        "precision": round(1 - false / max(1, right), 4),
        "false": false, "clean": sum(of[kind] for kind in clean),
        "ms": round(1000 * spent / looked, 1), "seed": said.seed,
        "kinds": {kind: [hits[kind], of[kind]] for kind in sorted(of)},
    }))  # fmt: skip


if __name__ == "__main__":
    main()
