"""The file of a knowledge base, opened: what is committed at once, and what it was made with."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.files import make_folder
from animstudio.knowledge.store import schema
from animstudio.knowledge.store.refusals import broken, refused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE: Final = "knowledge.sqlite"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a knowledge base was made with; vectors of two models are never mixed.

    chunks, index: the options as JSON. build_seconds: what building it took until now.
    """

    model: str
    fingerprint: str
    dimensions: int
    limit: int
    chunks: str
    index: str
    build_seconds: float = 0.0


class StoreFile:
    """The file of a knowledge base. Readers see one commit, whole; see `reading`."""

    def __init__(self, folder: Path, *, write: bool = False) -> None:
        self.folder = folder
        self.path = folder / FILE
        self.segments: dict[int, NDArray[np.uint64]] = {}
        if write:
            make_folder(folder)
        elif not self.path.is_file():
            raise AskedWrongly(
                f"{folder}: no knowledge base here",
                hint="animstudio kb build --input-dir DOCUMENTS --output-dir FOLDER makes one",
            )
        self.base = schema.connect(self.path, write=write)

    def close(self) -> None:
        """Close the file."""
        self.base.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """See one commit for as long as this lasts, whatever a writer does meanwhile."""
        with self._transaction("BEGIN"):
            yield

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Everything inside is committed at once, or nothing is; readers see that it happened."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield
            self._set("revision", str(self.revision() + 1))

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        if self.base.in_transaction:
            yield
            return
        try:
            self.base.execute(begin)
            yield
            self.base.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._undo()
            raise refused(self.path, error) from error
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self.base.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self.base.execute("ROLLBACK")

    def revision(self) -> int:
        """Return a number that every commit raises."""
        return int(self._get("revision") or 0)

    def settings(self) -> Settings | None:
        """Return what the base was made with, None before anything was."""
        found = {
            name: value
            for name, value in self.base.execute("SELECT name, value FROM settings")
            if name in Settings.__dataclass_fields__
        }
        if not found:
            return None
        if self._get("crc") != str(schema.check(sorted(found.items()))):
            raise broken(self.path, ValueError("its settings have changed"))
        return Settings(
            found["model"],
            found["fingerprint"],
            int(found["dimensions"]),
            int(found["limit"]),
            found["chunks"],
            found["index"],
            float(found["build_seconds"]),
        )

    def keep_settings(self, settings: Settings) -> None:
        """Write the settings; inside `writing`."""
        values = {name: str(getattr(settings, name)) for name in Settings.__dataclass_fields__}
        for name, value in (*values.items(), ("crc", schema.check(sorted(values.items())))):
            self._set(name, str(value))

    def _get(self, name: str) -> str | None:
        row = self.base.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def _set(self, name: str, value: str) -> None:
        self.base.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
