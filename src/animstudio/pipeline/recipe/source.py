"""A recipe's bytes as text: bounded, UTF-8, anything else named."""

from __future__ import annotations

import codecs
from pathlib import Path

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe.problems import Findings, Source, Spot

LARGEST = 8 * 1024**2
"""Bytes; ten thousand stages take one million."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def read_source(path: Path, findings: Findings) -> Source | None:
    """Return a file's text; None, and a problem, for what cannot be one."""
    file = str(path)
    try:
        with path.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except FileNotFoundError:
        findings.add_elsewhere("no-file", f"there is no such file{_nearest(path)}", file)
        return None
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        findings.add_elsewhere("no-file", f"cannot be read: {what}", file)
        return None
    if len(data) > LARGEST:
        findings.add_elsewhere(
            "too-large", f"is larger than {LARGEST // 1024**2} MB, the most a recipe may have", file
        )
        return None
    return decode(data, file, findings)


def decode(data: bytes, file: str, findings: Findings) -> Source | None:
    """Return bytes as text, without a byte order mark."""
    named = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if not named and b"\0" in data[:4]:
        named = "UTF-32" if data[:4].count(0) > 2 else "UTF-16"
    if named:
        findings.add_elsewhere("encoding", f"is written in {named}", file, "save it as UTF-8")
        return None
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Source(file, data.decode())
    except UnicodeDecodeError as error:
        whole = Source(file, data.decode(errors="replace"))
        before = data[: error.start].decode()
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        findings.add(
            "encoding",
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            Spot(whole, line, column),
            hint="save it as UTF-8",
        )
        return None


def _nearest(path: Path) -> str:
    try:
        names = [p.name for p in path.parent.iterdir() if p.suffix in (".yaml", ".yml")]
    except OSError:
        return ""
    return nearest(path.name, names)
