"""How far a run is, from its events: what a terminal, a status and a report tell.

One reading of events for all of them, live or past, so that they cannot disagree.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime

from animstudio.kernel.events import Event
from animstudio.pipeline import events as on

_WINDOW = 30.0
"""Seconds that a rate looks back."""
_KNOWN = 3
"""Items of this run after which their own mean is a better forecast than earlier runs'."""


@dataclass(slots=True)
class AtWork:
    """An attempt that is not over; `progress` is what it said last, as a share where it can be."""

    stage: str
    item: str
    since: datetime
    why: str = ""
    progress: float | None = None


@dataclass(slots=True)
class StageAccount:
    """What became of a stage's items until now.

    planned: how many are to be made, as far as is known. each: seconds of one in earlier runs.
    """

    id: str
    planned: int = 0
    reused: int = 0
    adopted: int = 0
    made: int = 0
    same: int = 0
    failed: int = 0
    blocked: int = 0
    skipped: int = 0
    retried: int = 0
    open: bool = True
    source: str = ""
    each: float | None = None
    bytes_each: int | None = None
    seconds: float = 0.0
    bytes: int = 0
    peak: int = 0
    first: datetime | None = None
    last: datetime | None = None
    ending: str = ""
    reason: str = ""

    @property
    def standing(self) -> int:
        """Items that stood before this run."""
        return self.reused + self.adopted

    @property
    def done(self) -> int:
        """Items that need nothing more."""
        return self.made + self.failed + self.standing

    @property
    def known(self) -> int:
        """Items that are known of."""
        return max(self.planned + self.standing, self.done)

    @property
    def typical(self) -> float | None:
        """Seconds that an item takes: of this run once some were made, else of earlier ones."""
        if self.made >= _KNOWN or (self.made and self.each is None):
            return self.seconds / self.made
        return self.each


@dataclass(frozen=True, slots=True)
class Left:
    """Seconds that a run will still take; not `whole` where some of it cannot be told."""

    seconds: float
    whole: bool


@dataclass(slots=True)
class Account:
    """A run, event by event."""

    run: str = ""
    recipe: str = ""
    note: str = ""
    slots: int = 1
    began: datetime | None = None
    ended: datetime | None = None
    latest: datetime | None = None
    status: str = ""
    waits: str = ""
    stages: dict[str, StageAccount] = field(default_factory=dict)
    at_work: dict[tuple[str, str], AtWork] = field(default_factory=dict)
    _recent: deque[datetime] = field(default_factory=deque)

    def take(self, event: Event) -> None:
        """Take an event in."""
        self.latest = event.at
        match event:
            case on.PipelineStarted():
                self.run, self.recipe, self.note = event.run, event.recipe, event.note
                self.slots, self.began = event.slots, event.at
                self.stages = {id: StageAccount(id) for id in event.stages}
            case on.StageUnfolded():
                self._unfolded(event)
            case on.ItemStarted():
                self._started(event)
            case on.ItemProgressed():
                if (found := self.at_work.get((event.stage, event.item))) and event.total:
                    found.progress = min(1.0, event.done / event.total)
            case on.ItemCommitted():
                self._committed(event)
            case on.ItemRetried():
                self.at_work.pop((event.stage, event.item), None)
                self.of(event.stage).retried += 1
            case on.ItemFailed():
                self.at_work.pop((event.stage, event.item), None)
                self.of(event.stage).failed += 1
            case on.PartEnded():
                self._part(event)
            case on.PipelineWaits():
                self.waits = event.why
            case on.PipelineEnded():
                self.status, self.ended = event.status, event.at
                self.at_work.clear()

    def of(self, stage: str) -> StageAccount:
        """Return a stage's account; one that was not announced is added."""
        return self.stages.setdefault(stage, StageAccount(stage))

    def _unfolded(self, event: on.StageUnfolded) -> None:
        stage = self.of(event.stage)
        # What failed as it did before counts as failed when it says so itself.
        stage.planned = event.run + event.failed
        stage.reused, stage.adopted = event.reuse, event.adopt
        stage.open, stage.source = event.open, event.source
        stage.each, stage.bytes_each = event.each, event.bytes_each

    def _started(self, event: on.ItemStarted) -> None:
        self.waits = ""
        self.at_work[event.stage, event.item] = AtWork(event.stage, event.item, event.at, event.why)
        stage = self.of(event.stage)
        stage.first = stage.first or event.at

    def _committed(self, event: on.ItemCommitted) -> None:
        self.at_work.pop((event.stage, event.item), None)
        stage = self.of(event.stage)
        stage.made += 1
        stage.same += event.same
        stage.seconds += event.seconds
        stage.bytes += event.bytes
        stage.peak = max(stage.peak, event.peak)
        stage.last = event.at
        self._recent.append(event.at)
        while len(self._recent) > 2 and (event.at - self._recent[0]).total_seconds() > _WINDOW:
            self._recent.popleft()

    def _part(self, event: on.PartEnded) -> None:
        stage = self.of(event.stage)
        if event.ending == "blocked":
            stage.blocked += 1
        elif event.ending == "skipped":
            stage.skipped += 1
        if not event.part:
            stage.reused = max(stage.reused, event.reused)
            stage.adopted = max(stage.adopted, event.adopted)
            stage.ending, stage.open = event.ending, False
        stage.reason = event.reason or stage.reason

    @property
    def counts(self) -> Counter[str]:
        """Items by what became of them, in the words of a run's own counts."""
        found: Counter[str] = Counter()
        for stage in self.stages.values():
            found.update(made=stage.made, reuse=stage.reused, adopt=stage.adopted,
                         failed=stage.failed, blocked=stage.blocked,
                         skipped=stage.skipped)  # fmt: skip
        return +found

    @property
    def done(self) -> int:
        """Items that need nothing more."""
        return sum(stage.done for stage in self.stages.values())

    @property
    def total(self) -> int:
        """Items of all stages; a flow has as many as its source, until it is known better."""
        return sum(self.expected(stage) for stage in self.stages.values())

    @property
    def total_is_sure(self) -> bool:
        """Whether every stage's items are known."""
        return not any(stage.open for stage in self.stages.values())

    @property
    def bytes(self) -> int:
        """Bytes that this run wrote."""
        return sum(stage.bytes for stage in self.stages.values())

    @property
    def peak(self) -> int:
        """Bytes of memory that one item needed at most."""
        return max((stage.peak for stage in self.stages.values()), default=0)

    def expected(self, stage: StageAccount) -> int:
        """Return how many items a stage is likely to have."""
        source = self.stages.get(stage.source) if stage.open and stage.source else None
        return max(stage.known, self.expected(source) - source.failed if source else 0)

    def rate(self, now: datetime) -> float | None:
        """Return items made a second, of the last half minute."""
        if not self.began or not self._recent:
            return None
        since = max(self.began.timestamp(), now.timestamp() - _WINDOW)
        if self.ended:
            since = self.began.timestamp()
            now = self.ended
            made: float = sum(stage.made for stage in self.stages.values())
        else:
            made = sum(at.timestamp() >= since for at in self._recent)
        spent = now.timestamp() - since
        return made / spent if spent > 0 and made else None

    def left(self, now: datetime) -> Left | None:
        """Return what is still to come, from what items cost; None where nothing is known.

        The longest stage alone, or all work over all places at once, whichever is more.
        """
        if self.ended or not self.began:
            return None
        total, longest, whole, known = 0.0, 0.0, True, False
        working = Counter(stage for stage, _ in self.at_work)
        for stage in self.stages.values():
            items = self.expected(stage) - stage.done
            if stage.ending or (items <= 0 and not stage.open):
                continue
            typical = stage.typical
            if typical is None or (stage.open and not stage.source):
                whole = False
                if typical is None or items <= 0:
                    continue
            known = True
            begun = sum(self._spent(w, now, typical) for w in self.at_work.values()
                        if w.stage == stage.id)  # fmt: skip
            seconds = max(0.0, items * typical - begun)
            total += seconds
            longest = max(longest, seconds / max(1, min(self.slots, max(items, working[stage.id]))))
        return Left(max(longest, total / max(1, self.slots)), whole) if known else None

    def _spent(self, work: AtWork, now: datetime, typical: float) -> float:
        if work.progress is not None:
            return typical * work.progress
        return min(typical, max(0.0, (now - work.since).total_seconds()))
