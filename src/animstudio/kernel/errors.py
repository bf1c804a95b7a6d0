"""Every error a user can see, and the exit code it ends with.

Three kinds: *you asked wrongly* (2), *the work failed* (1) and *the studio
broke* (70, anything that is not a ``StudioError``). Foreign errors are
translated at the adapter that meets them, so a message always names the file,
the flag or the item, what was kept, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

OK, FAILED, ASKED_WRONGLY, BROKEN, INTERRUPTED = 0, 1, 2, 70, 130


class StudioError(Exception):
    """An error with one clear sentence, and an optional hint on its own line."""

    exit_code = FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process boundaries; keyword arguments must too.
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[StudioError], message: str, hint: str | None) -> StudioError:
    error = kind.__new__(kind)
    StudioError.__init__(error, message, hint=hint)
    return error


class AskedWrongly(StudioError):
    """The request cannot be right: a flag, a path or a name is off."""

    exit_code = ASKED_WRONGLY


class WorkFailed(StudioError):
    """The request was right, and the work could not be done."""

    exit_code = FAILED


class UnreadableFilm(WorkFailed):
    """A file that is not a film, or a film of which nothing decodes."""

    def __init__(self, path: Path, why: str, *, hint: str | None = None) -> None:
        super().__init__(f"{path}: {why}", hint=hint)


class OutOfRoom(WorkFailed):
    """Memory or disk ran short, and the guard stopped new work."""


class MissingExtra(AskedWrongly):
    """An optional part is asked for whose packages are not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the '{extra}' extra, which is not installed",
            hint=f"pip install 'animation-ai-studio[{extra}]'",
        )


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the closest choice, or nothing."""
    found = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return f"; did you mean '{found[0]}'?" if found else ""
