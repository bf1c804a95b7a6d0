"""What lies in an output folder: is it whole, and is it the same as in another one?"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from animstudio.kernel.errors import WorkFailed
from animstudio.media.jpeg import decode_jpeg
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.record import Record

CLOCK = ("timestamp", "start_time", "end_time", "total_duration", "made_at")
RUN = ("reused", "workers_used", "origin")
"""Fields that tell of the run and not of its result: left out of comparisons."""

_LEFT_OUT = ("logs/", "checkpoints/", "rag/knowledge_base/", "rag_summary.json")
"""The order of writing shows in a knowledge base; what it was made of is compared."""


def content(out: Path) -> dict[str, str]:
    """Return a digest of every file, but for logs, the journal, clocks and `RUN`."""
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


def records(out: Path) -> dict[str, Record]:
    """Return what the journal says of every item that stands."""
    if not (out / "checkpoints").is_dir():  # a run that was killed before it began
        return {}
    with tempfile.TemporaryDirectory() as copy:  # a run that was killed left it as it is
        home = Path(copy, "checkpoints")
        shutil.copytree(out / "checkpoints", home, ignore=shutil.ignore_patterns(".*", "runs"))
        journal = Journal.open(home, write=False)
    late = {(i.record.stage, i.record.item) for i in journal.late}
    return {"/".join(name): record for name, record in journal.records.items() if name not in late}


def stamps(out: Path) -> dict[str, tuple[str, str]]:
    """Return of every item that stands when it was made, and by which attempt."""
    return {name: (one.made_at, one.attempt) for name, one in records(out).items()}


def broken(out: Path) -> Iterator[str]:
    """Name every result that does not open, whatever the journal says of it."""
    for folder in ("frames", "audio", "analysis"):
        for path in sorted((out / folder).rglob("*")):
            if path.is_file():
                try:
                    _open(path)
                except (ValueError, KeyError, WorkFailed, wave.Error, EOFError) as error:
                    yield f"{path.relative_to(out)}: {error!r}"


def unlike_journal(out: Path) -> Iterator[tuple[str, bool]]:
    """Name outputs that are not as the journal says, and whether they are missing."""
    for made in records(out).values():
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
