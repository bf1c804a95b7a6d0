"""How far a run is, from its events: what a terminal, a status and a report tell.

One reading of events for all of them, live or past, so that they cannot disagree.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime

from animstudio.kernel.events import Event
from animstudio.pipeline import events as on
from animstudio.pipeline.stage_account import AtWork, StageAccount

_WINDOW = 30.0
"""Seconds that a rate looks back."""


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
    _recent: deque[tuple[datetime, str]] = field(default_factory=deque)

    def take(self, event: Event) -> None:
        """Take an event in."""
        self.latest = event.at
        match event:
            case on.PipelineStarted():
                self.run, self.recipe, self.note = event.run, event.recipe, event.note
                self.slots, self.began = event.slots, event.at
                self.stages = {id: StageAccount(id) for id in event.stages}
                for id in event.closing:
                    self.of(id).begin_closing()
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
            case on.StageClosing():
                self._closing(event)
            case on.StageClosed():
                self.at_work.pop((event.stage, on.ONLY), None)
                self.of(event.stage).close(event.problem, event.seconds, event.at)
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

    def _closing(self, event: on.StageClosing) -> None:
        self.waits = ""
        self.at_work[event.stage, on.ONLY] = AtWork(event.stage, on.ONLY, event.at, on.LAST)
        self.of(event.stage).first = event.at

    def _committed(self, event: on.ItemCommitted) -> None:
        self.at_work.pop((event.stage, event.item), None)
        stage = self.of(event.stage)
        stage.made += 1
        stage.same += event.same
        stage.seconds += event.seconds
        stage.bytes += event.bytes
        stage.peak = max(stage.peak, event.peak)
        stage.last = event.at
        self._recent.append((event.at, event.stage))
        while len(self._recent) > 2 and (event.at - self._recent[0][0]).total_seconds() > _WINDOW:
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
                         skipped=stage.skipped, closed=stage.closed)  # fmt: skip
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
            made = sum(at.timestamp() >= since for at, _ in self._recent)
        spent = now.timestamp() - since
        return made / spent if spent > 0 and made else None

    def rates(self, now: datetime) -> dict[str, float]:
        """Return items made a second of each stage that made some in the last half minute."""
        since = now.timestamp() - _WINDOW
        made = Counter(stage for at, stage in self._recent if at.timestamp() >= since)
        found = {}
        for id, count in made.items():
            first = self.of(id).first
            spent = now.timestamp() - max(since, first.timestamp() if first else since)
            if spent > 0:
                found[id] = count / spent
        return found

    def left(self, now: datetime) -> Left | None:
        """Return what is still to come, from what items cost; None where nothing is known.

        The longest stage alone, or all work over all places at once, whichever is more.
        """
        if self.ended or not self.began:
            return None
        total, longest, whole, known = 0.0, 0.0, True, False
        working = Counter(stage for stage, _ in self.at_work)
        for stage in self.stages.values():
            if stage.ending or (self.expected(stage) <= stage.done and not stage.open):
                continue
            if stage.closes:  # nobody knows how long, and nobody waits for it to go on
                continue
            if stage.open and not stage.source:
                whole = False
            if (seconds := self._work_of(stage, working[stage.id], now)) is None:
                whole = False
                continue
            known = True
            total += seconds
            longest = max(longest, seconds / self._places(stage, working[stage.id]))
        return Left(max(longest, total / max(1, self.slots)), whole) if known else None

    def stage_left(self, stage: StageAccount, now: datetime) -> Left | None:
        """Return what is still to come of a stage, if all places were its own."""
        working = sum(id == stage.id for id, _ in self.at_work)
        seconds = self._work_of(stage, working, now)
        if self.ended or stage.ending or seconds is None:
            return None
        return Left(seconds / self._places(stage, working), not stage.open or bool(stage.source))

    def _work_of(self, stage: StageAccount, working: int, now: datetime) -> float | None:
        """Return the seconds of work that are left of a stage; None where nobody knows."""
        items, typical = self.expected(stage) - stage.done, stage.typical
        if typical is None or (items <= 0 and stage.open and not stage.source):
            return None
        at_work = self.at_work.values() if working else ()
        begun = sum(self._spent(w, now, typical) for w in at_work if w.stage == stage.id)
        return max(0.0, items * typical - begun)

    def _places(self, stage: StageAccount, working: int) -> int:
        """Return how many items of a stage can be made at once."""
        return max(1, min(self.slots, max(self.expected(stage) - stage.done, working)))

    def _spent(self, work: AtWork, now: datetime, typical: float) -> float:
        if work.progress is not None:
            return typical * work.progress
        return min(typical, max(0.0, (now - work.since).total_seconds()))
