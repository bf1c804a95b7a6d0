"""A run as a picture of text: a row a stage, what is at work below it, and how far all is.

Made of plain pieces with a style each, so that it can be looked at without a terminal.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from datetime import datetime

from animstudio.cli.pipeline_paper import Line, Paper, cut, printable
from animstudio.cli.pipeline_show import progress_parts
from animstudio.cli.pipeline_table import SIGNS, Table
from animstudio.kernel.progress_views import duration
from animstudio.pipeline.account import Account
from animstudio.pipeline.stage_account import AtWork, StageAccount

_AT_WORK = 4
"""Items at work that are named below a stage at most."""


def picture(account: Account, paper: Paper, now: datetime, room: Sequence[str] = ()) -> list[Line]:
    """Return the lines of a run, no more and no wider than the paper.

    `room` is what is said of memory and disk.
    """
    foot = _foot(account, paper, now, room)
    rows = _rows(account, paper, now, max(2, paper.height - 2 - len(foot)))
    mark = "..." if paper.plain else "…"
    return [cut(line, paper.width, mark) for line in (_head(account, now), *rows, *foot)]


def state_of(stage: StageAccount, begun: bool) -> str:
    """Return how a stage is, in one word; "" before its turn."""
    if stage.failed and (stage.ending or (stage.done >= stage.known and not stage.open)):
        return "failed"
    return stage.ending or ("work" if begun else "")


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
        rank = {state: number for number, state in enumerate(SIGNS)}
        order = {id: number for number, id in enumerate(shown)}
        best = heapq.nsmallest(most - kept - 1, shown, key=lambda id: (rank[states[id]], order[id]))
        for id in order.keys() - set(best):
            hidden[states[id]] = hidden.get(states[id], 0) + 1
        shown = sorted(best, key=order.__getitem__)
    table = Table(account, paper, now, [account.stages[id] for id in shown])
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
                         for state in SIGNS if hidden.get(state))  # fmt: skip
        lines.append([(table.branch(last=True), "dim"),
                      (f"and {sum(hidden.values()):,} more stages: {said}", "dim")])  # fmt: skip
    return lines


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
