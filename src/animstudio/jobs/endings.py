"""What becomes of a job when an attempt of it ended: the rules, in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from animstudio.jobs.failures import Exit, Failure, classify, delay_before
from animstudio.jobs.job import Attempt, Cancelled, Completed, Failed, Job, Paused, Queued, State
from animstudio.jobs.recover import Alive, Finding, NeverBegan, Orphaned, Over, PutOut
from animstudio.jobs.shim.folder import Control, Ended

_LONGEST_BACKOFF = 6 * 3600.0
_LONGEST_PAUSE = 300.0
CHECKPOINT_PATIENCE = 300.0
"""Seconds a job has to save what it has, before it is ended."""


@dataclass(frozen=True, slots=True)
class Ending:
    """An attempt as it ended, what its job is now, whether that counts as a failure, and why."""

    attempt: Attempt
    state: State
    failed: bool = False
    failure: Failure | None = None


def ending(
    job: Job,
    attempt: Attempt,
    finding: Finding,
    control: Control | None,
    now: float,
    last_words: str = "",
) -> Ending:
    """Return what becomes of a job.

    `last_words` are the end of its log, which tell why it failed; `control` is what the shim
    was last told, and `now` the time of day. An attempt that was stopped, and ended by itself
    first, ended by itself.
    """
    asked = control if control is not None and control.then else None
    match finding:
        case Over(how):
            trouble = control.trouble if control is not None else ""
            return _over(job, attempt, how, asked, trouble, now, last_words)
        case NeverBegan():
            done = _ended(attempt, now, "revoked", None, "it never began")
            # At once the first time; what never begins must not keep the machine busy, though.
            wait = 0.0 if job.attempts < 2 else min(_LONGEST_PAUSE, 2.0 ** min(job.attempts, 9))
            return Ending(done, _wanted(asked, now) or Queued(now, wait, done.reason))
        case PutOut(began):
            reason = "the machine went down"
            done = _ended(attempt, now, "interrupted", None, reason)
            if not began or job.order.resumable:
                return Ending(done, _wanted(asked, now) or Queued(now, reason=reason))
            return _failure(job, done, now)
        case Orphaned(pids) if not pids:
            reason = (
                "the process that watched it was killed, so nobody saw how it ended;"
                " its work may be done"
            )
            done = _ended(attempt, now, "lost", None, reason)
            wanted = _wanted(asked, now)
            return Ending(done, wanted) if wanted else _failure(job, done, now)
        case Orphaned() | Alive():
            raise ValueError(f"attempt {attempt.name} has not ended")


def _over(
    job: Job, attempt: Attempt, how: Ended, asked: Control | None, trouble: str, now: float,
    last_words: str,
) -> Ending:  # fmt: skip
    attempt = replace(attempt, seconds=how.seconds)
    wanted = _wanted(asked, now) if how.why in ("stop", "checkpoint") else None
    if wanted is not None:
        outcome = "cancelled" if isinstance(wanted, Cancelled) else "paused"
        return Ending(_ended(attempt, now, outcome, how.code, how.reason), wanted)
    if how.why == "exited" and how.code == 0:
        return Ending(_ended(attempt, now, "completed", 0, ""), Completed(now))
    number = how.code - 128 if how.code > 128 else None
    stopped_for = trouble if how.why == "stop" else ""
    failure = classify(Exit(how.code, number, how.why == "timeout", stopped_for), last_words)
    reason = how.reason or _told(how.code)
    if not how.reason and failure.cls not in ("other", "killed"):
        reason = f"{failure.cls.replace('_', ' ')}: {failure.why}"
    done = _ended(attempt, now, "failed", how.code, reason)
    if how.why == "error":  # it would be no other a second time
        return Ending(done, Failed(now, how.code, reason), failed=True)
    return _failure(job, done, now, failure)


def _failure(job: Job, attempt: Attempt, now: float, failure: Failure | None = None) -> Ending:
    """Try again while retries last and the kind of failure allows it, after a rest."""
    failures, asked = job.failures + 1, job.order.retries
    least: float | None = 0.0 if failures <= asked else None
    if failure is not None and failure.policy.times is not None:
        least = delay_before(failure, failures, asked)
        if failure.cls == "timeout" and job.order.resumable and failures <= asked:
            least = 0.0  # it goes on from what it saved, and has its time anew
    if least is None:
        return Ending(attempt, Failed(now, attempt.code, attempt.reason), True, failure)
    wait = min(_LONGEST_BACKOFF, max(least, job.order.backoff * 2 ** (failures - 1)))
    return Ending(attempt, Queued(now, wait, attempt.reason), True, failure)


def _wanted(asked: Control | None, now: float) -> State | None:
    """Return what its user wanted to become of it, when it was told to end."""
    if asked is None:
        return None
    if asked.then == "cancelled":
        return Cancelled(now, asked.reason)
    if asked.then == "queued":
        return Queued(now, reason=asked.reason)
    return Paused(now, "checkpoint" if asked.verb == "checkpoint" else "requeue")


def _ended(attempt: Attempt, now: float, outcome: str, code: int | None, reason: str) -> Attempt:
    return replace(attempt, until=now, outcome=outcome, code=code, reason=reason)


def _told(code: int) -> str:
    import signal

    if code > 128:
        try:
            return f"killed by {signal.Signals(code - 128).name}"
        except ValueError:
            pass
    return f"ended with code {code}"
