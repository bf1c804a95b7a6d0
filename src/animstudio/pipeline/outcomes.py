"""What becomes of items: made, failed and tried again, set aside, blocked, used up.

Each outcome may make further items possible; they are queued here too.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from animstudio.kernel.errors import OutOfRoom, StudioError
from animstudio.kernel.events import Event
from animstudio.kernel.work import FailureKind
from animstudio.kernel.workers import uninterrupted
from animstudio.pipeline import events as on
from animstudio.pipeline import temporary
from animstudio.pipeline.attempts import Attempt, Tries, kind_of, next_try
from animstudio.pipeline.entries import Failure
from animstudio.pipeline.groups import end_groups
from animstudio.pipeline.outlook import Outlook
from animstudio.pipeline.plan import needs_of
from animstudio.pipeline.publish import Finished
from animstudio.pipeline.record import Record
from animstudio.pipeline.state import Decision, Part
from animstudio.pipeline.underway import Work


class Outcomes:
    """Writes down what came of items, tells of it, and goes on from there."""

    def __init__(self, work: Work) -> None:
        self._work = work
        unfolding = work.unfolding
        self.outlook = Outlook(unfolding.stages.values(), unfolding.journal, work.emit, work.clock)

    def take(self, decisions: Iterable[Decision]) -> None:
        """Queue what is to be made; count the rest."""
        stopped = self._work.stopped
        for decision in decisions:
            self.outlook.take(decision)
            if decision.action != "run":
                self._work.counts[decision.action] += 1
                if decision.action == "failed":
                    self._note_failure(decision)
            elif not stopped:
                if why := self._impossible(decision):
                    self.set_aside(decision, "request", why, "")
                else:
                    self._work.waiting.add(decision, self._work.clock())

    def _impossible(self, decision: Decision) -> str:
        needs = decision.item.needs or needs_of(decision.part.stage)
        return self._work.room.never(needs) if needs.ram or needs.vram else ""

    def _note_failure(self, decision: Decision) -> None:
        self._work.emit(on.ItemFailed(stage=decision.part.stage.id, item=decision.name,
                                      kind="input", reason=decision.reason))  # fmt: skip
        self._stop_if_asked(decision)

    def broken(self, attempt: Attempt, error: StudioError, trace: str, lost: str) -> None:
        """Take in that an attempt failed by itself. Raises OutOfRoom on a full disk."""
        kind = kind_of(error, lost)
        if trace or lost:
            _write_log(attempt.log, trace or error.message)
        if kind == "room":  # no item's fault: every other would fail the same way
            raise OutOfRoom(error.message, hint=error.hint)
        self.failed(attempt, error, kind, lost)

    def failed(self, attempt: Attempt, error: StudioError, kind: FailureKind, lost: str) -> None:
        """Try an item again, or set it aside."""
        end_groups(Path(attempt.drafts))
        shutil.rmtree(attempt.drafts, ignore_errors=True)
        decision = attempt.decision
        tries = self._work.tries.setdefault(id(decision), Tries())
        backoff = self._work.pace.backoff
        again = next_try(decision, tries, kind, lost, backoff, in_company=bool(attempt.others))
        if again is None or self._work.stopped:
            log = attempt.log if Path(attempt.log).exists() else ""
            self.set_aside(decision, kind, error.message, log)
            return
        reason = f"{error.message}; {again.how}" if again.how else error.message
        self._work.emit(on.ItemRetried(stage=decision.part.stage.id, item=decision.name,
                                       attempt=attempt.id, kind=kind, reason=reason,
                                       wait=again.wait))  # fmt: skip
        if again.wait:
            self._work.waiting.add_later(decision, self._work.clock() + again.wait)
        else:
            self._work.waiting.add(decision, self._work.clock(), first=True)

    def set_aside(self, decision: Decision, kind: FailureKind, reason: str, log: str) -> None:
        """Give an item up for this run, and go on with what that leaves."""
        work, stage = self._work, decision.part.stage
        reason = work.secrets.hide(reason)
        if log:
            work.secrets.hide_in_file(Path(log))
        self._work.tries.pop(id(decision), None)
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
        self.take(following)

    def _stop_if_asked(self, decision: Decision) -> None:
        """Begin nothing more where a recipe wants that; what is at work is brought to its end."""
        stage = decision.part.stage
        if stage.node.on_failure == "stop" and not self._work.stopped:
            self._work.stopped = f"{stage.id}/{decision.name} failed: {decision.reason}"
            self._work.waiting.clear()

    def committed(self, finished: Finished, record: Record) -> None:
        """Take in that an item stands."""
        work, before = self._work, finished.decision.before
        self._work.tries.pop(id(finished.decision), None)
        work.counts["made"] += 1
        work.unfolding.journal.cost(record.stage).add(record)
        work.sizes.add(finished.decision, record.seconds)
        work.emit(
            on.ItemCommitted(
                stage=record.stage, item=record.item, attempt=record.attempt,
                seconds=record.seconds, bytes=record.bytes, peak=record.peak,
                same=before is not None and before.content == record.content,
            )
        )  # fmt: skip
        self.take(work.unfolding.committed(finished.decision, record))

    def look_at_ended(self) -> None:
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
            work.publisher.spares.drop(record for _, record in temporary.used_up(ended))
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


def _write_log(path: str, text: str) -> None:
    log = Path(path)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(text if text.endswith("\n") else f"{text}\n")
