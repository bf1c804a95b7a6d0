"""The closing stage ``film_report``: ``report.html``, from the files in the output folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from animstudio.film.frames import FrameSpec
from animstudio.film.measures import Floats, Measures
from animstudio.film.report.facts import FilmFacts, Link, NotRun, RunFacts
from animstudio.film.report.page import render_report
from animstudio.film.run.paths import FilmPaths
from animstudio.film.shots import ShotSpec, find_shots
from animstudio.film.stages.analysed import standing_of_shots
from animstudio.film.stages.states import FilmState, film_states
from animstudio.film.stages.summaries import PartsSpec, execution_metadata, write_json
from animstudio.film.table import join_spans, load_measures
from animstudio.kernel.closing import Closed, Closing
from animstudio.kernel.files import write_atomic
from animstudio.kernel.spec import RUNTIME
from animstudio.kernel.work import Standing
from animstudio.media.jpeg import decode_jpeg, encode_jpeg
from animstudio.media.views import shrink

THUMBNAIL_QUALITY = 78


class ReportSpec(PartsSpec):
    """What the report is called, and of which shots it tells."""

    film: Annotated[str, RUNTIME] = "film"
    """What the run is called."""
    shots: ShotSpec = ShotSpec()
    """How shots were found."""
    frames: FrameSpec = FrameSpec()
    """Which pictures were taken."""


def close(spec: ReportSpec, closing: Closing) -> Closed:
    """Write the report over every film of the run, and ``execution_metadata.json``."""
    states, ended = film_states(closing.ended), closing.now()
    problems = {name: c.problem for name, c in closing.closed.items() if c.problem}
    run = RunFacts(
        title=spec.film,
        started=closing.started,
        duration=(ended - closing.started).total_seconds(),
        films=[partial(_film_facts, spec, closing, state) for state in states if state.done],
        failed=[{"film": s.name, "error": s.error} for s in states if s.error],
        not_run=[NotRun(stage, why) for stage, why in problems.items()],
    )
    path = closing.root / "report.html"
    write_atomic(path, render_report(run))
    films = "failed" if any(state.error for state in states) else "completed"
    stages = {str(part): films for part in spec.parts if part != "rag"}
    if "rag" in closing.closed:
        stages["rag"] = f"failed: {problems['rag']}" if "rag" in problems else "completed"
    status = "failed" if problems or films == "failed" else "completed"
    note = execution_metadata(
        spec.film, started=closing.started, ended=ended, status=status, stages=stages
    )
    write_json(closing.root / "execution_metadata.json", note)
    return Closed(files=[path])


def _film_facts(spec: ReportSpec, closing: Closing, state: FilmState) -> FilmFacts:
    out, paths = closing.root, FilmPaths(state.name)
    facts = {**state.facts.get("scenes", {}), **state.facts.get("frames", {})}
    current = _current(spec, closing, state)
    measures = film_measures(out, paths, int(facts["spans"]))
    composition = _read(out / paths.composition) if "composition" in current else {}
    camera = _read(out / paths.camera) if "camera" in current else {}
    folder = out / paths.frames
    return FilmFacts(
        name=state.name,
        file=state.file.name,
        width=facts["width"],
        height=facts["height"],
        codec=facts["codec"],
        shots=find_shots(measures, spec.shots),
        measures=measures,
        score=content_score(measures),
        picture=lambda name, side: thumbnail(folder / name, side),
        camera={c["shot"]: _camera(c) for c in camera.get("scenes", ())},
        compositions={p["file"]: _composition(p) for p in composition.get("pictures", ())},
        frames=_frames(folder / "frames.jsonl") if "frames" in current else [],
        frames_folder=paths.frames,
        sound=_sound(_read(out / paths.sound)) if "sound" in current else None,
        palette=composition.get("palette", ()),
        missing=facts["missing"],
        notes=_notes(facts),
        links=[
            Link(label, path)
            for item, label, path in _links(paths)
            if item in current and (out / path).exists()
        ],
    )


def _current(spec: ReportSpec, closing: Closing, state: FilmState) -> dict[str, Standing]:
    """Return the film's items that are of this content and of the shots that are shown."""
    digest = str(state.facts["films"]["sha256"])
    shots = spec.shots.model_dump(mode="json")
    found = standing_of_shots(state.name, closing.standing, digest, shots)
    if "frames" in found and found["frames"].spec["frames"] != spec.frames.model_dump(mode="json"):
        del found["frames"]
    return found


def film_measures(out: Path, paths: FilmPaths, spans: int) -> Measures:
    """Return the film's whole table of measures from its spans' files."""
    files = (out / paths.measures(f"span{number:03d}") for number in range(spans))
    return join_spans([load_measures(path) for path in files])


def content_score(measures: Measures) -> Floats:
    """Return (n,) how much changed from frame to frame: the mean of hue, saturation and value."""
    return np.asarray((measures.hue + measures.saturation + measures.value) / 3, np.float32)


def _notes(facts: Mapping[str, Any]) -> list[str]:
    notes = []
    if facts["damaged_packets"]:
        notes.append(f"{facts['damaged_packets']} damaged packets were passed over")
    return notes


def thumbnail(path: Path, side: int) -> bytes | None:
    """Return a small JPEG of a picture, or None when it is not there any more."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return encode_jpeg(shrink(decode_jpeg(content, reduced=4), side), THUMBNAIL_QUALITY)


def _camera(record: Mapping[str, Any]) -> Any:
    return {
        "kind": record["kind"],
        "direction": record["direction"],
        "style": record["style"],
        "speed": record["speed"],
        "dx": record["pan"],
        "dy": record["tilt"],
        "zoom": record["zoom"],
        "roll": record["roll"],
    }


def _composition(record: Mapping[str, Any]) -> Any:
    """Return a picture's composition with its boxes in shares of the whole picture."""
    left, top, width, height = record["inside"]
    subjects = [
        {
            "x": left + s["x"] * width,
            "y": top + s["y"] * height,
            "w": s["width"] * width,
            "h": s["height"] * height,
        }
        for s in record["subjects"]
    ]
    return {
        "score": record["score"],
        "thirds_score": record["thirds"],
        "balance_score": record["balance"],
        "depth_score": record["depth"],
        "subjects_score": record["subject_score"],
        "shot_size": (record["shot_size"] or "").replace("_", " "),
        "subjects": subjects,
        "palette": record["palette"],
    }


def _sound(record: Mapping[str, Any]) -> Any:
    if not record.get("tracks"):
        return None
    return {
        "loudness_lufs": record["loudness_lufs"],
        "loudness": record["loudness_curve"],
        "step": record["curve_step"],
        "speech": record["speech"] or [],
    }


def _links(paths: FilmPaths) -> list[tuple[str, str, str]]:
    """Return item, label and path of every file that may be linked."""
    return [
        ("scenes", "shots, JSON", paths.scenes("json")),
        ("scenes", "shots, CSV", paths.scenes("csv")),
        ("scenes", "timeline, OTIO", paths.scenes("otio")),
        ("scenes", "timeline, EDL", paths.scenes("edl")),
        ("camera", "camera", paths.camera),
        ("composition", "composition", paths.composition),
        ("sound", "sound, WAV", paths.wav),
        ("sound", "sound, JSON", paths.sound),
        ("frames", "pictures", paths.frames),
    ]


def _frames(path: Path) -> list[Any]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
