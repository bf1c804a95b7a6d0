"""Chunks made into passages: neighbours in one document become one, with one citation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from animstudio.knowledge.search.hit import Citation

Row = Mapping[str, Any]

MOST_CHUNKS: Final = 4
"""A passage of more would be a chapter."""


def neighbourhoods(ranked: Sequence[int], rows: Mapping[int, Row], most: int) -> list[list[int]]:
    """Return chunks grouped into `most` passages at most, in the order of the best of each.

    A chunk joins the first passage that it touches, unless that is full. Those that come after
    `most` passages are there still widen one, or are left out.
    """
    found: list[list[int]] = []
    for chunk in ranked:
        home = next((each for each in found if _touches(chunk, each, rows)), None)
        if home is not None:
            if len(home) < MOST_CHUNKS:
                home.append(chunk)
                home.sort(key=lambda one: int(rows[one]["place"]))
                continue
            if _contained(chunk, home, rows):
                continue
        if len(found) < most:
            found.append([chunk])
    return found


def _touches(chunk: int, home: Iterable[int], rows: Mapping[int, Row]) -> bool:
    row = rows[chunk]
    return any(
        rows[one]["document"] == row["document"] and abs(rows[one]["place"] - row["place"]) == 1
        for one in home
    )


def _contained(chunk: int, home: Sequence[int], rows: Mapping[int, Row]) -> bool:
    start, end = rows[home[0]]["start"], rows[home[-1]]["end"]
    return bool(start <= rows[chunk]["start"] and rows[chunk]["end"] <= end)


def joined(rows: Sequence[Row]) -> str:
    """Return the text of neighbours in order, as it stands in the document."""
    text, end = rows[0]["text"], rows[0]["end"]
    for row in rows[1:]:
        if row["end"] > end:
            text += row["text"][end - row["start"] :] if row["start"] < end else (
                row["lead"] + row["text"]
            )  # fmt: skip
            end = row["end"]
    return str(text)


def cite(rows: Sequence[Row]) -> Citation:
    """Return where a passage of neighbours stands; headings are those of its beginning."""
    first, last = rows[0], rows[-1]
    lines = bool(first["lines"])
    characters = [name for row in rows for name in json.loads(row["characters"])]
    return Citation(
        path=first["path"],
        root=first["root"],
        doc_type=first["kind"],
        title=first["title"],
        start=first["start"],
        end=max(row["end"] for row in rows),
        first_line=first["first_line"] if lines else None,
        last_line=max(row["last_line"] for row in rows) if lines else None,
        headings=tuple(json.loads(first["headings"])),
        page=first["page"],
        last_page=_last(rows, "last_page") or last["page"],
        symbol=first["symbol"] if len({row["symbol"] for row in rows}) == 1 else None,
        scene=next((row["scene"] for row in rows if row["scene"] is not None), None),
        last_scene=_last(rows, "last_scene") or _last(rows, "scene"),
        begin=min((row["begin"] for row in rows if row["begin"] is not None), default=None),
        stop=_last(rows, "stop"),
        characters=tuple(dict.fromkeys(characters)),
    )


def _last(rows: Sequence[Row], name: str) -> Any:
    return max((row[name] for row in rows if row[name] is not None), default=None)
