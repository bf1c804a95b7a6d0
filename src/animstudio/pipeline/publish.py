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

import contextlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from animstudio.kernel.errors import StudioError, WorkFailed
from animstudio.kernel.files import (
    make_folders,
    place,
    refusal,
    sha256,
    sync_folder,
    withdraw,
)
from animstudio.kernel.sync import synced_together
from animstudio.pipeline.contested import contested
from animstudio.pipeline.former import Former
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.looks import Looks
from animstudio.pipeline.manifests import Intent
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

    def finish_late(self) -> int:
        """Carry to its end what a crash left between the log and the journal; return how much."""
        late = list(self._journal.late)
        folders: set[str] = set()
        for intent in late:
            record = intent.record
            before = self._journal.former.get((record.stage, record.item))
            former = {o.path: o.sha256 for o in before.outputs} if before else {}
            for output, draft in zip(record.outputs, intent.drafts, strict=False):
                target = self.root / output.path
                if _is(Path(draft), output) and not _is(target, output):
                    ours = [former[output.path]] if output.path in former else []
                    place(Path(draft), target, ours=ours)
                    folders.add(str(target.parent))
            for path in former.keys() - {output.path for output in record.outputs}:
                withdraw(self.root / path, former[path])
        _sync_folders(folders)
        self._journal.settle()
        return len(late)

    def publish(self, batch: Sequence[Finished]) -> list[Record | Refused]:
        """Publish a group. What is refused leaves everything as it was. Raises OutOfRoom."""
        answers: list[Record | Refused] = []
        intents: list[Intent] = []
        taken: list[tuple[Finished, Record]] = []
        for finished in batch:
            try:
                self._check(finished)
            except StudioError as error:
                answers.append(Refused(finished, error))
                continue
            record = _record(finished)
            answers.append(record)
            taken.append((finished, record))
            intents.append(Intent(record, finished.drafted.drafts))
            for output in record.outputs:
                self._own()[output.path] = (record.stage, record.item)
            self._claimed.add((record.stage, record.item))
        if not taken:
            return answers
        try:
            self._journal.log(intents)
            folders: set[str] = set()
            for finished, record in taken:
                folders |= self._place(finished, record)
            _sync_folders(folders)
        except OSError as error:
            raise refusal(error) from error
        for finished, record in taken:
            self.spares.keep(finished.drafted.spares)
            self.stamping.stamp(record, finished.drafted.outputs)
        self._journal.commit([record for _, record in taken])
        for _, record in taken:
            self._looks.placed(record)
        return answers

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

    def _place(self, finished: Finished, record: Record) -> set[str]:
        """Rename drafts to their places; return the folders that changed."""
        before = finished.decision.before
        former = {o.path: o for o in before.outputs} if before else {}
        folders = set()
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
        return folders

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


def _is(path: Path, output: Output) -> bool:
    with contextlib.suppress(OSError):
        return (
            path.is_file() and path.stat().st_size == output.size and sha256(path) == output.sha256
        )
    return False


def _sync_folders(folders: Iterable[str]) -> None:
    """Sync folders after all renames: the first sync carries most of the others' changes."""
    if not synced_together(found := sorted(folders)):
        for folder in found:
            sync_folder(Path(folder))
