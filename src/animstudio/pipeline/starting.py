"""Beginning work: which item next, with how many others, and whether there is room for it."""

from __future__ import annotations

import os
from functools import partial

from animstudio.kernel.errors import OutOfRoom
from animstudio.kernel.work import Resources, Standing
from animstudio.pipeline import events as on
from animstudio.pipeline.attempts import Attempt
from animstudio.pipeline.perform import Order
from animstudio.pipeline.plan import needs_of
from animstudio.pipeline.resources import Reservation
from animstudio.pipeline.sizes import kind
from animstudio.pipeline.state import Decision
from animstudio.pipeline.underway import Work

_MOST = 128
"""Items that are given out at once at most."""
_HANDFUL = 0.1
"""Seconds of work that are given out at once where items are small; what a kill then costs."""
_IDLE = 1.0
"""Seconds that a worker is kept with nothing to do while others work: it holds memory."""
_TO_BEGIN = 60.0
"""Seconds that a worker may take to begin with an item, on top of the item's own."""
_NEAR = 64 << 20
"""Bytes of memory that an item may need beyond what was promised to the one before it."""


class Starter:
    """Gives out what is ready, as far as there is room."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._held_since: float | None = None
        self._resting = False
        self._idle_since: float | None = None

    def start_ready(self) -> None:
        """Begin what is ready; let the workers rest when nothing is. Raises OutOfRoom."""
        work = self._work
        while self._work.waiting.ready and work.room.promises < work.executor.slots:
            picked = self._work.waiting.pick(self._reserve, work.clock())
            if isinstance(picked, str):
                self._held_back(picked)
                return
            self._held_since = None
            decision, reservation = picked
            count = self._companions(decision)
            alike = partial(self._alike, decision, reservation)
            more = self._work.waiting.more_like(decision, count, alike) if count else []
            reservation.users += len(more)
            orders = [self._order(d, reservation, len(more)) for d in (decision, *more)]
            work.executor.start(orders)
        if not self._work.waiting.ready and not self._resting:
            self._rest()

    def _rest(self) -> None:
        """Give back what idle workers hold: at once, or while others are still at work, soon."""
        if self._work.finished:  # what follows from it may be ready in a moment
            return
        now = self._work.clock()
        self._idle_since = self._idle_since or now
        self._resting = not self._work.attempts
        if self._resting or now - self._idle_since >= _IDLE:
            self._work.executor.rest()

    def _companions(self, decision: Decision) -> int:
        """Return with how many others an item is started: small ones are not worth a message."""
        stage = decision.part.stage
        if stage.node.timeout or id(decision) in self._work.tries:
            return 0
        seconds = self._work.sizes.of(decision)
        if seconds is None:
            return 0
        at_once = int(_HANDFUL / max(seconds, 1e-6))
        fair = self._work.waiting.ready // self._work.executor.slots
        return max(0, min(at_once, _MOST, fair) - 1)

    def _alike(self, first: Decision, reservation: Reservation, other: Decision) -> bool:
        """Say whether an item may be made after another, by the same worker in the same room."""
        stage = other.part.stage
        if stage is first.part.stage:
            return other.item.needs == first.item.needs and id(other) not in self._work.tries
        if stage.node.timeout or id(other) in self._work.tries or kind(other) != kind(first):
            return False
        if (other.item.needs or needs_of(stage)) != (
            first.item.needs or needs_of(first.part.stage)
        ):
            return False
        return self._wish(other).ram <= reservation.ram + _NEAR

    def _reserve(self, decision: Decision, ahead: Decision | None) -> Reservation | str:
        wish = self._wish(decision)
        return self._work.room.reserve(wish, self._wish(ahead) if ahead else None)

    def _wish(self, decision: Decision) -> Resources:
        """Return what an item needs: as somebody said, or as its stage's items did before."""
        stage = decision.part.stage
        cost = self._work.unfolding.journal.cost(stage.id)
        typical = cost.bytes // cost.items if cost.items else 0
        needs = decision.item.needs or needs_of(stage)
        return self._work.room.wish(needs, cost.peak, typical)

    def _held_back(self, why: str) -> None:
        """Wait for room; with nothing at work, not for ever."""
        now = self._work.clock()
        if self._held_since is None:
            self._held_since = now
            if not why.endswith("processors"):  # those are at work: nothing is amiss
                self._work.emit(on.PipelineWaits(why=why))
        if self._work.attempts or self._work.finished:
            self._held_since = now
        elif not why.startswith("memory") or now - self._held_since > self._work.pace.patience:
            raise OutOfRoom(
                f"no new work was begun: {why}",
                hint="what was committed is kept; make room, and run the same command again",
            )

    def _order(self, decision: Decision, reservation: Reservation, others: int) -> Order:
        """Begin an attempt, and return what is to be done."""
        work, stage = self._work, decision.part.stage
        number = str(next(work.numbers))
        attempt = Attempt(
            f"{work.run}.{number}", number, decision, reservation,
            work.clock() + stage.node.timeout + _TO_BEGIN if stage.node.timeout else None,
            work.drafts_of(number), f"{work.logs}{os.sep}{number}.log", others=others,
        )  # fmt: skip
        tries = self._work.tries.get(id(decision))
        spec = tries.spec if tries and tries.spec else decision.variant.spec
        self._work.attempts[attempt.id] = attempt
        self._resting, self._idle_since = False, None
        work.emit(on.ItemStarted(stage=stage.id, item=decision.name, attempt=attempt.id,
                                 why=decision.reason))  # fmt: skip
        return Order(
            attempt=attempt.id,
            stage=stage.id,
            item=decision.name,
            make=stage.type.make,
            spec=stage.type.spec,
            options=spec.model_dump_json(),
            work=decision.item,
            drafts=attempt.drafts,
            root=str(work.root),
            folder=str(work.folder),
            modules=work.modules,
            log=attempt.log,
            timed=bool(stage.node.timeout),
            cpus=reservation.cpus,
            digests=decision.inputs,
            before=self._last_result(decision),
            spares=str(work.publisher.spares.folder),
        )

    def _last_result(self, decision: Decision) -> Standing | None:
        """Return what an item came to before, if its like would be made again now."""
        before, stage = decision.before, decision.part.stage
        if before is None or stage.id in self._work.unfolding.fresh:
            return None
        key = self._work.unfolding.journal.keys.get(before.stage_key)
        same = key and (key.type, key.version) == (stage.type.name, stage.type.version)
        return before.standing(key.spec) if key and same else None
