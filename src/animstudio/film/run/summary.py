"""The summaries a run leaves: counted from what lies on the disk, never from what was hoped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from animstudio.film.run.paths import readable
from animstudio.film.run.specs import STAGES
from animstudio.film.run.survey import FilmState
from animstudio.kernel.files import write_atomic


def film_entry(stage: str, state: FilmState) -> dict[str, Any]:
    """Return what the summary of a stage says of one finished film."""
    film, ledger = state.film, state.film.ledger
    facts: dict[str, object] = {}
    for item in STAGES[stage]:
        manifest = ledger.read(film.paths.item(item))
        facts |= dict(manifest.facts) if manifest else {}
    return {"film": film.name, "file": readable(film.file), "reused": state.reused, **facts}


def summarise(
    stage: str,
    states: Sequence[FilmState],
    *,
    out: Path,
    source: Path,
    workers: int,
    now: datetime,
    options: Mapping[str, object],
    failed_before: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Return ``dataset_index.json`` (prepare) or ``analysis_summary.json`` (analyze).

    `completed` is true only when every film was verified and none was set aside.
    """
    done = [state for state in states if state.done]
    failed = [{"film": s.film.name, "file": readable(s.film.file), "error": str(s.error)}
              for s in states if s.error]  # fmt: skip
    failed += [dict(entry) for entry in failed_before]
    head = {
        "stage": stage,
        "timestamp": now.isoformat(timespec="seconds"),
        "input_dir": readable(source),
        "output_dir": readable(out),
        "total_videos": len(states) + len(failed_before),
    }
    tail = {
        "workers_used": workers,
        "options": dict(options),
        "completed": bool(done) and len(done) == len(states) and not failed,
        "films": [film_entry(stage, state) for state in done],
        "failed": failed,
    }
    return head | _counts(stage, done, out) | tail


def _counts(stage: str, done: Sequence[FilmState], out: Path) -> dict[str, int]:
    if stage == "prepare":
        return {
            "frames_extracted": sum(_count(out / s.film.paths.frames) for s in done),
            "audio_files": sum((out / s.film.paths.wav).is_file() for s in done),
        }
    return {
        "scenes_found": sum(_scenes(out / s.film.paths.scenes("json")) for s in done),
        "camera_files": sum((out / s.film.paths.camera).is_file() for s in done),
        "composition_files": sum((out / s.film.paths.composition).is_file() for s in done),
    }


def _count(folder: Path) -> int:
    """Return how many pictures a folder's list names and holds."""
    lines = (folder / "frames.jsonl").read_text(encoding="utf-8").splitlines()
    return sum((folder / json.loads(line)["file"]).is_file() for line in lines)


def _scenes(path: Path) -> int:
    return len(json.loads(path.read_text(encoding="utf-8"))["scenes"])


def execution_metadata(
    name: str, *, started: datetime, ended: datetime | None, status: str, stages: Mapping[str, str]
) -> dict[str, Any]:
    """Return ``execution_metadata.json``; `stages` says of each what became of it."""
    return {
        "pipeline": "cpu",
        "film_name": name,
        "start_time": started.isoformat(timespec="seconds"),
        "end_time": ended.isoformat(timespec="seconds") if ended else None,
        "total_duration": round((ended - started).total_seconds(), 3) if ended else None,
        "status": status,
        "stages": dict(stages),
    }


def write_json(path: Path, content: object) -> None:
    """Write a summary for people and machines."""
    write_atomic(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
