"""``execution_metadata.json`` while a run goes on, and of one that was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from animstudio.film.stages.summaries import execution_metadata, write_json


class Note:
    """The file of one run; at the end of a run over films the report writes it."""

    def __init__(self, out: Path, name: str, parts: Sequence[str]) -> None:
        self._out, self._name, self._parts = out, name, parts
        self._started = datetime.now(UTC)
        self.begun = False

    def write(self, status: str, of_stages: str = "") -> None:
        """Say how the run is, or how it ended."""
        self.begun = True
        ended = None if status == "running" else datetime.now(UTC)
        content = execution_metadata(
            self._name, started=self._started, ended=ended, status=status,
            stages=dict.fromkeys(self._parts, of_stages or status),
        )  # fmt: skip
        write_json(self._out / "execution_metadata.json", content)
