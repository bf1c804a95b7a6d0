"""Why a file is no document: one line, for a report that goes on with the next."""

from __future__ import annotations

from animstudio.kernel.errors import WorkFailed


class UnreadableDocument(WorkFailed):
    """A file that cannot be read as a document; `reason` says why, without its name."""

    def __init__(self, path: object, reason: str, *, hint: str | None = None) -> None:
        super().__init__(f"{path}: {reason}", hint=hint)
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.path, self.reason, self.hint)


def _again(path: object, reason: str, hint: str | None) -> UnreadableDocument:
    return UnreadableDocument(path, reason, hint=hint)
