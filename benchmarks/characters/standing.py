"""Characters that stand still: how many `foreground` finds, and what it takes for one elsewhere.

    python benchmarks/characters/standing.py --seed 105 --shots 30

Half of the shots show one of the drawn cast (see `drawn`) as it stands, half of them nobody; in
each half a third has a calm ground (sky and hills), a third the cluttered one of `drawn`, and a
third a ground that is grain and blobs all over. The camera stands, pans or zooms.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from typing import Any

import cv2
import drawn
import numpy as np

from animstudio.models.foreground.segmenter import Foreground

STEP = 4
"""Every fourth frame is looked at: six a second."""


def calm(rng: np.random.Generator) -> Any:
    """Return a background 960 x 540 of sky and two hills."""
    hue = rng.uniform(0, 180)
    sky, low = _colour(rng, hue, (120, 245)), _colour(rng, hue, (90, 220))
    ramp = np.linspace(0, 1, 540)[:, None, None]
    picture = np.repeat((1 - ramp) * np.array(sky) + ramp * np.array(low), 960, axis=1)
    picture = np.ascontiguousarray(picture.astype(np.uint8))
    for depth in range(2):
        points = [[x, 300 + 90 * depth + rng.normal(0, 20)] for x in range(-40, 1041, 120)]
        outline = np.array([*points, [1040, 560], [-40, 560]], np.int32)
        cv2.fillPoly(picture, [outline], _colour(rng, hue + 60, (80, 200)), cv2.LINE_AA)
    return _grained(rng, picture, 2)


def wild(rng: np.random.Generator) -> Any:
    """Return a background 960 x 540 that is blobs and grain all over."""
    picture = np.full((540, 960, 3), _colour(rng, rng.uniform(0, 180), (60, 220)), np.uint8)
    for _ in range(900):
        centre = int(rng.uniform(0, 960)), int(rng.uniform(0, 540))
        colour = _colour(rng, rng.uniform(0, 180), (40, 230))
        cv2.circle(picture, centre, int(rng.uniform(4, 26)), colour, -1, cv2.LINE_AA)
    return _grained(rng, picture, 6)


def _colour(
    rng: np.random.Generator, hue: float, value: tuple[float, float]
) -> tuple[int, int, int]:
    pixel = np.array([[[hue % 180, rng.uniform(20, 120), rng.uniform(*value)]]], np.uint8)
    b, g, r = cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0]
    return int(b), int(g), int(r)


def _grained(rng: np.random.Generator, picture: Any, by: float) -> Any:
    return np.clip(picture + rng.normal(0, by, picture.shape), 0, 255).astype(np.uint8)


GROUNDS = {"calm": calm, "cluttered": drawn._ground, "wild": wild}


def shot(
    rng: np.random.Generator, number: int, ground: str, *, empty: bool
) -> list[tuple[Any, Any]]:
    """Return the frames (h, w, 3) of a shot, each with the mask of who stands in it."""
    look = drawn.CAST[number % len(drawn.CAST)]
    part = drawn.Part(look, 240 + rng.uniform(-90, 90), 150 + rng.uniform(-10, 15), 0.0,
                      rng.uniform(105, 190), rng.uniform(0, 6), 1)  # fmt: skip
    moves = number % 3
    pan = (rng.uniform(-30, 30), rng.uniform(-6, 6)) if moves == 1 else (0.0, 0.0)
    zoom = rng.uniform(-0.04, 0.06) if moves == 2 else 0.0
    light = tuple(float(v) for v in rng.uniform(0.8, 1.12) * rng.uniform(0.9, 1.1, 3))
    picture = GROUNDS[ground](rng)
    found = []
    for at in range(0, drawn.FRAMES, STEP):
        moment = at / drawn.RATE
        # Who stands is drawn in the pose of its phase: time moves the camera alone.
        posed = replace(part, phase=part.phase - 2.4 * np.pi * moment)
        one = drawn.DrawnShot(() if empty else (posed,), picture, pan, zoom, light)  # type: ignore[arg-type]
        frame, masks = one._frame(moment)
        found.append((_coded(frame, rng), masks.get(look.name)))
    return found


def _coded(frame: Any, rng: np.random.Generator) -> Any:
    """Return a frame with a codec's traces."""
    _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(80, 92))])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def measure(seed: int, shots: int) -> dict[str, dict[str, float]]:
    """Return for each ground: who was found and how well, and what was found where nobody is."""
    rng = np.random.default_rng([seed, 77])
    rows: dict[str, dict[str, float]] = {}
    for ground in GROUNDS:
        standing = found = extra = wrong = 0
        overlaps: list[float] = []
        for number in range(shots):
            for empty in (False, True):
                frames = shot(rng, number, ground, empty=empty)
                seen = list(Foreground().track((f for f, _ in frames), lambda *_: ()))
                things = {one.thing for frame in seen for one in frame}
                if empty:
                    wrong += len(things)
                    continue
                standing += 1
                best = {
                    thing: float(np.mean([_overlap(seen[n], thing, frames[n][1])
                                          for n in range(len(frames))]))
                    for thing in things
                }  # fmt: skip
                right = [value for value in best.values() if value >= 0.5]
                found += bool(right)
                overlaps += [max(right)] if right else []
                extra += len(things) - bool(right)
        rows[ground] = {
            "standing": standing, "found": found, "others beside": extra,
            "iou": round(float(np.mean(overlaps)), 3) if overlaps else 0.0,
            "empty": shots, "found in empty": wrong,
        }  # fmt: skip
    return rows


def _overlap(seen: Any, thing: int, truth: Any) -> float:
    for one in seen:
        if one.thing == thing:
            return float((one.mask & truth).sum() / max(1, (one.mask | truth).sum()))
    return 0.0


def main() -> None:
    """Print a table, and one line of JSON last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--shots", type=int, default=10, help="of each ground, with and without")
    asked = parser.parse_args()
    for seed in asked.seed:
        began = time.process_time()
        rows = measure(seed, asked.shots)
        for ground, row in rows.items():
            print(f"{seed} {ground:10} " + "  ".join(f"{k} {v}" for k, v in row.items()))
        print(json.dumps({"seed": seed, "cpu": round(time.process_time() - began, 1), **rows}))


if __name__ == "__main__":
    main()
