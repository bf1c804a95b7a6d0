"""What a run found, as tables for the README."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def table(found: Mapping[str, Any]) -> str:
    """Return the tables of the parts that ran."""
    parts = []
    for name, rows in found.get("contest", {}).items():
        columns = ("nDCG@10", "build s", "p50 ms", "p95 ms", "RSS MB", "not run")
        parts.append(_rows(name, columns, rows))
    if "quality" in found:
        parts.append(_rows("nDCG@10", ("hybrid", "dense", "bm25"), found["quality"]))
    if "excerpts" in found:
        columns = ("hybrid", "dense", "bm25", "chunks")
        parts.append(_rows("excerpt recall at 2048 tokens", columns, found["excerpts"]))
    for name in ("speed", "change"):
        if name in found:
            values = {key: {"": value} for key, value in found[name].items()}
            parts.append(_rows(name, ("",), values))
    if "query" in found:
        columns = ("p50", "p95", "made s", "recall", "median", "least")
        parts.append(_rows("milliseconds of a question", columns, found["query"]))
    if "memory" in found:
        columns = ("text MB", "embedder", "chunks", "seconds", "MB by quarter", "peak RSS MB")
        parts.append(_rows("memory", columns, found["memory"]))
    return "\n\n".join(parts)


def _rows(title: str, columns: Iterable[str], rows: Mapping[str, Mapping[str, Any]]) -> str:
    shown = [name for name in columns if any(name in row for row in rows.values())]
    lines = [f"| {title} | {' | '.join(shown)} |", "|---" * (len(shown) + 1) + "|"]
    for name, row in rows.items():
        cells = " | ".join(str(row.get(column, "")) for column in shown)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)
