"""What the report of a run is made from: its events, its recipe, and the ends of its logs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from animstudio.kernel.follow import read
from animstudio.pipeline import events as on
from animstudio.pipeline.account import Account
from animstudio.pipeline.kept import KeptRecipe, kept_recipe
from animstudio.pipeline.runs import RunRecord

TAIL = 4000
"""Bytes of a log's end that are shown."""


@dataclass(slots=True)
class Span:
    """An attempt at an item: when it was at work, why, and how it ended; "" for not yet."""

    stage: str
    item: str
    began: datetime
    until: datetime
    why: str
    ending: str = ""
    same: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """An item that was set aside, or a part of a stage that could not be done."""

    stage: str
    item: str
    kind: str
    reason: str
    log: str = ""
    tail: str = ""


@dataclass(slots=True)
class Facts:
    """All that is shown of a run. `until` is its end, or now for a live one."""

    run: RunRecord
    account: Account
    recipe: KeptRecipe | None
    began: datetime
    until: datetime
    spans: list[Span] = field(default_factory=list)
    failed: list[Trouble] = field(default_factory=list)
    others: list[Trouble] = field(default_factory=list)
    """Blocked and skipped parts."""


def facts_of(run: RunRecord, now: datetime) -> Facts:
    """Read a run, whether it lives, ended or was killed."""
    account = Account()
    facts = Facts(run, account, kept_recipe(run.folder), run.started, run.ended or now)
    open_spans: dict[tuple[str, str], Span] = {}
    for event in read(run.events):
        account.take(event)
        _take(facts, open_spans, event)
    if not run.alive and not run.ended and account.latest:
        facts.until = account.latest  # killed: what it said last
    for span in open_spans.values():
        span.until = facts.until
        span.ending = "" if run.alive else "ended with the run"
    facts.spans.sort(key=lambda span: span.began)
    return facts


def _take(facts: Facts, spans: dict[tuple[str, str], Span], event: object) -> None:
    match event:
        case on.ItemStarted():
            span = Span(event.stage, event.item, event.at, event.at, event.why)
            spans[event.stage, event.item] = span
            facts.spans.append(span)
        case on.ItemCommitted():
            if found := spans.pop((event.stage, event.item), None):
                # Small items are given out together: each was at work for its own seconds.
                seconds = max(0.0, (event.at - found.began).total_seconds() - event.seconds)
                found.began = datetime.fromtimestamp(
                    found.began.timestamp() + seconds, found.began.tzinfo
                )
                found.until, found.ending, found.same = event.at, "made", event.same
        case on.ItemRetried():
            if found := spans.pop((event.stage, event.item), None):
                found.until, found.ending = event.at, f"failed, tried again: {event.reason}"
        case on.ItemFailed():
            if found := spans.pop((event.stage, event.item), None):
                found.until, found.ending = event.at, "failed"
            tail = _tail(facts.run, event.log) if len(facts.failed) < 50 else ""
            facts.failed.append(
                Trouble(event.stage, event.item, event.kind, event.reason, event.log, tail)
            )
        case on.StageClosing():
            span = Span(event.stage, on.ONLY, event.at, event.at, on.LAST)
            spans[event.stage, on.ONLY] = span
            facts.spans.append(span)
        case on.StageClosed():
            _take_closed(facts, spans.pop((event.stage, on.ONLY), None), event)
        case on.PartEnded() if event.ending in ("blocked", "skipped"):
            facts.others.append(Trouble(event.stage, event.part, event.ending, event.reason))
        case on.PartEnded() if event.ending == "failed" and not event.part:
            if not any(one.stage == event.stage for one in facts.failed):
                facts.failed.append(Trouble(event.stage, "", "stage", event.reason))


def _take_closed(facts: Facts, span: Span | None, event: on.StageClosed) -> None:
    if span is None:  # an earlier version did not say when it began
        began = event.at - timedelta(seconds=event.seconds)
        span = Span(event.stage, on.ONLY, began, began, on.LAST)
        facts.spans.append(span)
    span.until, span.ending = event.at, "failed" if event.problem else "closed"
    if event.problem:
        facts.failed.append(Trouble(event.stage, "", "closing stage", event.problem))


def _tail(run: RunRecord, log: str) -> str:
    """Return a log's end. Only of this run's own logs: what an event names is only a text."""
    if not log:
        return ""
    path = run.folder / "logs" / Path(log).name
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            text = file.read(TAIL).decode("utf-8", "replace")
    except OSError:
        return ""
    return text if size <= TAIL else f"...{text.partition(chr(10))[2]}"
