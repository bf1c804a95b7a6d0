"""The keeper: jobs in the store, in the scheduler and at work, kept in step.

    recover()        what became of the attempts of an earlier daemon
    start_ready()    claim what the scheduler proposes, in one transaction; then launch it
    look(name)       an attempt's process ended: see how, and what becomes of its job
    submit(), and what people do to jobs: see ``daemon.verbs``

Each change is committed first; what is kept in memory, and the processes, follow.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from animstudio.jobs.daemon.attempts import Attempts
from animstudio.jobs.daemon.cards import Cards
from animstudio.jobs.endings import ending
from animstudio.jobs.failures import last_words
from animstudio.jobs.job import Attempt, Cancelled, Job, Order, Queued, name_of
from animstudio.jobs.recover import Alive, Finding, Orphaned, Over
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.state import Running, Waiting
from animstudio.jobs.store.writing import Store, Taken

DRAINING, STRATEGY = "draining", "strategy"
"""Facts about the whole queue that the store keeps."""
_LOOK_EVERY = 5.0
"""Seconds between two looks at the cards, while a job waits for one."""
_REMEMBERED = 1000
"""Runs from which a new daemon learns how long jobs take."""
_ANOTHER_LOOK = 2.0
"""Seconds until a job is tried again whose card somebody else was faster to take."""
Later = list[Callable[[], object]]


class Keeper:
    """The whole queue, as the one process that changes it has it."""

    def __init__(
        self, store: Store, scheduler: Scheduler, attempts: Attempts, cards: Cards
    ) -> None:
        self.store, self.scheduler, self.attempts = store, scheduler, attempts
        self.cards = cards
        self._want_cards: set[int] = set()
        self._looked = float("-inf")
        self.clock = store.clock
        self.draining = store.fact(DRAINING) == "yes"
        self.changed: set[int] = set()  # jobs that came to their end since somebody asked

    @contextmanager
    def change(self) -> Iterator[Later]:
        """Change the store; what is put into the list is done once that is on disk."""
        later: Later = []
        with self.store.change():
            yield later
        for act in later:
            act()

    def submit(self, entries: Sequence[tuple[str, Order]]) -> list[int]:
        """Take jobs in; return their ids. What was submitted before keeps its id."""
        ids = []
        with self.change() as later:
            for uuid, order in entries:
                job, new = self.store.submit(uuid, order)
                ids.append(job)
                if new and not order.hold:
                    self.settle(job, order, later)
        return ids

    def settle(self, job: int, order: Order, later: Later) -> None:
        """Queue a pending job if what it depends on allows it; cancel it if that never will."""
        found = self.store.verdict(job)
        now = self.clock.wall()
        if found.word == "ready":
            self.store.set(job, Queued(now))
            later.append(partial(self._add, job, order, now, 0.0))
        elif found.word == "never":
            self.store.set(job, Cancelled(now, found.why))
            self.over(job, later)

    def over(self, job: int, later: Later) -> None:
        """Tell those who wait for a job that it came to its end."""
        later.append(partial(self.changed.add, job))
        waiting = [job]
        while waiting:
            for other in self.store.dependents(waiting.pop()):
                found = self.store.job(other)
                assert found is not None, "a row that was just read"
                if getattr(found.state, "waits_for", "") == "hold":
                    continue
                verdict = self.store.verdict(other)
                if verdict.word == "never":
                    self.store.set(other, Cancelled(self.clock.wall(), verdict.why))
                    later.append(partial(self.changed.add, other))
                    waiting.append(other)
                elif verdict.word == "ready":
                    self.settle(other, found.order, later)

    def put_back(self, job: Job, later: Later, wait: float = 0.0) -> None:
        """Let the scheduler have a job that the store has as queued; it keeps its place."""
        since = job.queued_at or self.clock.wall()
        later.append(partial(self._add, job.id, job.order, since, wait))

    def _add(self, job: int, order: Order, queued_at: float, wait: float) -> None:
        now = self.clock.now()
        not_before = now + wait if wait > 0 else 0.0
        waiting = Waiting(job, order.need, queued_at, order.user, order.priority, order.signature,
                          order.kind, not_before)  # fmt: skip
        self._wait(waiting, now)

    def _wait(self, waiting: Waiting, now: float) -> None:
        if waiting.need.gpus:
            self._want_cards.add(waiting.id)
        self.scheduler.add(waiting, now)

    def unqueue(self, job: int) -> None:
        """Let a job wait no more."""
        self.scheduler.remove(job)
        self._want_cards.discard(job)

    def wakes_in(self) -> float | None:
        """Return the seconds until something may start without anybody saying so."""
        if self.draining:
            return None
        wakes = self.scheduler.wakes_at()
        moments = [] if wakes is None else [wakes - self.clock.now()]
        if self._want_cards:  # others use them, too, and do not tell when they are done
            moments.append(self._looked + _LOOK_EVERY - self.clock.boottime())
        return max(0.0, min(moments)) if moments else None

    def look_at_cards(self, *, now: bool = False) -> None:
        """Look how the cards are, if a job waits for some and the last look is old."""
        moment = self.clock.boottime()
        if now or (self._want_cards and moment >= self._looked + _LOOK_EVERY):
            self._looked = moment
            ours = {live.attempt.token for live in self.attempts.all()}
            self.scheduler.look(self.cards.look(ours))

    def start_ready(self) -> int:
        """Start what may start now; return how many were."""
        if self.draining:
            return 0
        self.look_at_cards()
        starts = self.scheduler.decide(self.clock.now())
        if not starts:
            return 0
        with self.change() as later:
            for start in starts:
                job = self.store.job(start.job)
                assert job is not None, "what waits is in the store"
                try:
                    attempt = self.store.claim(start, job.order.need, secrets.token_hex(16))
                    self.cards.claim(attempt, f"job {job.id} ({job.order.name})")
                except Taken:
                    self.store.unclaim(start.job)
                    self.put_back(job, later, _ANOTHER_LOOK)
                    continue
                later.append(partial(self._started, job, start.vram, start.devices))
                later.append(partial(self.attempts.launch, attempt, job))
        return len(starts)

    def _started(self, job: Job, vram: int, devices: tuple[str, ...]) -> None:
        now, order = self.clock.now(), job.order
        until = now + order.expected if order.expected else None
        running = Running(job.id, order.need, now, devices, vram, order.user, order.signature,
                          order.kind, until)  # fmt: skip
        self.scheduler.start(running, now)
        self._want_cards.discard(job.id)

    def look(self, name: str) -> None:
        """See what became of an attempt whose process, or launcher, ended."""
        self.look_at([name])

    def look_at(self, names: Sequence[str]) -> None:
        """See what became of attempts; what ended is written in one transaction."""
        found = [(name, self.attempts.examine(name)) for name in names]
        over = []
        for name, finding in found:
            if isinstance(finding, Alive) or (isinstance(finding, Orphaned) and finding.pids):
                self.attempts.adopt(name, finding)
            else:
                over.append((name, finding))
        if over:
            with self.change() as later:
                for name, finding in over:
                    self._end(name, finding, later)

    def _end(self, name: str, finding: Finding, later: Later) -> None:
        live = self.attempts.get(name)
        job = self.store.job(live.attempt.job)
        assert job is not None, "a job with an attempt is never removed"
        failed = isinstance(finding, Over) and finding.how.code != 0
        log = Path(job.order.log) if job.order.log else live.folder.log
        done = ending(
            job, live.attempt, finding, live.folder.control(), self.clock.wall(),
            last_words(log) if failed else "",
        )  # fmt: skip
        self.store.end(done.attempt, done.state, failed=done.failed)
        later.append(partial(self.cards.release, live.attempt))
        completed = done.attempt.outcome == "completed"
        later.append(partial(self.attempts.forget, name))
        later.append(lambda: self.scheduler.end(job.id, self.clock.now(), completed=completed))
        if isinstance(done.state, Queued):
            self.put_back(job, later, done.state.wait)
        elif name_of(done.state) != "paused":
            self.over(job.id, later)

    def recover(self) -> None:
        """Take over from an earlier daemon: its attempts, and the queue."""
        now = self.clock.now()
        for run in self.store.runs(_REMEMBERED):
            self.scheduler.runtimes.learn(*run)
        for attempt in self.store.open_attempts():
            job = self.store.job(attempt.job)
            assert job is not None, "a job with an attempt is never removed"
            self._started(job, attempt.vram, attempt.devices)
            self.attempts.know(attempt)
            self._claim_again(attempt, job)
        for waiting in self.store.queue(now):
            self._wait(waiting, now)
        self.look_at(self.attempts.names())

    def _claim_again(self, attempt: Attempt, job: Job) -> None:
        """Stand by the leases of an attempt that may run; they are there if its shim lives."""
        try:
            self.cards.claim(attempt, f"job {job.id} ({job.order.name})")
        except Taken:
            return  # its shim will find no lease to take over, and will not begin

    def running(self, job: Job) -> str | None:
        """Return the name of a job's attempt that runs, or is frozen."""
        number = getattr(job.state, "attempt", None)
        return None if number is None else f"{job.id}.{number}"
