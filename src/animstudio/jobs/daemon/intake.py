"""How jobs come into the queue, and who may begin when another came to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from animstudio.jobs.daemon.admission import Admission
from animstudio.jobs.events import JobCancelled, Journal
from animstudio.jobs.job import Cancelled, Job, Queued
from animstudio.jobs.order import Order
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.state import Limit, Waiting
from animstudio.jobs.store.writing import Store

Later = list[Callable[[], object]]


class Intake:
    """Keeps the store and the scheduler in step about who waits."""

    def __init__(self, store: Store, scheduler: Scheduler, admission: Admission) -> None:
        self.store, self.scheduler, self.admission = store, scheduler, admission
        self.events = Journal(store.folder)
        self.clock = store.clock
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
                self.admission.refuse_too_large(order.need)
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
            later.append(partial(self._add, job, order, self.store.turn(), 0.0))
        elif found.word == "never":
            self.cancel(job, found.why, later)
            self.over(job, later)

    def cancel(self, job: int, reason: str, later: Later) -> None:
        """Cancel a job of which nothing runs; who waits for it is to be told (`over`)."""
        self.store.set(job, Cancelled(self.clock.wall(), reason))
        found = self.store.job(job)
        assert found is not None, "a row that was just written"
        event = JobCancelled(job=job, name=found.order.name, place=found.place, reason=reason)
        later.append(partial(self.events.write, event))

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
                    self.cancel(other, verdict.why, later)
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
        need = self.admission.need(order.need, order.signature)
        waiting = Waiting(job, need, queued_at, order.user, order.priority, order.signature,
                          order.kind, not_before, limit=self._limit(job, order))  # fmt: skip
        self._wait(waiting, now)

    def _limit(self, job: int, order: Order) -> Limit | None:
        if order.part is None or order.part.at_most is None:
            return None
        array = self.store.array_of(job)
        return None if array is None else Limit(array, order.part.at_most)

    def _wait(self, waiting: Waiting, now: float) -> None:
        if waiting.need.gpus:
            self.admission.want(waiting.id)
        self.scheduler.add(waiting, now)

    def unqueue(self, job: int) -> None:
        """Let a job wait no more."""
        self.scheduler.remove(job)
        self.admission.unwant(job)
