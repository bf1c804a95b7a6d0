"""The keeper: jobs in the store, in the scheduler and at work, kept in step.

    recover()        what became of the attempts of an earlier daemon
    watch()          look at cards and logs, as far as that is due
    start_ready()    claim what the scheduler proposes, in one transaction; then launch it
    look(name)       an attempt's process ended: see how, and what becomes of its job
    submit(), over(): see ``daemon.intake``; what people do to jobs: see ``daemon.changes``

Each change is committed first; what is kept in memory, and the processes, follow.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from animstudio.jobs.daemon.admission import Admission
from animstudio.jobs.daemon.attempts import Attempts
from animstudio.jobs.daemon.cards import Cards
from animstudio.jobs.daemon.following import Following
from animstudio.jobs.daemon.intake import Intake, Later
from animstudio.jobs.endings import Ending, ending
from animstudio.jobs.events import JobEnded, JobStarted
from animstudio.jobs.failures import last_words
from animstudio.jobs.job import Attempt, Job, Queued, name_of
from animstudio.jobs.recover import Alive, Finding, Orphaned, Over
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.state import Running, Start
from animstudio.jobs.store.writing import Store, Taken

DRAINING, STRATEGY = "draining", "strategy"
"""Facts about the whole queue that the store keeps."""
_REMEMBERED = 1000
"""Runs from which a new daemon learns how long jobs take."""
_ANOTHER_LOOK = 2.0
"""Seconds until a job is tried again whose card somebody else was faster to take."""


class Keeper(Intake):
    """The whole queue, as the one process that changes it has it."""

    def __init__(
        self, store: Store, scheduler: Scheduler, attempts: Attempts, cards: Cards
    ) -> None:
        super().__init__(store, scheduler, Admission(store, scheduler, attempts, cards))
        self.attempts, self.cards = attempts, cards
        self.following = Following(store, scheduler, attempts, self.events)
        self.draining = store.fact(DRAINING) == "yes"

    def wakes_in(self) -> float | None:
        """Return the seconds until something is to be done without anybody saying so."""
        wakes = None if self.draining else self.scheduler.wakes_at()
        due = [
            None if wakes is None else wakes - self.clock.now(),
            self.admission.due_in(),
            self.following.due_in(),
        ]
        moments = [moment for moment in due if moment is not None]
        return max(0.0, min(moments)) if moments else None

    def watch(self) -> None:
        """Look at the cards, and how far the jobs at work are, as far as that is due."""
        self.admission.look()
        self.following.look()
        self.admission.save_now_and_then()

    def start_ready(self) -> int:
        """Start what may start now; return how many were."""
        if self.draining:
            return 0
        starts = self.scheduler.decide(self.clock.now())
        if not starts:
            return 0
        claimed: list[Attempt] = []
        try:
            self._start(starts, claimed)
        except BaseException:
            for attempt in claimed:  # what was not committed holds no card
                self.cards.release(attempt)
            raise
        return len(starts)

    def _start(self, starts: Sequence[Start], claimed: list[Attempt]) -> None:
        with self.change() as later:
            later.append(claimed.clear)
            for start in starts:
                job = self.store.job(start.job)
                assert job is not None, "what waits is in the store"
                try:
                    attempt = self.store.claim(start, job.order.need, secrets.token_hex(16))
                    claimed.append(attempt)
                    self.cards.claim(attempt, f"job {job.id} ({job.title})")
                except Taken:
                    self.store.unclaim(start.job)
                    self.put_back(job, later, _ANOTHER_LOOK)
                    continue
                later.append(partial(self._begun, job, attempt))
                later.append(partial(self.attempts.launch, attempt, job))

    def _begun(self, job: Job, attempt: Attempt) -> None:
        self._started(job, attempt, self.clock.now())
        self.events.write(
            JobStarted(job=job.id, attempt=attempt.number, name=job.order.name,
                       place=job.place, devices=attempt.devices)
        )  # fmt: skip

    def _started(self, job: Job, attempt: Attempt, now: float) -> None:
        order = job.order
        until = now + order.expected if order.expected else None
        running = Running(
            job.id, order.need, now, attempt.devices, attempt.vram, order.user, order.signature,
            order.kind, until, job.limit,
        )  # fmt: skip
        self.scheduler.start(running, now)
        self.admission.unwant(job.id)

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
                self.admission.save()

    def _end(self, name: str, finding: Finding, later: Later) -> None:
        live = self.attempts.get(name)
        job = self.store.job(live.attempt.job)
        assert job is not None, "a job with an attempt is never removed"
        failed = isinstance(finding, Over) and finding.how.code != 0
        self.following.finish(live)
        done = ending(
            job, live.attempt, finding, live.folder.control(), self.clock.wall(),
            last_words(live.log) if failed else "",
        )  # fmt: skip
        self.store.end(done.attempt, done.state, failed=done.failed)
        later.append(partial(self.cards.release, live.attempt))
        completed = done.attempt.outcome == "completed"
        later.append(partial(self._forget, name, done))
        later.append(lambda: self.scheduler.end(job.id, self.clock.now(), completed=completed))
        if self.admission.ended(job, live.attempt, done.failure):
            self._admit_anew(job.order.signature, later)
        if isinstance(done.state, Queued):
            self.put_back(job, later, done.state.wait)
        elif name_of(done.state) != "paused":
            self.over(job.id, later)

    def _forget(self, name: str, done: Ending) -> None:
        self.attempts.forget(name)
        self.following.forget(name)
        self.admission.forget(name)
        job = self.store.job(done.attempt.job)
        self.events.write(
            JobEnded(
                job=done.attempt.job, attempt=done.attempt.number,
                name=job.order.name if job else "", place=job.place if job else "",
                outcome=done.attempt.outcome or "",
                state=name_of(done.state), code=done.attempt.code, reason=done.attempt.reason,
            )
        )  # fmt: skip

    def _admit_anew(self, signature: str, later: Later) -> None:
        """Let those who wait, and are alike, be admitted by what is known now."""
        for number in self.store.alike(signature):
            job = self.store.job(number)
            if job is not None and job.order.need.shared:
                self.put_back(job, later, self.store.rest(number))

    def recover(self) -> None:
        """Take over from an earlier daemon: its attempts, and the queue."""
        now = self.clock.now()
        for run in self.store.runs(_REMEMBERED):
            self.scheduler.runtimes.learn(*run)
        saved = self.admission.restore()
        for attempt in self.store.open_attempts():
            job = self.store.job(attempt.job)
            assert job is not None, "a job with an attempt is never removed"
            self._started(job, attempt, saved)
            self.attempts.know(attempt, job)
            self._claim_again(attempt, job)
        for waiting in self.store.queue(now):
            need = self.admission.need(waiting.need, waiting.signature)
            self._wait(waiting if need is waiting.need else replace(waiting, need=need), now)
        self.look_at(self.attempts.names())

    def _claim_again(self, attempt: Attempt, job: Job) -> None:
        """Stand by the leases of an attempt that may run; they are there if its shim lives."""
        try:
            self.cards.claim(attempt, f"job {job.id} ({job.title})")
        except Taken:
            return  # its shim will find no lease to take over, and will not begin

    def running(self, job: Job) -> str | None:
        """Return the name of a job's attempt that runs, or is frozen."""
        number = getattr(job.state, "attempt", None)
        return None if number is None else f"{job.id}.{number}"
