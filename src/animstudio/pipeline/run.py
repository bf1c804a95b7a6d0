"""A run: what a plan says, carried out until nothing is left that can be.

    work
      begin with what stands; then, until nothing waits and nothing is at work:
      start what is ready and has room; hear what happened; end what takes too long;
      publish what is finished, a group at a time; remove what is used up

Only this process writes the output folder and the journal; workers write drafts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.events import Event
from animstudio.kernel.work import Known, Progressed
from animstudio.kernel.workers import uninterrupted
from animstudio.pipeline import events as on
from animstudio.pipeline.attempts import Attempt
from animstudio.pipeline.executors import Answer, Broken
from animstudio.pipeline.executors import Finished as Answered
from animstudio.pipeline.groups import end_groups
from animstudio.pipeline.outcomes import Outcomes
from animstudio.pipeline.perform import Begun
from animstudio.pipeline.publish import Finished, Refused
from animstudio.pipeline.starting import Starter
from animstudio.pipeline.sweeps import no_sweeps
from animstudio.pipeline.underway import Work

_GROUP = 128
"""Finished items that are published together at most."""
_HOLD = 0.02
"""Seconds that a finished item waits at most for others to be published with."""
_PULSE = 1.0
"""Seconds after which the engine looks around when nothing happens."""


class Runner:
    """One run over a recipe; see the module."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._starter = Starter(work)
        self._outcomes = Outcomes(work)
        self._finished_since = 0.0

    def run(self) -> None:
        """Work until nothing is left. Raises OutOfRoom, and KeyboardInterrupt when stopped."""
        work, looked = self._work, False
        try:
            with work.together():
                with no_sweeps():
                    self._outcomes.take(work.unfolding.begin())
                self._outcomes.outlook.tell(now=True)
                self._outcomes.look_at_ended()
            while len(self._work.waiting) or self._work.attempts or self._work.finished:
                with work.together():
                    self._work.waiting.wake(work.clock())
                    self._starter.start_ready()
                if work.attempts and not looked:
                    looked = work.unfolding.read_code()  # while the first workers start
                answers = work.executor.answers(self._patience())
                with work.together():
                    self._go_on(answers)
            self._outcomes.outlook.tell(now=True)
        finally:
            work.executor.stop()
            end_groups(work.drafts)
        self.settle()

    def _go_on(self, answers: Sequence[Answer]) -> None:
        """Take in what happened."""
        for answer in answers:
            self._hear(answer)
        self._expire()
        if self._due():
            self._publish()
        self._outcomes.outlook.tell()
        self._outcomes.look_at_ended()

    def leave(self) -> None:
        """Publish what was finished when the run was stopped."""
        if self._work.finished:
            self._publish()
        self.settle()

    def settle(self) -> None:
        """Note what files look like that were too young for that before."""
        with uninterrupted():
            self._work.publisher.stamping.settle()

    def _patience(self) -> float:
        """Return how long nothing may happen before the engine has to look around."""
        work = self._work
        now, moments = work.clock(), [_PULSE]
        if work.finished:
            moments.append(self._finished_since + _HOLD - now)
        if (due := work.waiting.next_due()) is not None:
            moments.append(due - now)
        moments += [a.deadline - now for a in work.attempts.values() if a.deadline is not None]
        return max(0.0, min(moments)) if work.attempts or not work.finished else 0.0

    def _hear(self, answer: Answer) -> None:
        attempt = self._work.attempts.get(answer.attempt)
        if attempt is None:  # given up meanwhile: it may not say anything any more
            return
        if isinstance(answer, Answered):
            self._work.over(attempt)
            if not self._work.finished:
                self._finished_since = self._work.clock()
            self._work.finished.append(
                Finished(attempt.decision, attempt.id, answer.drafted, attempt.drafts)
            )
        elif isinstance(answer, Broken):
            self._work.over(attempt)
            self._outcomes.broken(attempt, answer.error, answer.trace, answer.lost)
        elif isinstance(answer.message, Progressed):
            said, decision = answer.message, attempt.decision
            self._work.emit(on.ItemProgressed(stage=decision.part.stage.id, item=decision.name,
                                              done=said.done, total=said.total,
                                              unit=said.unit))  # fmt: skip
        elif isinstance(answer.message, Begun):
            if seconds := attempt.decision.part.stage.node.timeout:
                attempt.begun, attempt.deadline = True, self._work.clock() + seconds
        elif isinstance(answer.message, Known):
            self._work.unfolding.looks.know(answer.message)
        elif isinstance(answer.message, Event):
            self._work.emit(answer.message)

    def _expire(self) -> None:
        now = self._work.clock()
        for attempt in list(self._work.attempts.values()):
            if attempt.deadline is not None and now >= attempt.deadline:
                self._work.executor.end(attempt.id)
                self._work.over(attempt)
                self._outcomes.failed(attempt, WorkFailed(_too_long(attempt)), "timeout", "")

    def _due(self) -> bool:
        if not self._work.finished:
            return False
        busy = self._work.attempts and len(self._work.finished) < _GROUP
        return not busy or self._work.clock() - self._finished_since >= _HOLD

    def _publish(self) -> None:
        work = self._work
        group, self._work.finished = self._work.finished, []
        with uninterrupted():
            answers = work.publisher.publish(group)
        for finished, answer in zip(group, answers, strict=True):
            if _emptied(finished.folder):
                work.spare.append(finished.folder)
            if isinstance(answer, Refused):
                error = answer.error
                reason = f"{error.message}; {error.hint}" if error.hint else error.message
                self._outcomes.set_aside(finished.decision, "work", reason, "")
            else:
                self._outcomes.committed(finished, answer)


def _too_long(attempt: Attempt) -> str:
    if not attempt.begun:
        return "its worker took too long to begin, and was ended"
    seconds = attempt.decision.part.stage.node.timeout
    return f"it took longer than {seconds:g} s, and was ended"


def _emptied(drafts: str) -> bool:
    """Delete what an item left among its drafts; say whether the empty folder is there still."""
    try:
        with os.scandir(drafts) as left:
            empty = next(left, None) is None
    except OSError:
        return False
    if not empty:
        shutil.rmtree(drafts, ignore_errors=True)
    return empty
