"""What lies in an output folder: is it whole, and is it the same as in another one?"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.ledger import Manifest
from animstudio.media.jpeg import decode_jpeg

CLOCK = ("timestamp", "start_time", "end_time", "total_duration", "made_at")
RUN = ("reused", "workers_used", "origin")
"""Fields that tell of the run and not of its result: left out of comparisons."""

_LEFT_OUT = ("logs/", "checkpoints/.lock", "checkpoints/.workers", "checkpoints/.digests",
             "rag/knowledge_base/", "rag_summary.json")  # fmt: skip
"""The order of writing shows in a knowledge base; what it was made of is compared."""


def content(out: Path) -> dict[str, str]:
    """Return a digest of every file, but for logs, locks, the digest cache, clocks and `RUN`."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if path.is_file() and not name.startswith(_LEFT_OUT):
            found[name] = hashlib.sha256(_timeless(path)).hexdigest()
    return found


def _timeless(path: Path) -> bytes:
    data = path.read_bytes()
    if path.name == "report.html":
        header = re.compile(rb"<header[ >].*?</header>", re.DOTALL)
        return header.sub(b"", data)
    summary = path.parent.name not in ("composition", "camera", "scenes", "sound")
    if path.suffix == ".json" and summary:
        return json.dumps(_stripped(json.loads(data)), sort_keys=True).encode()
    return data


def _stripped(value: object) -> object:
    if isinstance(value, dict):
        return {k: _stripped(v) for k, v in value.items() if k not in (*CLOCK, *RUN)}
    return [_stripped(item) for item in value] if isinstance(value, list) else value


def manifests(out: Path) -> dict[str, Manifest]:
    """Return the manifest of every item that stands."""
    home = out / "checkpoints"
    return {
        str(path.relative_to(home)): Manifest.model_validate_json(path.read_bytes())
        for path in sorted(home.glob("*/*.manifest.json"))
    }


def stamps(out: Path) -> dict[str, tuple[int, int, str]]:
    """Return of every item that stands: its manifest's inode and time, when it was made."""
    home = out / "checkpoints"
    return {
        name: ((s := (home / name).stat()).st_ino, s.st_mtime_ns, made.made_at)
        for name, made in manifests(out).items()
    }


def broken(out: Path) -> Iterator[str]:
    """Name every result that does not open, whatever the manifests say of it."""
    for folder in ("frames", "audio", "analysis"):
        for path in sorted((out / folder).rglob("*")):
            if path.is_file():
                try:
                    _open(path)
                except (ValueError, KeyError, WorkFailed, wave.Error, EOFError) as error:
                    yield f"{path.relative_to(out)}: {error!r}"


def unlike_manifest(out: Path) -> Iterator[tuple[str, bool]]:
    """Name outputs that are not as their manifest says, and whether they are missing."""
    for made in manifests(out).values():
        for output in made.outputs:
            path = out / output.path
            if not path.is_file():
                yield output.path, True
            elif hashlib.sha256(path.read_bytes()).hexdigest() != output.sha256:
                yield output.path, False


def _open(path: Path) -> None:
    match path.suffix:
        case ".jpg":
            decode_jpeg(path.read_bytes())
        case ".wav":
            with wave.open(str(path)) as sound:
                whole = len(sound.readframes(sound.getnframes())) == 2 * sound.getnframes()
                if not whole:
                    raise ValueError("the sound is cut off")
        case ".json" | ".otio":
            json.loads(path.read_bytes())
        case ".jsonl":
            for line in path.read_text("utf-8").splitlines():
                json.loads(line)
        case ".csv":
            if len({len(row) for row in list(csv.reader(path.open(encoding="utf-8")))[1:]}) > 1:
                raise ValueError("rows of different length")
        case ".edl":
            if not path.read_text("utf-8").startswith("TITLE:"):
                raise ValueError("no title")
        case ".npz":
            np.load(path).close()
        case _:
            raise ValueError("a file of no known kind")
