"""Publishing: finished drafts become results, a group at a time, in an order no crash can break.

    publish
      check that no input changed meanwhile, and that nobody else owns a place
      log what is about to be (synced)
      rename the drafts to their places, take former outputs away, sync the folders
      write the journal's rows (synced)

The drafts were checked and synced by whoever made them. Only the process that holds the output
folder publishes; an order of another run, or of an attempt that was given up, is not known
here, and its drafts are thrown away.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from animstudio.kernel.errors import StudioError, WorkFailed
from animstudio.kernel.files import make_folders, place, refusal, withdraw
from animstudio.kernel.sync import sync_folders
from animstudio.pipeline.contested import contested
from animstudio.pipeline.former import Former
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.looks import Looks
from animstudio.pipeline.manifests import Intent
from animstudio.pipeline.obstacles import look_for_obstacles, placed_all
from animstudio.pipeline.perform import Drafted
from animstudio.pipeline.record import Output, Record, content_digest
from animstudio.pipeline.spares import Spares
from animstudio.pipeline.stamping import Stamping
from animstudio.pipeline.state import Decision


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt that came to its end, and waits to be published."""

    decision: Decision
    attempt: str
    drafted: Drafted
    folder: str
    """Where the drafts lie."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An attempt whose result may not be published, and why."""

    finished: Finished
    error: StudioError


class Publisher:
    """The one writer of an output folder."""

    def __init__(self, root: Path, journal: Journal, looks: Looks, spares: Spares) -> None:
        self.root, self._journal, self._looks = root, journal, looks
        self.spares = spares
        self._older = Former(root, root / "checkpoints")
        self._owners: dict[str, tuple[str, str]] | None = None
        self._claimed: set[tuple[str, str]] = set()
        self._folders: set[str] = set()
        self.stamping = Stamping(root, journal, looks)

    def publish(self, batch: Sequence[Finished]) -> list[Record | Refused]:
        """Publish a group. What is refused leaves everything as it was. Raises OutOfRoom."""
        answers = [self._taken(finished) for finished in batch]
        if intents := [
            Intent(answer, finished.drafted.drafts)
            for finished, answer in zip(batch, answers, strict=True)
            if isinstance(answer, Record)
        ]:
            try:
                self._journal.log(intents)
                answers = self._placed(batch, answers)
            except OSError as error:
                raise refusal(error) from error
            self._write_down(batch, answers)
        return answers

    def _taken(self, finished: Finished) -> Record | Refused:
        """Return the record of what may be published, and let it own its places."""
        try:
            self._check(finished)
        except StudioError as error:
            return Refused(finished, error)
        record = _record(finished)
        for output in record.outputs:
            self._own()[output.path] = (record.stage, record.item)
        self._claimed.add((record.stage, record.item))
        return record

    def _placed(
        self, batch: Sequence[Finished], answers: Sequence[Record | Refused]
    ) -> list[Record | Refused]:
        """Rename drafts to their places; what cannot be is refused, and made again next time."""
        folders: set[str] = set()
        after: list[Record | Refused] = []
        for finished, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Record):
                error = placed_all(partial(self._place, finished, answer, folders))
                if error:
                    self._claimed.discard((answer.stage, answer.item))
                    answer = Refused(finished, error)
            after.append(answer)
        sync_folders(folders)
        return after

    def _write_down(self, batch: Sequence[Finished], answers: Sequence[Record | Refused]) -> None:
        records = []
        for finished, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Record):
                self.spares.keep(finished.drafted.spares)
                self.stamping.stamp(answer, finished.drafted.outputs)
                records.append(answer)
        self._journal.commit(records)
        for record in records:
            self._looks.placed(record)

    def _check(self, finished: Finished) -> None:
        decision = finished.decision
        for name, seen in decision.seen.items():
            path = decision.item.inputs[name]
            if self._looks.looks(path) != seen.looks and (
                decision.item.by_looks or self._changed(path, seen.digest)
            ):
                raise WorkFailed(f"{path}: it was changed while it was worked on")
        me = (decision.part.stage.id, decision.name)
        for output in finished.drafted.outputs:
            owner = self._own().get(output.path)
            if owner and owner != me and (owner in self._claimed or owner in self._journal.records):
                raise contested(output.path, owner, decision)
            target = f"{self.root}{os.sep}{output.path}"
            known = os.path.dirname(target) in self._folders
            for above in () if known else Path(output.path).parents:
                if file := self._own().get(str(above)):
                    raise contested(str(above), file, decision)
            look_for_obstacles(target, in_folder=known)

    def _changed(self, path: Path, digest: str) -> bool:
        """Look twice: a file that was touched, or is young, may be the same all the same."""
        try:
            return self._looks.input(path).digest != digest
        except StudioError:
            return True

    def _own(self) -> dict[str, tuple[str, str]]:
        if self._owners is None:
            self._owners = {
                output.path: owner
                for owner, record in self._journal.records.items()
                for output in record.outputs
            }
        return self._owners

    def _place(self, finished: Finished, record: Record, folders: set[str]) -> None:
        """Rename drafts to their places; add the folders that changed."""
        before = finished.decision.before
        former = {o.path: o for o in before.outputs} if before else {}
        for output, draft in zip(record.outputs, finished.drafted.drafts, strict=True):
            target = f"{self.root}{os.sep}{output.path}"
            folder = os.path.dirname(target)
            folders |= self._make(folder)
            folders.add(folder)
            if os.path.lexists(target):
                ours = [former[output.path].sha256] if output.path in former else []
                if older := self._older.digest(output.path):
                    ours.append(older)
                place(Path(draft), Path(target), ours=ours)
            else:
                os.rename(draft, target)
        new = {output.path for output in record.outputs}
        self._older.supersede(new)
        for path, output in former.items():
            if path not in new:
                withdraw(self.root / path, output.sha256)
                folder = str((self.root / path).parent)
                if os.path.isdir(folder):
                    folders.add(folder)

    def _make(self, folder: str) -> set[str]:
        """Make a folder where there is none; return the folders that changed by it."""
        changed: list[Path] = []
        if folder not in self._folders or not os.path.isdir(folder):
            try:
                changed = make_folders(Path(folder))
            except (FileExistsError, NotADirectoryError) as error:
                raise WorkFailed(f"{folder}: a file stands where a folder would go") from error
            self._folders.add(folder)
        return set(map(str, changed))


def _record(finished: Finished) -> Record:
    decision, drafted = finished.decision, finished.drafted
    outputs: list[Output] = list(drafted.outputs)
    if decision.part.stage.node.temp:
        outputs = [output._replace(passing=True) for output in outputs]
    return Record(
        stage=decision.part.stage.id,
        item=decision.name,
        key=decision.key,
        stage_key=decision.variant.stage_key,
        content=content_digest(outputs, drafted.facts),
        inputs=decision.inputs,
        options=dict(decision.item.options),
        outputs=outputs,
        facts=drafted.facts,
        seconds=round(drafted.seconds, 4),
        peak=drafted.peak,
        made_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        attempt=finished.attempt,
        temp=decision.part.stage.node.temp,
    )
