"""What people do to jobs: each verb changes those of the jobs that are in a state for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from animstudio.jobs.daemon.intake import Later
from animstudio.jobs.daemon.keeper import Keeper
from animstudio.jobs.endings import CHECKPOINT_PATIENCE
from animstudio.jobs.job import (
    Job,
    Paused,
    PauseKind,
    Pending,
    Queued,
    Running,
    name_of,
)
from animstudio.jobs.shim.folder import Control


class Changes:
    """Carries out what people want of jobs."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

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
            self._keeper.cancel(job.id, reason, later)
            later.append(partial(self._keeper.unqueue, job.id))
            self._keeper.over(job.id, later)
        return True

    def pause(self, jobs: Sequence[int], how: PauseKind) -> list[int]:
        """Pause jobs, one of three ways (``job.PauseKind``); return which were not yet."""
        return self._each(jobs, lambda job, later: self._pause(job, later, how))

    def _pause(self, job: Job, later: Later, how: PauseKind) -> bool:
        name = self._keeper.running(job)
        if name and self._keeper.attempts.leaves(name):
            return False  # it was told to end before, and what becomes of it then
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
        """Queue failed and cancelled jobs again, with all their retries; return which.

        Parents come first, so that a job waits for one that is tried again with it. What depends
        on one that still is not what it was to be stays as it is.
        """
        return self._each(sorted(jobs), self._retry)

    def _retry(self, job: Job, later: Later) -> bool:
        if name_of(job.state) not in ("failed", "cancelled"):
            return False
        verdict = self._keeper.store.verdict(job.id)
        if verdict.word == "never" and not job.attempts:  # else it could begin once already
            return False
        self._keeper.store.forget_failures(job.id)
        if verdict.word == "waits":
            self._keeper.store.set(job.id, Pending(self._wall(), "dependencies"))
        else:
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
