"""Beginning work: which item next, with how many others, and whether there is room for it."""

from __future__ import annotations

import os

from animstudio.kernel.errors import OutOfRoom
from animstudio.kernel.work import Resources
from animstudio.pipeline import events as on
from animstudio.pipeline.attempts import Attempt
from animstudio.pipeline.perform import Order
from animstudio.pipeline.plan import needs_of
from animstudio.pipeline.resources import Reservation
from animstudio.pipeline.state import Decision
from animstudio.pipeline.underway import Work

_MOST = 128
"""Items that are given out at once at most."""
_HANDFUL = 0.1
"""Seconds of work that are given out at once where items are small; what a kill then costs."""
_KNOWN = 4
"""Items of a stage after which it is known how small they are."""


class Starter:
    """Gives out what is ready, as far as there is room."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._held_since: float | None = None
        self._resting = False

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
            more = self._work.waiting.more_of(decision, self._companions(decision))
            reservation.users += len(more)
            work.executor.start([self._order(d, reservation) for d in (decision, *more)])
        if not self._work.waiting.ready and not self._resting and not self._work.attempts:
            self._resting = True
            work.executor.rest()

    def _companions(self, decision: Decision) -> int:
        """Return with how many others an item is started: small ones are not worth a message."""
        stage = decision.part.stage
        cost = self._work.unfolding.journal.cost(stage.id)
        if stage.node.timeout or cost.items < _KNOWN or id(decision) in self._work.tries:
            return 0
        at_once = int(_HANDFUL * cost.items / max(cost.seconds, 1e-6))
        fair = self._work.waiting.ready // self._work.executor.slots
        return max(0, min(at_once, _MOST, fair) - 1)

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
            self._work.emit(on.PipelineWaits(why=why))
        if self._work.attempts or self._work.finished:
            self._held_since = now
        elif not why.startswith("memory") or now - self._held_since > self._work.pace.patience:
            raise OutOfRoom(
                f"no new work was begun: {why}",
                hint="what was committed is kept; make room, and run the same command again",
            )

    def _order(self, decision: Decision, reservation: Reservation) -> Order:
        """Begin an attempt, and return what is to be done."""
        work, stage = self._work, decision.part.stage
        number = str(next(work.numbers))
        attempt = Attempt(
            f"{work.run}.{number}", number, decision, reservation,
            work.clock() + stage.node.timeout if stage.node.timeout else None,
            work.drafts_of(number), f"{work.logs}{os.sep}{number}.log",
        )  # fmt: skip
        tries = self._work.tries.get(id(decision))
        spec = tries.spec if tries and tries.spec else decision.variant.spec
        before = decision.before
        self._work.attempts[attempt.id] = attempt
        self._resting = False
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
            cpus=reservation.cpus,
            previous=tuple(o.path for o in before.outputs) if before else (),
        )
