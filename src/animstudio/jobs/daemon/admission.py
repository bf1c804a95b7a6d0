"""What jobs are admitted by, as the daemon learns it.

    the cards as they stand, looked at while somebody wants or has one
    what jobs of a signature were seen to need (``peaks``)
    what each job at work turned out to use (``schedule.settle``): the rest is for others
    what each user had of the machine (``schedule.fair_share``)

Peaks and usage are facts of the store, so that the next daemon knows them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from animstudio.jobs.daemon.attempts import Attempts
from animstudio.jobs.daemon.cards import Cards
from animstudio.jobs.failures import Failure
from animstudio.jobs.job import Attempt, Job
from animstudio.jobs.peaks import Peaks
from animstudio.jobs.schedule.room import largest_share
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.settle import Settling
from animstudio.jobs.schedule.state import Need
from animstudio.jobs.store.writing import Store
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.sizes import parse_size, size_text

_PEAKS, _USAGE = "peaks", "usage"
_WANTED_EVERY = 5.0
"""Seconds between two looks at the cards while a job waits for one."""
_HELD_EVERY = 15.0
"""Seconds between two looks while a job has one, and nobody waits."""
_SAVE_EVERY = 60.0
"""Seconds of usage that a killed daemon may forget."""


class Admission:
    """What is known of cards, needs and users."""

    def __init__(
        self, store: Store, scheduler: Scheduler, attempts: Attempts, cards: Cards
    ) -> None:
        self._store, self._scheduler, self._attempts = store, scheduler, attempts
        self._cards, self._clock = cards, store.clock
        self._peaks = Peaks()
        self._settling: dict[str, Settling] = {}
        self._reserved: dict[str, int] = {}
        self._wanting: set[int] = set()
        self._looked = self._saved = float("-inf")

    def restore(self) -> float:
        """Take what an earlier daemon learnt; return as of when that is."""
        self._peaks.restore(json.loads(self._store.fact(_PEAKS) or "{}"))
        usage = json.loads(self._store.fact(_USAGE) or "{}")
        now = self._clock.now()
        at = min(now, float(usage.get("at", now)))
        for user, mean in usage.get("users", {}).items():
            self._scheduler.usage.restore(user, mean, at)
        return at

    def refuse_too_large(self, need: Need) -> None:
        """Raise AskedWrongly for a share of a card that no card here can ever give."""
        largest = largest_share(need.gpus, self._cards.seen)
        if not need.shared or not largest or need.vram <= largest:
            return
        fits, unit = f"{largest >> 20}M", f"{largest >> 30}G"
        if parse_size(unit) == largest:
            fits = unit
        spare = self._cards.spare
        many = f"{need.gpus} cards" if need.gpus > 1 else "a card"
        raise AskedWrongly(
            f"--vram {size_text(need.vram)}: never fits; {fits} is the most that {many} here can"
            f" give, since {size_text(spare)} of each are kept back",
            hint=f"ask for --vram {fits}, or for whole cards with --gpus {need.gpus};"
            " the setting `spare_vram` says what is kept back",
        )

    def need(self, need: Need, signature: str) -> Need:
        """Return what to admit a job by."""
        return self._peaks.need(need, signature, largest_share(1, self._cards.seen))

    def want(self, job: int) -> None:
        """Look at the cards as long as this job waits for one."""
        self._wanting.add(job)

    def unwant(self, job: int) -> None:
        """Do not, for this one."""
        self._wanting.discard(job)

    def due_in(self) -> float | None:
        """Return the seconds until the cards are looked at next: others use them, too."""
        every = self._every()
        return None if every is None else self._looked + every - self._clock.boottime()

    def look(self) -> None:
        """Look how the cards are, if a job wants or has one and the last look is old."""
        every, moment = self._every(), self._clock.boottime()
        if every is None or moment < self._looked + every:
            return
        self._looked = moment
        ours = {live.attempt.token for live in self._attempts.all()}
        self._scheduler.look(self._cards.look(ours))
        self._settle(self._cards.used)

    def _every(self) -> float | None:
        if self._wanting:
            return _WANTED_EVERY
        held = any(live.attempt.devices for live in self._attempts.all())
        return _HELD_EVERY if held else None

    def _settle(self, used: Mapping[str, int]) -> None:
        """Reserve for each job what it turned out to use."""
        now = self._clock.now()
        for live in self._attempts.all():
            attempt = live.attempt
            if attempt.token not in used:
                continue
            settling = self._settling.setdefault(attempt.name, Settling(attempt.vram))
            size = settling.watch(used[attempt.token], now)
            if attempt.vram and size != self._reserved.get(attempt.name, attempt.vram):
                self._reserved[attempt.name] = size
                self._cards.book.resize(attempt.token, size)
                self._scheduler.change(attempt.job, vram=size)

    def ended(self, job: Job, attempt: Attempt, failure: Failure | None) -> bool:
        """Learn from an attempt; to be called inside a change.

        Returns whether its like is to be admitted by more from now on.
        """
        settled, order = self._settling.get(attempt.name), job.order
        if settled is None and (failure is None or not failure.gpu):
            return False  # nothing was seen of a card
        before = self._peaks.saved().get(order.signature)
        if settled:
            self._peaks.learn(order.signature, settled.peak)
        if failure is not None and failure.gpu and attempt.vram:
            had = max(attempt.vram, settled.peak if settled else 0)
            largest = largest_share(1, self._cards.seen)
            self._peaks.ran_out(order.signature, had, failure.policy.peak, largest)
        grew = self._peaks.saved().get(order.signature) != before
        if grew:
            self._store.set_fact(_PEAKS, json.dumps(self._peaks.saved()))
        return grew

    def forget(self, name: str) -> None:
        """Let go of an attempt that ended."""
        self._settling.pop(name, None)
        self._reserved.pop(name, None)

    def save_now_and_then(self) -> None:
        """Write what users had of the machine, while something is at work."""
        old = self._clock.boottime() >= self._saved + _SAVE_EVERY
        if old and self._attempts.names():
            with self._store.change():
                self.save()

    def save(self) -> None:
        """Write what users had of the machine; to be called inside a change."""
        self._saved = self._clock.boottime()
        at = self._clock.now()
        users = self._scheduler.usage.saved(at)
        self._store.set_fact(_USAGE, json.dumps({"at": at, "users": users}))
