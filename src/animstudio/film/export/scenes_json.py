"""The shot list as JSON: exact, for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from animstudio.film.export.timecode import (
    boundary_seconds,
    boundary_ticks,
    clock,
    elapsed_seconds,
)
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot, Transition


def scenes_json(
    shots: Sequence[Shot], measures: Measures, *, film: str, file: str, detector: str
) -> str:
    """Return the scene list as JSON text.

    Frames count from 0 and ends are exclusive. `*_seconds` and `*_timecode` count from the
    first frame, as in ``frames.jsonl``, the CSV and the WAV; `*_pts` are ticks of `time_base`
    on the container's clock, and `start_time` is when the first frame is shown on it.
    """
    first, past = boundary_seconds(measures, 0), boundary_seconds(measures, len(measures))
    record = {
        "film": film,
        "file": file,
        "rate": str(measures.rate),
        "time_base": str(measures.time_base),
        "frames": len(measures),
        "start_time": round(first, 6),
        "duration": round(past - first, 6),
        "detector": detector,
        "scenes": [_scene(shot, measures) for shot in shots],
    }
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _scene(shot: Shot, measures: Measures) -> dict[str, object]:
    start, end = elapsed_seconds(measures, shot.start), elapsed_seconds(measures, shot.end)
    clean = shot.clean
    return {
        "scene": shot.number,
        "start_frame": shot.start,
        "end_frame": shot.end,
        "start_pts": boundary_ticks(measures, shot.start),
        "end_pts": boundary_ticks(measures, shot.end),
        "start_seconds": round(elapsed_seconds(measures, shot.start), 6),
        "end_seconds": round(elapsed_seconds(measures, shot.end), 6),
        "start_timecode": clock(start),
        "end_timecode": clock(end),
        "length_seconds": round(end - start, 6),
        "opening": _transition(shot.opening, measures),
        "closing": _transition(shot.closing, measures),
        "clean_start": clean.start,
        "clean_end": clean.stop,
    }


def _transition(transition: Transition | None, measures: Measures) -> dict[str, object] | None:
    if transition is None:
        return None
    return {
        "kind": transition.kind,
        "start_frame": transition.start,
        "end_frame": transition.end,
        "start_seconds": round(elapsed_seconds(measures, transition.start), 6),
        "end_seconds": round(elapsed_seconds(measures, transition.end), 6),
    }
