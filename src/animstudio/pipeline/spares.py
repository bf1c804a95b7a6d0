"""Spares: what an item leaves beside its outputs for later stages, which can do without.

They are no result. Nothing is checked, synced or written down of them; a kill, or a stage that is
made later, finds them gone. They lie under the name of the output that they go with.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from animstudio.pipeline.record import Record


@dataclass(frozen=True, slots=True)
class Spares:
    """The folder of an output folder's spares; only whoever holds that writes here."""

    folder: Path

    def keep(self, drafts: Mapping[str, str]) -> None:
        """Put folders of drafts beside the outputs that they go with."""
        for name, draft in drafts.items():
            target = self.folder / name
            shutil.rmtree(target, ignore_errors=True)
            with contextlib.suppress(OSError):
                target.parent.mkdir(parents=True, exist_ok=True)
                Path(draft).rename(target)

    def drop(self, records: Iterable[Record]) -> None:
        """Delete what lies beside the outputs of items that are used up."""
        if self.folder.is_dir():
            for record in records:
                for output in record.outputs:
                    shutil.rmtree(self.folder / output.path, ignore_errors=True)

    def clear(self) -> None:
        """Delete everything: nothing is left that could use it."""
        shutil.rmtree(self.folder, ignore_errors=True)
