"""The stages of a run below each other: a sign, a bar, and numbers in columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from animstudio.cli.pipeline_paper import Line, Paper, printable
from animstudio.cli.pipeline_show import rate_text
from animstudio.kernel.progress_views import duration
from animstudio.pipeline.account import Account
from animstudio.pipeline.stage_account import AtWork, StageAccount

_NARROW = 60
"""Cells under which a picture goes without branches."""
SIGNS = {
    "work": ("▶", ">", "cyan"),
    "failed": ("✖", "x", "red"),
    "blocked": ("✖", "x", "yellow"),
    "": ("·", ".", "dim"),
    "skipped": ("–", "-", "dim"),
    "done": ("✔", "+", "green"),
}
"""What stands before a stage, by how it is; the most interesting first."""


class Table:
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
        *signs, style = SIGNS[state]
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
