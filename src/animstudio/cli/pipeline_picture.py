"""A run as a picture of text: a row a stage, what is at work below it, and how far all is.

Made of plain pieces with a style each, so that it can be looked at without a terminal.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from animstudio.cli.pipeline_show import progress_parts, rate_text
from animstudio.kernel.progress_views import duration
from animstudio.pipeline.account import Account
from animstudio.pipeline.stage_account import AtWork, StageAccount

Line = list[tuple[str, str]]
"""Pieces of text, each with a style."""

_AT_WORK = 4
"""Items at work that are named below a stage at most."""
_NARROW = 60
"""Cells under which a picture goes without branches."""
_SIGNS = {
    "work": ("▶", ">", "cyan"),
    "failed": ("✖", "x", "red"),
    "blocked": ("✖", "x", "yellow"),
    "": ("·", ".", "dim"),
    "skipped": ("–", "-", "dim"),
    "done": ("✔", "+", "green"),
}
"""What stands before a stage, by how it is; the most interesting first."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What there is to draw on: cells and lines; `plain` for a stream that knows only ASCII."""

    width: int
    height: int
    plain: bool = False


def picture(account: Account, paper: Paper, now: datetime, room: Sequence[str] = ()) -> list[Line]:
    """Return the lines of a run, no more and no wider than the paper.

    `room` is what is said of memory and disk.
    """
    foot = _foot(account, paper, now, room)
    rows = _rows(account, paper, now, max(2, paper.height - 2 - len(foot)))
    mark = "..." if paper.plain else "…"
    return [cut(line, paper.width, mark) for line in (_head(account, now), *rows, *foot)]


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


def state_of(stage: StageAccount, begun: bool) -> str:
    """Return how a stage is, in one word; "" before its turn."""
    if stage.failed and (stage.ending or (stage.done >= stage.known and not stage.open)):
        return "failed"
    return stage.ending or ("work" if begun else "")


def printable(text: str) -> str:
    """Return a text of one line; names of files may hold anything, a terminal's orders too."""
    return "".join(one if one.isprintable() else "?" for one in text)


def _head(account: Account, now: datetime) -> Line:
    spent = duration(((account.ended or now) - (account.began or now)).total_seconds())
    how = f"{account.status} in {spent}" if account.ended else spent
    return [(printable(account.recipe), "bold"), (f"  {how}", ""), (f"  {account.run}", "dim")]


def _rows(account: Account, paper: Paper, now: datetime, most: int) -> list[Line]:
    """Return a row for each stage there is room for, and what is at work under it."""
    working: dict[str, list[AtWork]] = {}
    for work in account.at_work.values():
        working.setdefault(work.stage, []).append(work)
    states = {
        id: state_of(stage, id in working or (stage.first is not None and not account.ended))
        for id, stage in account.stages.items()
    }
    shown = list(states)
    hidden: dict[str, int] = {}
    kept = min(len(account.at_work), most // 3)  # lines for what is at work, whatever there is
    if len(shown) > most - kept:
        rank = {state: number for number, state in enumerate(_SIGNS)}
        order = {id: number for number, id in enumerate(shown)}
        best = heapq.nsmallest(most - kept - 1, shown, key=lambda id: (rank[states[id]], order[id]))
        for id in order.keys() - set(best):
            hidden[states[id]] = hidden.get(states[id], 0) + 1
        shown = sorted(best, key=order.__getitem__)
    table = _Table(account, paper, now, [account.stages[id] for id in shown])
    spare = most - len(shown) - bool(hidden)
    lines: list[Line] = []
    for number, id in enumerate(shown):
        last = number == len(shown) - 1 and not hidden
        works = working.get(id, [])
        lines.append(table.row(number, states[id], works, last=last))
        under = table.under(works[: min(_AT_WORK, spare)], len(works), last=last)
        lines += under[:spare]
        spare -= len(under[:spare])
    if hidden:
        said = ", ".join(f"{hidden[state]:,} {state or 'to come'}"
                         for state in _SIGNS if hidden.get(state))  # fmt: skip
        lines.append([(table.branch(last=True), "dim"),
                      (f"and {sum(hidden.values()):,} more stages: {said}", "dim")])  # fmt: skip
    return lines


class _Table:
    """Stages beside each other's numbers; what has no room is left out, the least needed first."""

    def __init__(
        self, account: Account, paper: Paper, now: datetime, stages: Sequence[StageAccount]
    ) -> None:
        self._account, self._paper, self._now, self._stages = account, paper, now, stages
        rates = {} if account.ended else account.rates(now)
        self._counts = [_count(account, stage) for stage in stages]
        self._rates = [rate_text(rates[s.id], "") if s.id in rates else "" for s in stages]
        self._left = [_left(account, stage, now) for stage in stages]
        self._notes = [_note(stage) for stage in stages]
        width = paper.width - len(self.branch(last=False)) - 2
        self._name = min(max((len(s.id) for s in stages), default=0), max(8, width // 4))
        self._bar = min(24, max(5, width // 5))
        self._spare = width - self._name - self._bar - _widest(self._counts) - 4
        self._columns: list[list[str]] = []
        for column in (self._left, self._rates):
            if (wide := _widest(column)) and wide + 2 <= self._spare:
                self._columns.insert(0, column)
                self._spare -= wide + 2

    def branch(self, *, last: bool) -> str:
        """Return what leads to a stage."""
        if self._paper.width < _NARROW:
            return ""
        if self._paper.plain:
            return "`- " if last else "|- "
        return "└─ " if last else "├─ "

    def row(self, number: int, state: str, works: Sequence[AtWork], *, last: bool) -> Line:
        """Return the row of a stage."""
        from rich.cells import set_cell_size

        stage = self._stages[number]
        *signs, style = _SIGNS[state]
        line = [
            (self.branch(last=last), "dim"),
            (f"{signs[self._paper.plain]} ", style),
            (set_cell_size(stage.id, self._name) + "  ", "bold" if works else ""),
            *self._bar_of(stage, style, works),
            (f"  {self._counts[number]:>{_widest(self._counts)}}", ""),
        ]
        line += [(f"  {column[number]:>{_widest(column)}}", "") for column in self._columns]
        if self._notes[number] and self._spare >= 10:
            line.append((f"  {self._notes[number]}", "red" if stage.failed else "dim"))
        return line

    def _bar_of(self, stage: StageAccount, style: str, works: Sequence[AtWork]) -> Line:
        whole = self._account.expected(stage)
        begun = sum(work.progress or 0.0 for work in works)
        share = min(1.0, (stage.done + begun) / whole) if whole else 0.0
        done = int(share * self._bar)
        full, rest = ("#", ".") if self._paper.plain else ("━", "─")
        return [(full * done, style), (rest * (self._bar - done), "dim")]

    def under(self, works: Sequence[AtWork], count: int, *, last: bool) -> list[Line]:
        """Return a line for each of some items at work, and how many more there are."""
        stem = " " * len(self.branch(last=last))
        if stem and not last:
            stem = "|  " if self._paper.plain else "│  "
        lines: list[Line] = []
        for work in works:
            spent = duration((self._now - work.since).total_seconds())
            how = f"{work.progress:.0%}  {spent}" if work.progress is not None else spent
            lines.append([(f"{stem}    ", "dim"), (f"{how:>9}  ", ""), (printable(work.item), "")])
        if works and count > len(works):
            lines.append([(f"{stem}    ", "dim"), (f"and {count - len(works):,} more", "dim")])
        return lines


def _count(account: Account, stage: StageAccount) -> str:
    whole = account.expected(stage)
    if stage.open and not whole:
        return "?"
    return f"{stage.done:,}/{whole:,}{'+' if stage.open else ''}"


def _left(account: Account, stage: StageAccount, now: datetime) -> str:
    left = account.stage_left(stage, now)
    if left is None or not left.seconds:
        return ""
    return f"{duration(left.seconds)}{'' if left.whole else '+'} left"


def _note(stage: StageAccount) -> str:
    words = {"failed": stage.failed, "tried again": stage.retried, "blocked": stage.blocked,
             "skipped": stage.skipped, "closed": stage.closed, "made": stage.made,
             "reused": stage.reused, "taken over": stage.adopted}  # fmt: skip
    if not stage.reused and not stage.adopted:
        del words["made"]
    said = [f"{count:,} {word}" for word, count in words.items() if count]
    if stage.reason and (stage.closes or not stage.done):
        said.append(printable(stage.reason))
    return ", ".join(said)


def _widest(column: Sequence[str]) -> int:
    return max(map(len, column), default=0)


def _foot(account: Account, paper: Paper, now: datetime, room: Sequence[str]) -> list[Line]:
    """Return how far all is, what it waits for, and what room there is."""
    parts = progress_parts(account.done, account.total, account.total_is_sure,
                           account.rate(now), account.left(now))  # fmt: skip
    counts = account.counts
    parts += [f"{counts[word]:,} {word}" for word in ("failed", "blocked") if counts[word]]
    lines = _filled(parts, paper)
    if account.waits and not account.ended:
        lines.append([(f"waits: {printable(account.waits)}", "yellow")])
    if not account.ended:
        lines += _filled(room, paper)
    return lines


def _filled(parts: Sequence[str], paper: Paper) -> list[Line]:
    """Return parts beside each other, as many on a line as fit."""
    between = ", " if paper.plain else " · "
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(between) + len(part) <= paper.width:
            lines[-1] += between + part
        else:
            lines.append(part)
    return [[(line, "")] for line in lines]
