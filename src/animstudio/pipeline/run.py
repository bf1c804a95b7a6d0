"""A run: what a plan says, carried out until nothing is left that can be.

    work
      begin with what stands; then, until nothing waits and nothing is at work:
      start what is ready and has room; hear what happened; end what takes too long;
      publish what is finished, a group at a time; remove what is used up

Only this process writes the output folder and the journal; workers write drafts.
"""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field

from animstudio.kernel.errors import OutOfRoom, StudioError, WorkFailed
from animstudio.kernel.events import Event
from animstudio.kernel.spec import RUNTIME, Seconds, Spec
from animstudio.kernel.work import FailureKind, Known, Progressed, Standing
from animstudio.kernel.workers import uninterrupted
from animstudio.pipeline import events as on
from animstudio.pipeline import temporary
from animstudio.pipeline.attempts import Attempt, Tries, kind_of, next_try
from animstudio.pipeline.executors import Answer, Broken, Executor
from animstudio.pipeline.executors import Finished as Answered
from animstudio.pipeline.groups import end_groups
from animstudio.pipeline.journal import Failure, no_sweeps
from animstudio.pipeline.perform import Order
from animstudio.pipeline.plan import needs_of
from animstudio.pipeline.publish import Finished, Publisher, Refused
from animstudio.pipeline.record import Record
from animstudio.pipeline.resources import Reservation, Room
from animstudio.pipeline.state import Decision, Part
from animstudio.pipeline.unfold import Unfolding
from animstudio.pipeline.waiting import Waiting

_GROUP = 128
"""Finished items that are published together at most."""
_HOLD = 0.02
"""Seconds that a finished item waits at most for others to be published with."""
_HANDFUL = 0.1
"""Seconds of work that are given out at once where items are small; what a kill then costs."""
_KNOWN = 4
"""Items of a stage after which it is known how small they are."""
_PULSE = 1.0
"""Seconds after which the engine looks around when nothing happens."""


class PaceSpec(Spec):
    """How a pipeline is run; none of it changes a result."""

    workers: Annotated[int, Field(ge=1, le=64), RUNTIME] = 8
    """Items made at once; never more than the machine has processors."""
    patience: Annotated[Seconds, RUNTIME] = 600.0
    """Seconds to wait for room that others use, with nothing at work, before giving up."""
    backoff: Annotated[Seconds, RUNTIME] = 2.0
    """Seconds before a failed item is tried again; twice as many each further time."""


@dataclass(slots=True)
class Work:
    """The places and parts of a run."""

    run: str
    root: Path
    folder: Path
    modules: tuple[str, ...]
    drafts: Path
    logs: Path
    unfolding: Unfolding
    publisher: Publisher
    executor: Executor
    room: Room
    emit: Callable[[Event], object]
    pace: PaceSpec
    clock: Callable[[], float] = time.monotonic
    counts: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    """Why no new work was begun, if a failure stopped the run."""


class Runner:
    """One run over a recipe; see the module."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._waiting = Waiting()
        self._attempts: dict[str, Attempt] = {}
        self._finished: list[Finished] = []
        self._finished_since = 0.0
        self._tries: dict[int, Tries] = {}
        self._numbers = itertools.count(1)
        self._held_since: float | None = None
        self._resting = False
        self._shelves: set[str] = set()

    def run(self) -> None:
        """Work until nothing is left. Raises OutOfRoom, and KeyboardInterrupt when stopped."""
        work = self._work
        try:
            with no_sweeps():
                self._take(work.unfolding.begin())
            self._look_at_ended()
            while len(self._waiting) or self._attempts or self._finished:
                self._waiting.wake(work.clock())
                self._start_ready()
                for answer in work.executor.answers(self._patience()):
                    self._hear(answer)
                self._expire()
                if self._due():
                    self._publish()
                self._look_at_ended()
        finally:
            work.executor.stop()
            end_groups(work.drafts)
        self._settle()

    def leave(self) -> None:
        """Publish what was finished when the run was stopped."""
        if self._finished:
            self._publish()
        self._settle()

    def _settle(self) -> None:
        with uninterrupted():
            self._work.publisher.settle()

    def _take(self, decisions: Iterable[Decision]) -> None:
        """Queue what is to be made; count the rest."""
        stopped = self._work.stopped
        for decision in decisions:
            if decision.action != "run":
                self._work.counts[decision.action] += 1
                if decision.action == "failed":
                    self._note_failure(decision)
            elif not stopped:
                if why := self._impossible(decision):
                    self._set_aside(decision, "request", why, "")
                else:
                    self._waiting.add(decision)

    def _impossible(self, decision: Decision) -> str:
        needs = decision.item.needs or needs_of(decision.part.stage)
        return self._work.room.never(needs) if needs.ram or needs.vram else ""

    def _note_failure(self, decision: Decision) -> None:
        self._work.emit(on.ItemFailed(stage=decision.part.stage.id, item=decision.name,
                                      kind="input", reason=decision.reason))  # fmt: skip
        self._stop_if_asked(decision)

    def _start_ready(self) -> None:
        work = self._work
        while self._waiting.ready and work.room.promises < work.executor.slots:
            picked = self._waiting.pick(self._reserve)
            if isinstance(picked, str):
                self._held_back(picked)
                return
            self._held_since = None
            decision, reservation = picked
            more = self._waiting.more_of(decision, self._companions(decision))
            reservation.users += len(more)
            work.executor.start([self._order(d, reservation) for d in (decision, *more)])
        if not self._waiting.ready and not self._resting and not self._attempts:
            self._resting = True
            work.executor.rest()

    def _companions(self, decision: Decision) -> int:
        """Return with how many others an item is started: small ones are not worth a message."""
        stage = decision.part.stage
        cost = self._work.unfolding.journal.cost(stage.id)
        if stage.node.timeout or cost.items < _KNOWN or id(decision) in self._tries:
            return 0
        at_once = int(_HANDFUL * cost.items / max(cost.seconds, 1e-6))
        fair = self._waiting.ready // self._work.executor.slots
        return max(0, min(at_once, _GROUP, fair) - 1)

    def _reserve(self, decision: Decision) -> Reservation | str:
        stage = decision.part.stage
        cost = self._work.unfolding.journal.cost(stage.id)
        typical = cost.bytes // cost.items if cost.items else 0
        needs = decision.item.needs or needs_of(stage)
        return self._work.room.reserve(needs, cost.peak, typical)

    def _held_back(self, why: str) -> None:
        """Wait for room; with nothing at work, not for ever."""
        now = self._work.clock()
        if self._held_since is None:
            self._held_since = now
            if not why.endswith("processors"):  # those are at work: nothing is amiss
                self._work.emit(on.PipelineWaits(why=why))
        if self._attempts or self._finished:
            self._held_since = now
        elif not why.startswith("memory") or now - self._held_since > self._work.pace.patience:
            raise OutOfRoom(
                f"no new work was begun: {why}",
                hint="what was committed is kept; make room, and run the same command again",
            )

    def _order(self, decision: Decision, reservation: Reservation) -> Order:
        """Begin an attempt, and return what is to be done."""
        work, stage = self._work, decision.part.stage
        number = str(next(self._numbers))
        attempt = Attempt(
            f"{work.run}.{number}", number, decision, reservation,
            work.clock() + stage.node.timeout if stage.node.timeout else None,
            self._drafts_of(number), f"{work.logs}{os.sep}{number}.log",
        )  # fmt: skip
        tries = self._tries.get(id(decision))
        spec = tries.spec if tries and tries.spec else decision.variant.spec
        self._attempts[attempt.id] = attempt
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
            digests=decision.inputs,
            before=self._last_result(decision),
            spares=str(work.publisher.spares),
        )

    def _last_result(self, decision: Decision) -> Standing | None:
        """Return what an item came to before, if its like would be made again now."""
        before, stage = decision.before, decision.part.stage
        if before is None or stage.id in self._work.unfolding.fresh:
            return None
        key = self._work.unfolding.journal.keys.get(before.stage_key)
        same = key and (key.type, key.version) == (stage.type.name, stage.type.version)
        return before.standing(key.spec) if key and same else None

    def _drafts_of(self, number: str) -> str:
        """Return the folder of an attempt; a thousand lie together in one."""
        shelf = f"{self._work.drafts}{os.sep}{int(number) // 1000}"
        if shelf not in self._shelves:
            Path(shelf).mkdir(parents=True, exist_ok=True)
            self._shelves.add(shelf)
        return f"{shelf}{os.sep}{number}"

    def _patience(self) -> float:
        """Return how long nothing may happen before the engine has to look around."""
        now, moments = self._work.clock(), [_PULSE]
        if self._finished:
            moments.append(self._finished_since + _HOLD - now)
        if (due := self._waiting.next_due()) is not None:
            moments.append(due - now)
        moments += [a.deadline - now for a in self._attempts.values() if a.deadline is not None]
        return max(0.0, min(moments)) if self._attempts or not self._finished else 0.0

    def _hear(self, answer: Answer) -> None:
        attempt = self._attempts.get(answer.attempt)
        if attempt is None:  # given up meanwhile: it may not say anything any more
            return
        if isinstance(answer, Answered):
            self._end(attempt)
            if not self._finished:
                self._finished_since = self._work.clock()
            self._finished.append(Finished(attempt.decision, attempt.id, answer.drafted))
        elif isinstance(answer, Broken):
            self._end(attempt)
            self._broken(attempt, answer.error, answer.trace, answer.lost)
        elif isinstance(answer.message, Progressed):
            said, decision = answer.message, attempt.decision
            self._work.emit(on.ItemProgressed(stage=decision.part.stage.id, item=decision.name,
                                              done=said.done, total=said.total,
                                              unit=said.unit))  # fmt: skip
        elif isinstance(answer.message, Known):
            self._work.unfolding.looks.know(answer.message)
        elif isinstance(answer.message, Event):
            self._work.emit(answer.message)

    def _expire(self) -> None:
        now = self._work.clock()
        for attempt in list(self._attempts.values()):
            if attempt.deadline is not None and now >= attempt.deadline:
                self._work.executor.end(attempt.id)
                self._end(attempt)
                seconds = attempt.decision.part.stage.node.timeout
                error = WorkFailed(f"it took longer than {seconds:g} s, and was ended")
                self._failed(attempt, error, "timeout", "")

    def _end(self, attempt: Attempt) -> None:
        del self._attempts[attempt.id]
        self._work.room.release(attempt.reservation)

    def _broken(self, attempt: Attempt, error: StudioError, trace: str, lost: str) -> None:
        kind = kind_of(error, lost)
        if trace or lost:
            _write_log(attempt.log, trace or error.message)
        if kind == "room":  # no item's fault: every other would fail the same way
            raise OutOfRoom(error.message, hint=error.hint)
        self._failed(attempt, error, kind, lost)

    def _failed(self, attempt: Attempt, error: StudioError, kind: FailureKind, lost: str) -> None:
        end_groups(Path(attempt.drafts))
        shutil.rmtree(attempt.drafts, ignore_errors=True)
        decision = attempt.decision
        tries = self._tries.setdefault(id(decision), Tries())
        again = next_try(decision, tries, kind, lost, self._work.pace.backoff)
        if again is None or self._work.stopped:
            log = attempt.log if Path(attempt.log).exists() else ""
            self._set_aside(decision, kind, error.message, log)
            return
        reason = f"{error.message}; {again.how}" if again.how else error.message
        self._work.emit(on.ItemRetried(stage=decision.part.stage.id, item=decision.name,
                                       attempt=attempt.id, kind=kind, reason=reason,
                                       wait=again.wait))  # fmt: skip
        if again.wait:
            self._waiting.add_later(decision, self._work.clock() + again.wait)
        else:
            self._waiting.add(decision, first=True)

    def _set_aside(self, decision: Decision, kind: FailureKind, reason: str, log: str) -> None:
        work, stage = self._work, decision.part.stage
        self._tries.pop(id(decision), None)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with uninterrupted():
            work.unfolding.journal.fail(
                Failure(stage.id, decision.name, decision.key, kind, reason, log, work.run, now)
            )
        work.counts["failed"] += 1
        work.emit(
            on.ItemFailed(stage=stage.id, item=decision.name, kind=kind, reason=reason, log=log)
        )
        following = list(work.unfolding.set_aside(decision, reason))
        self._stop_if_asked(decision)
        self._take(following)

    def _stop_if_asked(self, decision: Decision) -> None:
        """Begin nothing more where a recipe wants that; what is at work is brought to its end."""
        stage = decision.part.stage
        if stage.node.on_failure == "stop" and not self._work.stopped:
            self._work.stopped = f"{stage.id}/{decision.name} failed: {decision.reason}"
            self._waiting.clear()

    def _due(self) -> bool:
        if not self._finished:
            return False
        busy = self._attempts and len(self._finished) < _GROUP
        return not busy or self._work.clock() - self._finished_since >= _HOLD

    def _publish(self) -> None:
        work = self._work
        group, self._finished = self._finished, []
        with uninterrupted():
            answers = work.publisher.publish(group)
        for finished, answer in zip(group, answers, strict=True):
            _clear(self._drafts_of(finished.attempt.rpartition(".")[2]))
            if isinstance(answer, Refused):
                self._set_aside(finished.decision, "work", answer.error.message, "")
            else:
                self._committed(finished, answer)

    def _committed(self, finished: Finished, record: Record) -> None:
        work, before = self._work, finished.decision.before
        self._tries.pop(id(finished.decision), None)
        work.counts["made"] += 1
        work.unfolding.journal.cost(record.stage).add(record)
        work.emit(
            on.ItemCommitted(
                stage=record.stage, item=record.item, attempt=record.attempt,
                seconds=record.seconds, bytes=record.bytes, peak=record.peak,
                same=before is not None and before.content == record.content,
            )
        )  # fmt: skip
        self._take(work.unfolding.committed(finished.decision, record))

    def _look_at_ended(self) -> None:
        """Tell of parts that ended, and remove what nobody needs any more."""
        work = self._work
        ended, work.unfolding.ended = work.unfolding.ended, []
        if not ended:
            return
        for part in ended:
            if part.ending != "done" or not part.stage.source:
                work.emit(_part_event(part))
            if part.ending in ("blocked", "skipped") or not part.items:
                work.counts[part.ending or ""] += 1
        with uninterrupted():
            temporary.remember(work.unfolding.journal, ended)
            if work.publisher.spares.is_dir():
                for record in temporary.used_up(ended):
                    work.publisher.drop_spares(record)
            records = temporary.removable(ended)
            if not records:
                return
            # Said first: what a crash then leaves lying is garbage, and nothing is made again.
            work.unfolding.journal.drop(records)
            freed = temporary.remove(work.root, records)
        for stage, count in Counter(record.stage for record in records).items():
            work.emit(on.OutputsDropped(stage=stage, items=count, bytes=freed))


def _part_event(part: Part) -> Event:
    actions = Counter(decision.action for decision in part.items.values())
    return on.PartEnded(stage=part.stage.id, part=part.label, ending=part.ending or "",
                        reason=part.reason, reused=actions["reuse"],
                        adopted=actions["adopt"])  # fmt: skip


def _clear(drafts: str) -> None:
    """Delete what an item left among its drafts. An empty folder may lie until the run ends:
    removing it would wait for the disk each time."""
    try:
        with os.scandir(drafts) as left:
            empty = next(left, None) is None
    except OSError:
        return
    if not empty:
        shutil.rmtree(drafts, ignore_errors=True)


def _write_log(path: str, text: str) -> None:
    log = Path(path)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(text if text.endswith("\n") else f"{text}\n")
