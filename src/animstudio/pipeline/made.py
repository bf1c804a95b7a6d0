"""What a stage says that it made, looked at before anybody relies on it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import check_text, sha256
from animstudio.kernel.spec import canonical_json
from animstudio.kernel.work import Made
from animstudio.pipeline.record import Output, Stamp

_COPY = "copy what it leads to"


def checked(made: Made) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    """Look at every draft; return what each output is, and where its draft lies.

    Raises WorkFailed for what was not made, is a link, or would not stay in the output folder.
    """
    found: dict[str, tuple[str, bool]] = {}
    for passing, table in ((False, made.outputs), (True, made.passing)):
        for name, draft in table.items():
            for path, source in _files(name, os.fspath(draft)):
                _contained(path)
                found[path] = (source, passing)
    if not found and not made.facts:
        raise WorkFailed("it made nothing: no file, and no facts")
    outputs, drafts = [], []
    for path in sorted(found):
        source, passing = found[path]
        seen = os.stat(source)
        outputs.append(Output(path, seen.st_size, sha256(Path(source)), Stamp.of(seen), passing))
        drafts.append(source)
    return tuple(outputs), tuple(drafts)


def _files(name: str, draft: str) -> list[tuple[str, str]]:
    try:
        mode = os.lstat(draft).st_mode
    except OSError:
        mode = 0
    if stat.S_ISREG(mode):
        return [(name, draft)]
    if os.path.isdir(draft):
        folder = Path(draft)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        if not files:
            raise WorkFailed(f"{name}: the folder that was made is empty")
        for path in files:
            _leads_nowhere_else(path, folder, name)
        return [(f"{name}/{path.relative_to(folder).as_posix()}", str(path)) for path in files]
    short = os.path.basename(draft)
    if stat.S_ISLNK(mode):
        raise WorkFailed(f"{name}: {short} is a link, and no result", hint=_COPY)
    raise WorkFailed(f"{name}: it was said to be made, and there is no such file: {short}")


def _leads_nowhere_else(path: Path, folder: Path, name: str) -> None:
    """Refuse a link that leads out of the folder that it is published with."""
    if path.is_symlink():
        leads = os.readlink(path)
        if os.path.isabs(leads) or not path.resolve().is_relative_to(folder.resolve()):
            short = path.relative_to(folder)
            raise WorkFailed(f"{name}: {short} is a link that leads elsewhere", hint=_COPY)


def _contained(name: str) -> None:
    check_text(name, "output ")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "" in parts or "." in parts:
        raise WorkFailed(f"output '{name}' leaves the output folder, or is no plain path")
    if parts[0] in ("checkpoints",):
        raise WorkFailed(f"output '{name}' lies where the studio keeps its own records")


def checked_facts(made: Made, maker: str) -> Mapping[str, Any]:
    """Return the facts of what `maker` made; raises WorkFailed where they are no JSON."""
    facts = dict(made.facts)
    try:
        canonical_json(facts).encode()
    except (TypeError, ValueError) as error:
        raise WorkFailed(f"{maker}: its facts are no JSON: {error}") from error
    return facts
