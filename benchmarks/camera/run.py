"""Are camera moves of known size recovered, and what does a frame cost?

python benchmarks/camera/run.py [words of the case's name]
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from cases import CASES, Case, render
from pictures import clip, drawn, real

from animstudio.film.camera import CameraMove, describe_camera
from animstudio.film.measures import Measures
from animstudio.film.motion import MotionAnalyser
from animstudio.film.shot import Shot
from animstudio.film.table import MeasureTable
from animstudio.media.decode import Decoder
from animstudio.media.encode import write_film
from animstudio.media.probe import probe


@dataclass(frozen=True)
class Outcome:
    """One case: what was seen, the worst error of its true axes, what other axes strayed."""

    case: Case
    move: CameraMove
    error: float
    stray: float
    milliseconds: float

    @property
    def named(self) -> bool:
        return (self.move.kind, self.move.direction) == (self.case.kind, self.case.direction)


def measure(film: Path) -> tuple[Measures, float]:
    """Return the film's motion measures, and milliseconds a frame."""
    facts = probe(film)
    table = MeasureTable(facts.time_base, facts.rate)
    analyser, spent = MotionAnalyser(), 0
    for picture in Decoder(facts, threads=1).pictures():
        views = picture.views()
        begun = time.thread_time_ns()
        analyser.see(views)
        spent += time.thread_time_ns() - begun
        table.append({"pts": picture.pts})
    measures = replace(table.measures(), **analyser.columns())
    return measures, spent / len(table) / 1e6


def judge(case: Case, move: CameraMove, milliseconds: float) -> Outcome:
    """Compare all four axes, at the frame's side where the axis is not a true one."""
    true = np.array([case.pan, case.tilt, math.log(case.zoom), math.radians(case.roll)])
    seen = np.array([move.pan, move.tilt, math.log(move.zoom), math.radians(move.roll)])
    real_axes = true != 0 if case.kind != "static" else np.zeros(4, bool)
    errors = np.abs(seen - true)[real_axes] / np.abs(true[real_axes])
    stray = (np.abs(seen - true) * (1, 1, 0.5, 0.5))[~real_axes]
    return Outcome(
        case, move, float(errors.max(initial=0)), float(stray.max(initial=0)), milliseconds
    )


def main(words: str) -> None:
    cv2.setNumThreads(1)
    pictures = {"meadow": real(20), "drawn": drawn()}
    outcomes = []
    print("| case | seen | error % | stray % of width | style, smoothness | subject | ms a frame |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for case in (c for c in CASES if words in c.name):
            film = Path(folder) / "case.mp4"
            options = {"crf": str(case.crf), "preset": "veryfast", "threads": "1"}
            write_film(film, render(case, pictures[case.picture]), rate=case.fps, options=options)
            measures, milliseconds = measure(film)
            move = describe_camera(measures, [Shot(1, 0, len(measures))])[0]
            outcome = judge(case, move, milliseconds)
            outcomes.append(outcome)
            print(_row(outcome), flush=True)
    measures, milliseconds = measure(clip())
    move = describe_camera(measures, [Shot(1, 0, len(measures))])[0]
    print(
        f"\n{clip().name}, truth unknown: {move.kind} {move.direction}, pan {move.pan:.4f}, "
        f"tilt {move.tilt:.4f}, zoom {move.zoom:.4f}, roll {move.roll:.3f}, {move.style}, "
        f"confidence {move.confidence:.2f}, {milliseconds:.2f} ms a frame\n"
    )
    moving = [o for o in outcomes if o.case.kind != "static"]
    worst = max(moving or outcomes, key=lambda o: o.error)
    summary = {
        "benchmark": "camera",
        "cases": len(outcomes),
        "within_5_percent": sum(o.error <= 0.05 for o in outcomes),
        "named_right": sum(o.named for o in outcomes),
        "mean_error_percent": round(100 * float(np.mean([o.error for o in moving or outcomes])), 3),
        "worst_error_percent": round(100 * worst.error, 3),
        "worst_case": worst.case.name,
        "worst_stray_percent_of_width": round(100 * max(o.stray for o in outcomes), 3),
        "ms_a_frame": round(float(np.mean([o.milliseconds for o in outcomes])), 3),
    }
    print(json.dumps(summary))


def _row(o: Outcome) -> str:
    name = f"{o.move.kind} {o.move.direction}" + ("" if o.named else " (wrong)")
    error = "-" if o.case.kind == "static" else f"{100 * o.error:.2f}"
    width, height = o.case.size
    return (
        f"| {o.case.name} ({width}x{height}, {o.case.fps}) | {name} | {error} "
        f"| {100 * o.stray:.2f} | {o.move.style} {o.move.smoothness:.2f} "
        f"| {o.move.subject_motion:.3f} | {o.milliseconds:.2f} |"
    )


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
