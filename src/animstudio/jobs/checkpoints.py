"""What a training saved: found as it appears, looked into, ranked, and the best kept.

A checkpoint is a file of weights (``name-step00000500.safetensors``), or a folder of a
training's whole state (``checkpoint-500``). Nothing is deleted: those that are not kept go to
a folder ``.trash`` in the output folder, from where they can be put back.
"""

from __future__ import annotations

import json
import math
import os
import re
import struct
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from animstudio.jobs.follow.numbers import NUMBER, number
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import make_folder

TRASH: Final = ".trash"
_KINDS: Final = (".safetensors", ".ckpt", ".pt", ".pth")
_DEPTH = 4
_HEADER = 100 << 20
"""Bytes that the safetensors format allows a header."""
_FRESH = 10.0
"""Seconds since its last change in which a file that is not whole is still being written."""
_MEAN_OF = 20
_FOLDER = re.compile(r"(?:checkpoint|global_step|step|epoch)[-_=]?\d+", re.IGNORECASE)
_STEP = re.compile(r"(?:step|checkpoint)s?[-_=]?(\d+)", re.IGNORECASE)
_EPOCH = re.compile(r"epoch[-_=]?(\d+)", re.IGNORECASE)
_KOHYA = re.compile(r"-(\d{6})$")
"""Kohya's scripts name the epoch so; steps are named ``-step00000500``."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One thing that a training saved.

    made:  when it was last changed (seconds since 1970).
    state: ``whole`` (looked into), ``growing``, ``broken`` (`why` says how), or ``unknown`` for
           formats that cannot be checked without running them.
    loss:  mean of the last losses logged up to its step; `score` what an evaluation said.
    """

    path: Path
    size: int
    made: float
    state: Literal["whole", "growing", "broken", "unknown"]
    step: int | None = None
    epoch: int | None = None
    why: str = ""
    loss: float | None = None
    score: float | None = None


def find_checkpoints(output: Path, now: float, since: float = 0.0) -> list[Checkpoint]:
    """Return what was saved below a folder since a time, oldest first. Trash is left out."""
    found: dict[Path, list[Path]] = {}
    for file in _files(output, _DEPTH):
        near = file.parent
        whole = near if near != output and _FOLDER.fullmatch(near.name) else file
        found.setdefault(whole, []).append(file)
    checkpoints = [_look_into(path, files, now) for path, files in found.items()]
    kept = [c for c in checkpoints if c is not None and c.made >= since]
    return sorted(kept, key=lambda c: (c.made, c.path))


def with_losses(
    checkpoints: Iterable[Checkpoint], losses: Sequence[tuple[int, float]]
) -> list[Checkpoint]:
    """Give each checkpoint the mean of the last losses logged up to its step."""
    found = []
    for checkpoint in checkpoints:
        step = checkpoint.step
        before = [loss for at, loss in losses if step is not None and at <= step][-_MEAN_OF:]
        loss = sum(before) / len(before) if before else None
        found.append(replace(checkpoint, loss=loss))
    return found


def ranked(checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
    """Return them best first: by score (higher is better), then by loss (lower is better).

    Those without either come after, the newest first; broken ones come last.
    """

    def worth(c: Checkpoint) -> tuple[bool, bool, float, bool, float, float]:
        return (
            c.state == "broken",
            c.score is None, -(c.score or 0.0),
            c.loss is None, c.loss or 0.0,
            -c.made,
        )  # fmt: skip

    return sorted(checkpoints, key=worth)


def evaluate(checkpoint: Checkpoint, command: Sequence[str], seconds: float) -> Checkpoint:
    """Give a checkpoint the score that a command prints last; ``{}`` in it stands for the path.

    Raises WorkFailed if the command fails, takes longer than `seconds`, or prints no number.
    """
    argv = [part.replace("{}", str(checkpoint.path)) for part in command]
    if argv == list(command):
        argv.append(str(checkpoint.path))
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds, check=True)
    except subprocess.CalledProcessError as error:
        words = (error.stderr or error.stdout or "").strip().splitlines()
        raise WorkFailed(
            f"{checkpoint.path}: the evaluation ended with code {error.returncode}",
            hint=words[-1] if words else None,
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WorkFailed(f"{checkpoint.path}: the evaluation failed: {error}") from error
    numbers = [number(text) for text in re.findall(NUMBER, done.stdout, re.IGNORECASE)]
    if not numbers or not math.isfinite(numbers[-1]):
        raise WorkFailed(f"{checkpoint.path}: the evaluation printed no number")
    return replace(checkpoint, score=numbers[-1])


def keep_best(checkpoints: Sequence[Checkpoint], keep: int, output: Path) -> list[Path]:
    """Move all but the best `keep` to the trash of `output`; return where they went.

    The newest whole one stays too, since a training resumes from it; so do those that are
    being written, and anything in a format that cannot be checked.
    """
    whole = [c for c in checkpoints if c.state == "whole"]
    newest = max(whole, key=lambda c: c.made, default=None)
    return [
        _to_trash(c.path, output) for c in ranked(whole)[keep:] if newest and c.path != newest.path
    ]


def restore(trashed: Path, output: Path) -> Path:
    """Put something back from the trash of `output`; return where it is.

    Raises WorkFailed if something else stands there by now.
    """
    target = output / trashed.relative_to(output / TRASH)
    if os.path.lexists(target):
        raise WorkFailed(f"{target}: it is there already; {trashed} stays in the trash")
    make_folder(target.parent)
    return trashed.rename(target)


def _to_trash(path: Path, output: Path) -> Path:
    target = output / TRASH / path.relative_to(output)
    make_folder(target.parent)
    number = 1
    while os.path.lexists(target):  # saved anew after it was moved away once
        number += 1
        target = target.with_name(f"{path.stem}.{number}{path.suffix}")
    return path.rename(target)


def _files(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if depth and not entry.name.startswith("."):
                yield from _files(Path(entry.path), depth - 1)
        elif entry.name.endswith(_KINDS) and not entry.name.startswith("."):
            yield Path(entry.path)


def _look_into(path: Path, files: list[Path], now: float) -> Checkpoint | None:
    try:
        stats = [file.stat() for file in files]
    except OSError:  # it was replaced just now: the next look finds it
        return None
    made = max(s.st_mtime for s in stats)
    facts = [_check(file) for file in files]
    harmed = next(((f, why) for f, (word, why, _) in zip(files, facts, strict=True)
                   if word == "broken"), None)  # fmt: skip
    words = {word for word, _, _ in facts}
    state: Literal["whole", "growing", "broken", "unknown"] = (
        ("growing" if now - made < _FRESH else "broken") if harmed
        else "unknown" if "unknown" in words else "whole"
    )  # fmt: skip
    metadata = facts[0][2]
    return Checkpoint(
        path, sum(s.st_size for s in stats), made, state,
        step=_number(_STEP, path.stem) or _said(metadata, "ss_steps"),
        epoch=_number(_EPOCH, path.stem) or _number(_KOHYA, path.stem)
        or _said(metadata, "ss_epoch"),
        why=harmed[1] if harmed and state == "broken" else "",
    )  # fmt: skip


def _check(file: Path) -> tuple[Literal["whole", "broken", "unknown"], str, dict[str, str]]:
    """Return whether a file is whole, what it lacks, and its metadata."""
    if file.suffix == ".safetensors":
        try:
            return "whole", "", read_header(file)
        except (OSError, ValueError) as error:
            return "broken", str(error), {}
    try:
        with file.open("rb") as opened:
            start = opened.read(2)
        if start == b"PK":
            with zipfile.ZipFile(file) as archive:  # its directory stands at the end
                archive.infolist()
            return "whole", "", {}
    except (OSError, zipfile.BadZipFile) as error:
        return "broken", f"not a whole archive: {error}", {}
    return ("broken", "it is empty", {}) if not start else ("unknown", "", {})


def read_header(file: Path) -> dict[str, str]:
    """Return a safetensors file's metadata, after seeing that all its tensors are there.

    Raises ValueError saying what is wrong with it.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        head = opened.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else _HEADER + 1
        if length > min(_HEADER, size):
            raise ValueError("not a whole header")
        try:
            header = json.loads(opened.read(length))
            metadata = header.pop("__metadata__", {})
            end = max((int(t["data_offsets"][1]) for t in header.values()), default=0)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise ValueError(f"not a header: {error}") from error
    if 8 + length + end != size:
        raise ValueError(f"{size} bytes, and its header tells of {8 + length + end}")
    return {str(name): str(value) for name, value in metadata.items()}


def _number(pattern: re.Pattern[str], name: str) -> int | None:
    found = pattern.search(name)
    return int(found[1]) if found else None


def _said(metadata: dict[str, str], name: str) -> int | None:
    text = metadata.get(name, "")
    return int(text) if text.isdigit() else None
