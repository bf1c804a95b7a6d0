"""``report.html`` of a run, from the files that lie in the output folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from animstudio.film.measures import Floats, Measures
from animstudio.film.report.facts import FilmFacts, Link, NotRun, RunFacts
from animstudio.film.report.page import render_report
from animstudio.film.run.analyse import film_measures
from animstudio.film.run.paths import FilmPaths
from animstudio.film.run.specs import STAGES, Item
from animstudio.film.run.survey import FilmState
from animstudio.film.shots import find_shots
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import write_atomic
from animstudio.kernel.ledger import Manifest
from animstudio.media.jpeg import decode_jpeg, encode_jpeg
from animstudio.media.views import shrink

if TYPE_CHECKING:
    from animstudio.film.run.cpu import RunRequest

THUMBNAIL_QUALITY = 78


def write_report(
    request: RunRequest,
    states: Sequence[FilmState],
    started: datetime,
    ended: datetime,
    problems: Mapping[str, str] = {},
) -> Path:
    """Write the report over every film of the run and return where it is.

    `problems` says of stages that followed why they failed.
    """
    done = [state for state in states if state.done]
    run = RunFacts(
        title=request.name,
        started=started,
        duration=(ended - started).total_seconds(),
        films=[partial(_film_facts, request.out, state) for state in done],
        failed=[{"film": s.film.name, "error": str(s.error)} for s in states if s.error],
        not_run=[NotRun(stage, why) for stage, why in problems.items()],
    )
    path = request.out / "report.html"
    write_atomic(path, render_report(run))
    return path


def _film_facts(out: Path, state: FilmState) -> FilmFacts:
    film, paths = state.film, state.film.paths
    manifest = _verified(state)
    facts: Mapping[str, Any] = manifest.facts
    current = _current(state, manifest.key.inputs["film"])
    measures = film_measures(film, int(facts["spans"]))
    composition = _read(out / paths.composition) if "composition" in current else {}
    camera = _read(out / paths.camera) if "camera" in current else {}
    folder = out / paths.frames
    return FilmFacts(
        name=film.name,
        file=film.file.name,
        width=facts["width"],
        height=facts["height"],
        codec=facts["codec"],
        shots=find_shots(measures, film.specs.shots),
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


def _verified(state: FilmState) -> Manifest:
    """Return the manifest of an item that this run made or found to stand."""
    item = "frames" if "frames" in state.wanted else "scenes"
    manifest = state.film.ledger.read(state.film.paths.item(item))
    if manifest is None:
        raise WorkFailed(f"{state.film.name}: {item} was taken away while the run went on")
    return manifest


def _current(state: FilmState, digest: str) -> set[Item]:
    """Return the film's items that are of this content and of the shots that are shown.

    An earlier run may have left others: their files lie there, but tell of other shots.
    """
    items = (item for stage in STAGES.values() for item in stage)
    return {item for item in items if _is_current(state, item, digest)}


def _is_current(state: FilmState, item: Item, digest: str) -> bool:
    film = state.film
    manifest = film.ledger.read(film.paths.item(item))
    if manifest is None:
        return False
    key = film.key(item, digest)
    if item not in state.wanted and item != "scenes":
        # This run was not told the item's own options; what it was made from must be the same.
        # The shot list's options are the shots', which every run is told.
        key = key.model_copy(update={"spec": manifest.key.spec})
    if item == "frames":  # a picture that somebody took away leaves the others as they are
        return manifest.key == key
    return film.ledger.stale(film.paths.item(item), key) is None


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


def _links(paths: FilmPaths) -> list[tuple[Item, str, str]]:
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
