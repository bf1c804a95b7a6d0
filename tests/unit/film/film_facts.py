"""Films for the tests of exports and report: measures and shots made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from functools import cache

import numpy as np

from animstudio.film.measures import Measures
from animstudio.film.report.facts import Composition, FilmFacts, FrameRecord, Link, RunFacts
from animstudio.film.shot import Shot, Transition
from tests.unit.film.blank import blank_measures


def measures(
    count: int,
    *,
    rate: Fraction | int = 24,
    time_base: Fraction | None = None,
    pts: Sequence[int] | None = None,
    start: int = 0,
    seed: int = 0,
) -> Measures:
    """Measures of `count` frames: steady times unless `pts` says otherwise, random numbers."""
    rate = Fraction(rate)
    base = time_base or 1 / (rate * 1000)
    ticks = pts if pts is not None else [round(i / (rate * base)) + start for i in range(count)]
    random = np.random.default_rng(seed)

    def row(low: float, high: float) -> np.ndarray:
        return random.uniform(low, high, count).astype(np.float32)

    return blank_measures(
        count,
        rate,
        time_base=base,
        pts=ticks,
        hue=row(0, 10),
        saturation=row(0, 10),
        value=row(0, 10),
        change=row(0, 10),
        luma=row(20, 220),
        contrast=row(10, 60),
        signature=random.integers(0, 256, (count, 9, 16, 3), np.uint8),
        sharpness=row(0, 500),
        tx=row(-0.01, 0.01),
        ty=row(-0.01, 0.01),
        scale=row(0.99, 1.01),
        angle=row(-1, 1),
        support=row(0, 1),
        residual=row(0, 0.01),
    )


def shots(*ends: int, dissolves: dict[int, int] | None = None) -> list[Shot]:
    """Shots that tile [0, ends[-1]); `dissolves` gives a cut's frame and its length."""
    mixes = {
        at: Transition("dissolve", at - length // 2, at + length - length // 2)
        for at, length in (dissolves or {}).items()
    }
    bounds = [0, *ends]
    joins = [mixes.get(at, Transition("cut", at, at)) for at in ends[:-1]]
    return [
        Shot(number, start, end, opening, closing)
        for number, (start, end, opening, closing) in enumerate(
            zip(bounds, ends, [None, *joins], [*joins, None], strict=False), start=1
        )
    ]


def film_facts(found: list[Shot], pictures: int = 3, **known: object) -> FilmFacts:
    """Facts of a film with these shots: made up, with drawn pictures, one bright box each."""
    count = found[-1].end
    frames: list[FrameRecord] = []
    compositions: dict[str, Composition] = {}
    for shot in found:
        for position in range(pictures):
            frame = shot.start + len(shot) * (2 * position + 1) // (2 * pictures)
            file = f"scene{shot.number:04d}_pos{position}_frame{frame:06d}.jpg"
            frames.append(
                {"file": file, "scene": shot.number, "position": position, "frame": frame}
            )
            compositions[file] = {
                "score": 0.64,
                "shot_size": "medium",
                "subjects": [{"x": 0.25, "y": 0.25, "w": 0.5, "h": 0.5}],
            }
    facts: dict[str, object] = {
        "name": "A film",
        "file": "a film.mp4",
        "width": 1280,
        "height": 720,
        "codec": "h264",
        "shots": found,
        "measures": measures(count),
        "score": np.linspace(0, 40, count, dtype=np.float32),
        "threshold": 15.0,
        "picture": drawn_picture,
        "camera": {
            shot.number: {"kind": "pan", "direction": "right", "speed": 0.1, "dx": 0.3, "dy": 0.0}
            for shot in found
        },
        "compositions": compositions,
        "frames": frames,
        "frames_folder": "frames/a film",
        "sound": {
            "loudness_lufs": -21.4,
            "loudness": [-30.0, -20.0, float("-inf"), -25.0],
            "step": 0.5,
            "speech": [{"start": 0.5, "end": 1.0}],
        },
        "palette": [{"hex": "#336699", "share": 0.6}, {"hex": "#cc9933", "share": 0.4}],
        "links": [Link("Scenes (CSV)", "analysis/scenes/a film.csv")],
    }
    return FilmFacts(**{**facts, **known})  # type: ignore[arg-type]


@cache
def drawn_picture(file: str, side: int) -> bytes:
    """A 16:9 JPEG whose colour follows from the file's name, with a box in its middle."""
    import cv2

    wide, high = side, side * 9 // 16
    seed = sum(file.encode())
    picture = np.full((high, wide, 3), [seed * 7 % 200, seed * 13 % 200, seed * 29 % 200], np.uint8)
    picture[high // 4 : 3 * high // 4, wide // 4 : 3 * wide // 4] = 235
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1])


def run_facts(*films: FilmFacts, **known: object) -> RunFacts:
    """A run over these films."""
    facts: dict[str, object] = {
        "title": "A run",
        "started": datetime(2026, 1, 5, 10, 22),
        "duration": 12.4,
        "films": [lambda film=film: film for film in films],
    }
    return RunFacts(**{**facts, **known})  # type: ignore[arg-type]
