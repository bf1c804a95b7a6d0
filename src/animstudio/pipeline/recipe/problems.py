"""Everything wrong with a recipe, gathered, and shown with the line it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol
from unicodedata import east_asian_width

from animstudio.kernel.errors import AskedWrongly
from animstudio.pipeline.recipe.model import Mark

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""Where libyaml begins a new line, so that our lines are counted as its."""

_OF_READING = frozenset(("alias", "key", "parameter", "reference", "tag", "template", "too-large"))
_WIDTH = 100
_MANY = 100


@dataclass(slots=True)
class Source:
    """A text with the name that people know it by."""

    file: str
    text: str
    _lines: list[str] = field(default_factory=list)

    def line(self, number: int) -> str:
        """Return a line, counted from 1; "" behind the end."""
        if not self._lines:
            self._lines = _BREAK.split(self.text)
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""


class Place(Protocol):
    """Something that stands in a source."""

    @property
    def source(self) -> Source:
        """The text it stands in."""

    @property
    def line(self) -> int:
        """From 1."""

    @property
    def column(self) -> int:
        """From 1."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place and nothing else."""

    source: Source
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that belongs to a problem."""

    text: str
    mark: Mark
    line: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: its kind (a stable word), a sentence, the place and the line itself.

    `where` is the file, or the flag for what was typed on the command line.
    """

    kind: str
    message: str
    where: str
    mark: Mark | None = None
    line: str = ""
    hint: str | None = None
    notes: tuple[Note, ...] = ()

    def __str__(self) -> str:
        """Return it as lines for a terminal: place and sentence, the line, a caret."""
        lines = [f"{_place(self.mark) if self.mark else self.where}: {self.message}"]
        if self.mark and self.line.strip():
            lines += _pointed(self.line, self.mark.column)
        lines += [f"  hint: {self.hint}"] if self.hint else []
        for note in self.notes:
            lines.append(f"  {_place(note.mark)}: {note.text}")
            lines += _pointed(note.line, note.mark.column)
        return "\n".join(lines)

    def record(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "kind": self.kind,
            "message": self.message,
            "file": self.where,
            "line": self.mark.line if self.mark else None,
            "column": self.mark.column if self.mark else None,
            "text": self.line or None,
            "hint": self.hint,
            "notes": [
                {
                    "message": note.text,
                    "file": note.mark.file,
                    "line": note.mark.line,
                    "column": note.mark.column,
                    "text": note.line,
                }
                for note in self.notes
            ],
        }


class InvalidRecipe(AskedWrongly):
    """A recipe that cannot be run as it stands, with all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        shown = [str(problem) for problem in self.problems[:_MANY]]
        if count > _MANY:
            shown.append(f"and {count - _MANY} more")
        if count > 1:
            shown.append(f"{count} problems")
        super().__init__("\n".join(shown))

    def __reduce__(self) -> tuple[object, ...]:
        return (InvalidRecipe, (self.problems,))

    def records(self) -> list[dict[str, object]]:
        """Return every problem as JSON values."""
        return [problem.record() for problem in self.problems]


class Findings:
    """Problems as they are found, by whoever finds them."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}
        self.settled: set[Mark] = set()

    def add(
        self,
        kind: str,
        message: str,
        at: Place,
        *,
        hint: str | None = None,
        notes: Iterable[tuple[str, Place]] = (),
    ) -> None:
        """Note a problem at a place, and others that belong to it.

        What could not be read is not judged any further: of a settled place only problems of
        reading are taken.
        """
        mark = mark_of(at)
        if kind in _OF_READING:
            self.settled.add(mark)
        elif mark in self.settled:
            return
        also = tuple(Note(text, mark_of(p), p.source.line(p.line)) for text, p in notes)
        line = at.source.line(at.line)
        problem = Problem(kind, message, mark.file, mark, line, hint, also)
        self._found.setdefault(problem)

    def settle(self, at: Place) -> None:
        """Say that a place has its problem, noted within it."""
        self.settled.add(mark_of(at))

    def add_elsewhere(self, kind: str, message: str, where: str, hint: str | None = None) -> None:
        """Note a problem that has no line: a file that cannot be read, a flag."""
        self._found.setdefault(Problem(kind, message, where, hint=hint))

    def __len__(self) -> int:
        return len(self._found)

    def raise_any(self) -> None:
        """Raise InvalidRecipe if there is any problem, in the order of the text."""
        if self._found:
            raise InvalidRecipe(sorted(self._found, key=_order))


def mark_of(place: Place) -> Mark:
    """Return a place as a mark."""
    return Mark(place.source.file, place.line, place.column)


def plural(count: int, word: str) -> str:
    """Return ``1 value``, ``2 values``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _order(problem: Problem) -> tuple[bool, str, int, int]:
    mark = problem.mark
    return (mark is not None, problem.where, mark.line if mark else 0, mark.column if mark else 0)


def _place(mark: Mark) -> str:
    return f"{mark.file}:{mark.line}:{mark.column}"


def _pointed(line: str, column: int) -> list[str]:
    """Return the line, cut to what fits around the caret, and a line with the caret."""
    column = min(column, len(line) + 1)
    start = max(0, column - 1 - _WIDTH * 2 // 3) if len(line) > _WIDTH else 0
    shown = line[start : start + _WIDTH]
    # What cannot be printed could move the cursor or paint the terminal.
    shown = "".join(c if c.isprintable() else " " if c == "\t" else "\ufffd" for c in shown)
    before = shown[: column - 1 - start]
    room = sum(2 if east_asian_width(c) in "WF" else 1 for c in before)
    dots = "..." if start else ""
    rest = "..." if start + _WIDTH < len(line) else ""
    return [f"    {dots}{shown}{rest}".rstrip(), " " * (4 + len(dots) + room) + "^"]
