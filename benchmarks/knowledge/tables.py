"""What was measured, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- measured -->\n", "<!-- /measured -->\n"
"""Between these lines of the README stand the tables."""

_CONTEST = ("nDCG@10", "load s", "build s", "build CPU s", "p50 ms", "p95 ms", "RSS MB", "not run")
_TITLES = {
    "quality": "nDCG@10", "excerpts": "excerpt recall at 2048 tokens",
    "query": "a question", "embed": "embedding", "change": "one document in a hundred changed",
    "memory": "memory of a build", "gigabyte": "memory of a build of 1 GB",
}  # fmt: skip
_COLUMNS = {
    "quality": ("hybrid", "dense", "bm25"),
    "excerpts": ("hybrid", "dense", "bm25", "chunks"),
    "query": ("p50 ms", "p95 ms", "least ms", "index made in s", "recall of 10"),
}
_MEMORY = ("text MB", "embedder", "chunks", "seconds", "CPU s", "MB by quarter", "peak RSS MB",
           "not run")  # fmt: skip


def table(found: Mapping[str, Any]) -> str:
    """Return the tables of the parts that ran, each with what it ran on."""
    parts = []
    for part, measured in found.items():
        rows = measured["rows"]
        if part == "contest":
            parts += [_rows(name, _CONTEST, each) for name, each in rows.items()]
        elif part in ("embed", "change"):
            parts.append(_rows(_TITLES[part], ("",), {k: {"": v} for k, v in rows.items()}))
        else:
            parts.append(_rows(_TITLES[part], _COLUMNS.get(part, _MEMORY), rows))
        on = measured["machine"]
        parts.append(f"{part}: {measured['seconds']} s on {on['cores']} cores of {on['processor']},"
                     f" load {on['load before']} before it began.")  # fmt: skip
    return "\n\n".join(parts)


def into_readme(readme: Path, tables: str) -> None:
    """Put tables in the place of those in the README."""
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n{tables}\n\n{END}{after}", encoding="utf-8")


def _rows(title: str, columns: Iterable[str], rows: Mapping[str, Mapping[str, Any]]) -> str:
    shown = [name for name in columns if any(name in row for row in rows.values())]
    lines = [f"| {title} | {' | '.join(shown)} |", "|---" * (len(shown) + 1) + "|"]
    for name, row in rows.items():
        cells = " | ".join(str(row.get(column, "")) for column in shown)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)
