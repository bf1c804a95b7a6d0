"""What a picture of text is drawn on: lines of pieces with a style, no wider than the paper."""

from __future__ import annotations

from dataclasses import dataclass

Line = list[tuple[str, str]]
"""Pieces of text, each with a style."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What there is to draw on: cells and lines; `plain` for a stream that knows only ASCII."""

    width: int
    height: int
    plain: bool = False


def cut(line: Line, width: int, mark: str = "…") -> Line:
    """Return a line that is at most so many cells wide; one that was longer ends with the mark."""
    from rich.cells import cell_len, set_cell_size

    found: Line = []
    for text, style in line:
        size = cell_len(text)
        if size > width:
            found.append((_ended(set_cell_size(text, width), mark), style))
            break
        found.append((text, style))
        width -= size
    return found


def _ended(text: str, mark: str) -> str:
    """Let a text that was cut end so that it shows."""
    from rich.cells import cell_len, set_cell_size

    room = cell_len(text) - cell_len(mark)
    return f"{set_cell_size(text, room)}{mark}" if room >= 0 and text.strip() else text


def printable(text: str) -> str:
    """Return a text of one line; names of files may hold anything, a terminal's orders too."""
    return "".join(one if one.isprintable() else "?" for one in text)
