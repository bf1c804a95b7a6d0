"""What happens in a run, as events in its ``events.jsonl``."""

from __future__ import annotations

from typing import Literal

from animstudio.kernel.events import Event

ONLY = "all"
"""What the item of a stage is called that has only one."""
LAST = "it is done at the end of every run"
"""Why a closing stage is done."""


class PipelineStarted(Event):
    """A run begins."""

    type: Literal["pipeline.started"] = "pipeline.started"
    run: str
    recipe: str
    stages: list[str]
    note: str = ""
    slots: int = 1
    """Items made at once at most."""
    closing: tuple[str, ...] = ()
    """Those of the stages that end the run."""


class PipelineEnded(Event):
    """A run ended: completed, failed or interrupted; how many items each came to what."""

    type: Literal["pipeline.ended"] = "pipeline.ended"
    run: str
    status: str
    counts: dict[str, int]


class PipelineWaits(Event):
    """No new work begins: for another run, or for room."""

    type: Literal["pipeline.waits"] = "pipeline.waits"
    why: str


class LeftRunning(Event):
    """A program ended, and what it had left running was ended with it."""

    type: Literal["item.left_running"] = "item.left_running"
    stage: str
    item: str
    processes: str


class StageUnfolded(Event):
    """What is to become of a stage's items, as many as are known; the last one said counts.

    `each` and `bytes_each` are what an item cost in earlier runs: seconds, and bytes on the disk.
    `open`: more may come to be known. `source`: the stage whose items it follows.
    """

    type: Literal["stage.unfolded"] = "stage.unfolded"
    stage: str
    run: int = 0
    reuse: int = 0
    adopt: int = 0
    failed: int = 0
    open: bool = True
    source: str = ""
    each: float | None = None
    bytes_each: int | None = None


class PartEnded(Event):
    """A stage ended, or the part of it that belongs to one item: done, failed, ..."""

    type: Literal["pipeline.part"] = "pipeline.part"
    stage: str
    part: str
    ending: str
    reason: str = ""
    reused: int = 0
    adopted: int = 0


class ItemStarted(Event):
    """An attempt at an item begins; `why` is the reason that it is made."""

    type: Literal["item.started"] = "item.started"
    stage: str
    item: str
    attempt: str
    why: str


class ItemProgressed(Event):
    """How far an item is."""

    type: Literal["item.progressed"] = "item.progressed"
    stage: str
    item: str
    done: float
    total: float | None = None
    unit: str = ""


class ItemCommitted(Event):
    """An item stands. `same`: it came out as it was before, so nothing after it changes."""

    type: Literal["item.committed"] = "item.committed"
    stage: str
    item: str
    attempt: str
    seconds: float
    bytes: int
    peak: int
    same: bool = False


class ItemRetried(Event):
    """An attempt failed, and the item is tried again in `wait` seconds."""

    type: Literal["item.retried"] = "item.retried"
    stage: str
    item: str
    attempt: str
    kind: str
    reason: str
    wait: float = 0.0


class ItemFailed(Event):
    """An item is set aside. `log` is the file with what is known of it."""

    type: Literal["item.failed"] = "item.failed"
    stage: str
    item: str
    kind: str
    reason: str
    log: str = ""


class StageClosing(Event):
    """A closing stage begins, as everything else has ended."""

    type: Literal["pipeline.closing"] = "pipeline.closing"
    stage: str


class StageClosed(Event):
    """A closing stage was done; `problem` says what of it failed, if anything."""

    type: Literal["pipeline.closed"] = "pipeline.closed"
    stage: str
    problem: str
    seconds: float


class OutputsDropped(Event):
    """Temporary outputs were removed: everything that uses them was made."""

    type: Literal["pipeline.dropped"] = "pipeline.dropped"
    stage: str
    items: int
    bytes: int
