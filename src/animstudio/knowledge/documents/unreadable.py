"""Why a file is no document: one line, for a report that goes on with the next."""

from __future__ import annotations

from animstudio.kernel.errors import WorkFailed


class UnreadableDocument(WorkFailed):
    """A file that cannot be read as a document; `reason` says why, without its name."""

    def __init__(self, path: object, reason: str, *, hint: str | None = None) -> None:
        super().__init__(f"{path}: {reason}", hint=hint)

    @property
    def reason(self) -> str:
        """What is wrong, without the file's name."""
        return self.message.split(": ", 1)[1]
