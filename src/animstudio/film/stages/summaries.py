"""The closing stage ``film_summaries``: what lies on the disk, counted, never what was hoped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from animstudio.film.frames import FrameSpec
from animstudio.film.run.paths import FilmPaths, readable
from animstudio.film.shots import ShotSpec
from animstudio.film.sound import SoundSpec
from animstudio.film.stages.states import ITEMS, FilmState, film_states
from animstudio.kernel.closing import Closed, Closing
from animstudio.kernel.files import write_atomic
from animstudio.kernel.spec import RUNTIME, Spec

Part = Literal["prepare", "analyze", "rag"]
NAMES: Mapping[str, str] = {
    "prepare": "dataset_index.json",
    "analyze": "analysis_summary.json",
    "rag": "rag_summary.json",
}
"""The summary of each part of the CPU run."""


class PartsSpec(Spec):
    """Which parts of the CPU run are done."""

    parts: Annotated[tuple[Part, ...], RUNTIME] = ("prepare", "analyze", "rag")
    """Stages 1 to 3 by their names."""


class SummariesSpec(PartsSpec):
    """What summaries tell of, and the options that stage 2 takes over from stage 1."""

    input: Annotated[Path | None, RUNTIME] = None
    """Where the films come from."""
    shots: ShotSpec = ShotSpec()
    """How shots were found."""
    frames: FrameSpec = FrameSpec()
    """Which pictures were taken."""
    sound: SoundSpec = SoundSpec()
    """Which sound was taken."""


def close(spec: SummariesSpec, closing: Closing) -> Closed:
    """Write ``dataset_index.json`` (prepare) and ``analysis_summary.json`` (analyze)."""
    states, files = film_states(closing.ended), []
    before = [] if "prepare" in spec.parts else failed_before(closing.root)
    for part in spec.parts:
        if part in ITEMS:
            files.append(closing.root / NAMES[part])
            write_json(files[-1], summarise(part, states, spec, closing, before))
    return Closed(files=files)


def failed_before(out: Path) -> list[dict[str, str]]:
    """Return the films that stage 1 set aside in an earlier run: its list's entries."""
    try:
        index = json.loads((out / NAMES["prepare"]).read_text(encoding="utf-8"))
        return [dict(entry) for entry in index.get("failed", [])]
    except (OSError, ValueError):
        return []


def film_entry(part: str, state: FilmState) -> dict[str, Any]:
    """Return what the summary of a part says of one finished film."""
    entry = {"film": state.name, "file": readable(state.file), "reused": state.reused}
    for stage in ITEMS[part]:
        entry |= state.facts.get(stage, {})
    return entry


def summarise(
    part: str,
    states: Sequence[FilmState],
    spec: SummariesSpec,
    closing: Closing,
    failed_before: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Return the summary of a part.

    `completed` is true only when every film was verified and none was set aside.
    """
    done = [state for state in states if state.done]
    failed = [{"film": s.name, "file": readable(s.file), "error": s.error}
              for s in states if s.error]  # fmt: skip
    failed += [dict(entry) for entry in failed_before]
    source = spec.input or closing.root
    options = spec.model_dump(mode="json", include={"shots", "frames", "sound"})
    head = {
        "stage": part,
        "timestamp": closing.now().isoformat(timespec="seconds"),
        "input_dir": readable(source.absolute()),
        "output_dir": readable(closing.root),
        "total_videos": len(states) + len(failed_before),
    }
    tail = {
        "workers_used": closing.workers,
        "options": options,
        "completed": bool(done) and len(done) == len(states) and not failed,
        "films": [film_entry(part, state) for state in done],
        "failed": failed,
    }
    return head | _counts(part, done, closing.root) | tail


def _counts(part: str, done: Sequence[FilmState], out: Path) -> dict[str, int]:
    paths = [FilmPaths(state.name) for state in done]
    if part == "prepare":
        return {
            "frames_extracted": sum(_count(out / film.frames) for film in paths),
            "audio_files": sum((out / film.wav).is_file() for film in paths),
        }
    return {
        "scenes_found": sum(_scenes(out / film.scenes("json")) for film in paths),
        "camera_files": sum((out / film.camera).is_file() for film in paths),
        "composition_files": sum((out / film.composition).is_file() for film in paths),
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
