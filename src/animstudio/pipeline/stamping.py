"""What published files look like from outside, noted when that tells them from later versions."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from animstudio.pipeline.journal import Journal
from animstudio.pipeline.looks import Looks
from animstudio.pipeline.record import Output, Record, Stamp


class Stamping:
    """Stamps the outputs of records; those that are too young for it, in `settle`."""

    def __init__(self, root: Path, journal: Journal, looks: Looks) -> None:
        self._prefix, self._journal, self._looks = f"{root}{os.sep}", journal, looks
        self._young: list[tuple[Record, Sequence[Output]]] = []

    def stamp(self, record: Record, drafts: Sequence[Output]) -> None:
        """Stamp a record's outputs, which lie in their places; `drafts` are they as drafts.

        What is too young gets its stamp in `settle`: nobody but the attempt knew of the draft
        when it was read, so a file that still has its draft's looks is the same.
        """
        record.outputs = [self._stamped(output, output.stamp) for output in record.outputs]
        if any(output.stamp is None for output in record.outputs):
            self._young.append((record, drafts))

    def settle(self) -> None:
        """Stamp what was too young when it was published; call it when there is time."""
        grown = []
        if self._young:
            self._looks.let_ripen()
        for record, drafts in self._young:
            if self._journal.records.get((record.stage, record.item)) is not record:
                continue
            record.outputs = [
                output if output.stamp else self._stamped(output, draft.stamp)
                for output, draft in zip(record.outputs, drafts, strict=True)
            ]
            grown.append(record)
        self._young.clear()
        if grown or self._looks.restamped:
            self._journal.commit((), [*grown, *self._looks.restamped])
            self._looks.restamped.clear()

    def _stamped(self, output: Output, draft: Stamp | None) -> Output:
        """Return an output with its stamp, if it has one yet; as it is where it is gone."""
        with contextlib.suppress(OSError):
            return output._replace(stamp=self._looks.stamp(self._prefix + output.path, draft))
        return output
