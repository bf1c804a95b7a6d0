"""What people can ask of the daemon; each verb of a request is a method here, or of `Changes`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, get_args

from animstudio.jobs.daemon.changes import Changes
from animstudio.jobs.daemon.keeper import DRAINING, STRATEGY, Keeper
from animstudio.jobs.job import Completed, name_of
from animstudio.jobs.order import Order
from animstudio.jobs.schedule.state import Strategy
from animstudio.jobs.shim.folder import Control
from animstudio.kernel.errors import AskedWrongly, WorkFailed, nearest

Reply = Callable[[Any], object]
_VERBS = (
    "ping", "submit", "cancel", "pause", "resume", "hold", "release", "retry", "remove", "wait",
    "why", "lacking", "drain", "stop", "priority", "strategy",
)  # fmt: skip


class Verbs(Changes):
    """Carries out requests. `end` is called when the daemon is asked to end."""

    def __init__(self, keeper: Keeper, end: Callable[[], object]) -> None:
        super().__init__(keeper)
        self._end = end
        self._waiting: list[tuple[set[int], Reply, list[int]]] = []
        self._leaving: Reply | None = None

    def handle(self, message: dict[str, Any], reply: Reply) -> None:
        """Carry out one request; some are answered later."""
        verb = message.pop("verb")
        if verb not in _VERBS:
            raise AskedWrongly(f"the daemon knows no '{verb}'")
        if verb in ("wait", "stop"):
            getattr(self, verb)(reply, **message)
        else:
            reply(getattr(self, verb)(**message))

    def after_each(self) -> None:
        """Answer those who waited for jobs that are over now."""
        over, self._keeper.changed = self._keeper.changed, set()
        if over:
            for left, reply, asked in list(self._waiting):
                left -= over
                if not left:
                    self._waiting.remove((left, reply, asked))
                    reply(self._endings(asked))
        if self._leaving and not self._keeper.attempts.names():
            self._leaving(None)
            self._end()

    def ping(self) -> dict[str, Any]:
        """Say who this is."""
        keeper = self._keeper
        return {
            "pid": os.getpid(), "launcher": keeper.attempts.launcher.pid,
            "at_work": len(keeper.attempts.names()), "draining": keeper.draining,
        }  # fmt: skip

    def submit(self, entries: Sequence[tuple[str, dict[str, Any]]]) -> list[int]:
        """Take jobs in; they are on disk when this answers."""
        return self._keeper.submit([(uuid, Order.from_json(order)) for uuid, order in entries])

    def wait(self, reply: Reply, jobs: Sequence[int]) -> None:
        """Answer when all these jobs are over, with the code of each."""
        left = {job for job in jobs if (found := self._keeper.store.job(job)) and not found.over}
        if left:
            self._waiting.append((left, reply, list(jobs)))
        else:
            reply(self._endings(jobs))

    def _endings(self, jobs: Sequence[int]) -> list[tuple[int, str, int | None]]:
        found = [job for number in jobs if (job := self._keeper.store.job(number))]
        return [
            (job.id, name_of(job.state),
             0 if isinstance(job.state, Completed) else getattr(job.state, "code", None))
            for job in found
        ]  # fmt: skip

    def why(self, job: int) -> dict[str, Any]:
        """Say why a queued job does not run."""
        if self._keeper.draining:
            return {"waits_for": "the end of draining: animstudio jobs drain --end"}
        try:
            found = asdict(self._keeper.scheduler.why(job, self._keeper.clock.now()))
        except KeyError:
            raise WorkFailed(f"job {job} does not wait for room") from None
        return found

    def lacking(self, jobs: Sequence[int]) -> list[tuple[int, str]]:
        """Say which of these jobs wait in vain, as the machine is, and for what."""
        lacking = self._keeper.scheduler.lacking
        return [(job, text) for job in jobs if (text := lacking(job))]

    def drain(self, on: bool) -> bool:
        """Start nothing any more, or start again; it holds over restarts. Return how it was."""
        before, self._keeper.draining = self._keeper.draining, on
        with self._keeper.change():
            self._keeper.store.set_fact(DRAINING, "yes" if on else "no")
        return before

    def strategy(self, word: str) -> str:
        """Order waiting jobs another way, from the next daemon on; return how it is now."""
        if word not in get_args(Strategy):
            said = (
                nearest(word, get_args(Strategy)) or f"; they are {', '.join(get_args(Strategy))}"
            )
            raise AskedWrongly(f"there is no strategy '{word}'{said}")
        with self._keeper.change():
            self._keeper.store.set_fact(STRATEGY, word)
        return self._keeper.scheduler.spec.strategy

    def stop(self, reply: Reply, requeue: bool = False) -> None:
        """End the daemon. Jobs go on; with `requeue` they are ended, and queued again, first."""
        if not requeue:
            reply(None)
            self._end()
            return
        self._keeper.draining = True  # for this daemon only: the next one starts them again
        attempts = self._keeper.attempts
        for name in attempts.names():
            if attempts.leaves(name):  # one that was cancelled, say, is not to come back
                continue
            frozen = attempts.get(name).frozen
            control = Control("stop", "paused" if frozen else "queued", "the queue was stopped")
            attempts.tell(name, control)
        self._leaving = reply
        self.after_each()
