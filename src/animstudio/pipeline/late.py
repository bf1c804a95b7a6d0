"""What a crash left between the log and the journal, carried to its end by the next run."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

from animstudio.kernel.files import place, sha256, withdraw
from animstudio.kernel.sync import sync_folders
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.manifests import Intent
from animstudio.pipeline.obstacles import placed_all
from animstudio.pipeline.record import Output


def finish_late(root: Path, journal: Journal) -> int:
    """Put into its place what was logged, and write it down; return how many items that are."""
    late = list(journal.late)
    folders: set[str] = set()
    for intent in late:
        # What it cannot put in its place now is missing there, and is made again.
        placed_all(partial(_carry_out, root, journal, intent, folders))
    sync_folders(folders)
    journal.settle()
    return len(late)


def _carry_out(root: Path, journal: Journal, intent: Intent, folders: set[str]) -> None:
    """Place what still lies among the drafts; add the folders that changed."""
    record = intent.record
    before = journal.former.get((record.stage, record.item))
    former = {o.path: o.sha256 for o in before.outputs} if before else {}
    for output, draft in zip(record.outputs, intent.drafts, strict=False):
        target = root / output.path
        if _is(Path(draft), output) and not _is(target, output):
            ours = [former[output.path]] if output.path in former else []
            place(Path(draft), target, ours=ours)
            folders.add(str(target.parent))
    for path in former.keys() - {output.path for output in record.outputs}:
        withdraw(root / path, former[path])


def _is(path: Path, output: Output) -> bool:
    with contextlib.suppress(OSError):
        return (
            path.is_file() and path.stat().st_size == output.size and sha256(path) == output.sha256
        )
    return False
