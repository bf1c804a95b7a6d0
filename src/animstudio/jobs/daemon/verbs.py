"""What people can ask of the daemon; each verb of a request is a method here."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, get_args

from animstudio.jobs.daemon.keeper import DRAINING, STRATEGY, Keeper, Later
from animstudio.jobs.endings import CHECKPOINT_PATIENCE
from animstudio.jobs.job import (
    Cancelled,
    Job,
    Order,
    Paused,
    PauseKind,
    Pending,
    Queued,
    Running,
    name_of,
)
from animstudio.jobs.schedule.state import Strategy
from animstudio.jobs.shim.folder import Control
from animstudio.kernel.errors import AskedWrongly, WorkFailed, nearest

Reply = Callable[[Any], object]
_VERBS = (
    "ping", "submit", "cancel", "pause", "resume", "hold", "release", "retry", "remove", "wait",
    "why", "drain", "stop", "priority", "strategy",
)  # fmt: skip


class Verbs:
    """Carries out requests. `end` is called when the daemon is asked to end."""

    def __init__(self, keeper: Keeper, end: Callable[[], object]) -> None:
        self._keeper, self._end = keeper, end
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

    def cancel(self, jobs: Sequence[int], reason: str = "cancelled by its user") -> list[int]:
        """Cancel jobs that are not over; return which."""
        return self._each(jobs, lambda job, later: self._cancel(job, later, reason))

    def _cancel(self, job: Job, later: Later, reason: str) -> bool:
        if job.over:
            return False
        name = self._keeper.running(job)
        if name:
            control = Control("stop", then="cancelled", reason=reason)
            later.append(partial(self._keeper.attempts.tell, name, control))
        else:
            self._keeper.store.set(job.id, Cancelled(self._wall(), reason))
            later.append(partial(self._keeper.unqueue, job.id))
            self._keeper.over(job.id, later)
        return True

    def pause(self, jobs: Sequence[int], how: PauseKind) -> list[int]:
        """Pause jobs, one of three ways (``job.PauseKind``); return which were not yet."""
        return self._each(jobs, lambda job, later: self._pause(job, later, how))

    def _pause(self, job: Job, later: Later, how: PauseKind) -> bool:
        name = self._keeper.running(job)
        if isinstance(job.state, Queued):
            self._keeper.store.set(job.id, Paused(self._wall(), "requeue"))
            later.append(partial(self._keeper.unqueue, job.id))
        elif name and how == "freeze" and isinstance(job.state, Running):
            paused = Paused(self._wall(), "freeze", job.state.attempt)
            self._keeper.store.set(job.id, paused)
            later.append(partial(self._keeper.attempts.tell, name, Control("freeze")))
        elif name and how == "checkpoint":
            control = Control("checkpoint", "paused", "paused", job.order.checkpoint,
                              CHECKPOINT_PATIENCE)  # fmt: skip
            later.append(partial(self._keeper.attempts.tell, name, control))
        elif name and how == "requeue":
            control = Control("stop", "paused", "paused")
            later.append(partial(self._keeper.attempts.tell, name, control))
        else:
            return False
        return True

    def resume(self, jobs: Sequence[int]) -> list[int]:
        """Let paused jobs go on; return which."""
        return self._each(jobs, self._resume)

    def _resume(self, job: Job, later: Later) -> bool:
        if not isinstance(job.state, Paused):
            return False
        name = self._keeper.running(job)
        if name and job.state.attempt is not None:
            self._keeper.store.set(job.id, Running(self._wall(), job.state.attempt))
            later.append(partial(self._keeper.attempts.tell, name, Control("thaw")))
        else:
            self._keeper.store.set(job.id, Queued(self._wall()))
            self._keeper.put_back(job, later)
        return True

    def hold(self, jobs: Sequence[int]) -> list[int]:
        """Keep jobs that have not begun from beginning; return which."""
        return self._each(jobs, self._hold)

    def _hold(self, job: Job, later: Later) -> bool:
        if not isinstance(job.state, Pending | Queued):
            return False
        self._keeper.store.set(job.id, Pending(self._wall(), "hold"))
        later.append(partial(self._keeper.unqueue, job.id))
        return True

    def release(self, jobs: Sequence[int]) -> list[int]:
        """Let held jobs begin; return which."""
        return self._each(jobs, self._release)

    def _release(self, job: Job, later: Later) -> bool:
        if not (isinstance(job.state, Pending) and job.state.waits_for == "hold"):
            return False
        self._keeper.store.set(job.id, Pending(self._wall(), "dependencies"))
        self._keeper.settle(job.id, job.order, later)
        return True

    def retry(self, jobs: Sequence[int]) -> list[int]:
        """Queue failed and cancelled jobs again, with all their retries; return which."""
        return self._each(jobs, self._retry)

    def _retry(self, job: Job, later: Later) -> bool:
        if name_of(job.state) not in ("failed", "cancelled"):
            return False
        self._keeper.store.forget_failures(job.id)
        self._keeper.store.set(job.id, Queued(self._wall(), reason="tried again by its user"))
        self._keeper.put_back(job, later)
        return True

    def remove(self, jobs: Sequence[int]) -> list[int]:
        """Forget jobs that are over, and delete their logs; return which."""
        return self._each(jobs, self._remove)

    def _remove(self, job: Job, later: Later) -> bool:
        if not job.over:
            return False
        self._keeper.store.remove(job.id)
        later.append(partial(self._keeper.attempts.remove_files, job.id, job.attempts))
        return True

    def priority(self, jobs: Sequence[int], value: int) -> list[int]:
        """Give jobs that have not begun another priority; return which."""

        def change(job: Job, later: Later) -> bool:
            if not isinstance(job.state, Pending | Queued):
                return False
            self._keeper.store.change_order(job, priority=value)
            found = self._keeper.store.job(job.id)
            if found and isinstance(found.state, Queued):
                self._keeper.put_back(found, later, self._keeper.store.rest(job.id))
            return True

        return self._each(jobs, change)

    def wait(self, reply: Reply, jobs: Sequence[int]) -> None:
        """Answer when all these jobs are over, with the code of each."""
        left = {job for job in jobs if (found := self._keeper.store.job(job)) and not found.over}
        if left:
            self._waiting.append((left, reply, list(jobs)))
        else:
            reply(self._endings(jobs))

    def _endings(self, jobs: Sequence[int]) -> list[tuple[int, str, int | None]]:
        found = [job for number in jobs if (job := self._keeper.store.job(number))]
        return [(job.id, name_of(job.state), getattr(job.state, "code", None)) for job in found]

    def why(self, job: int) -> dict[str, Any]:
        """Say why a queued job does not run."""
        if self._keeper.draining:
            return {"waits_for": "the end of draining: animstudio jobs drain --end"}
        try:
            found = asdict(self._keeper.scheduler.why(job, self._keeper.clock.now()))
        except KeyError:
            raise WorkFailed(f"job {job} does not wait for room") from None
        return found

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
        for name in self._keeper.attempts.names():
            control = Control("stop", "queued", "the queue was stopped")
            self._keeper.attempts.tell(name, control)
        self._leaving = reply
        self.after_each()

    def _each(self, jobs: Sequence[int], act: Callable[[Job, Later], bool]) -> list[int]:
        done = []
        with self._keeper.change() as later:
            for number in jobs:
                job = self._keeper.store.job(number)
                if job and act(job, later):
                    done.append(number)
        return done

    def _wall(self) -> float:
        return self._keeper.clock.wall()
