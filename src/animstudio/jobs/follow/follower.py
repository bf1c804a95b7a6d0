"""One job, followed: the object that the daemon keeps for each, and asks now and then.

follower = Follower(log, output=job_output, spec=spec, mark=saved_mark)
seen = follower.look(now)          reads what is new; cheap when nothing is
seen.progress, seen.alarms         how far it is, and what went wrong just now
follower.losses                    (step, loss), thinned, for a curve
follower.mark()                    to save, and to go on from after a restart
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from animstudio.jobs.follow.bars import read_bar
from animstudio.jobs.follow.health import Alarm, Health
from animstudio.jobs.follow.pattern import reader_of
from animstudio.jobs.follow.plain import read_plain
from animstudio.jobs.follow.progress import Progress, Tracker
from animstudio.jobs.follow.reading import Reading
from animstudio.jobs.follow.spec import FollowSpec
from animstudio.jobs.follow.tables import read_table
from animstudio.jobs.follow.tail import Tail
from animstudio.jobs.follow.tensorboard import EventFiles

_READERS: Sequence[Callable[[str], Reading | None]] = (read_table, read_bar, read_plain)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look came to. `moved`: whether progress changed; `grew`: whether the log did."""

    progress: Progress
    alarms: tuple[Alarm, ...] = ()
    moved: bool = False
    grew: bool = False


class Follower:
    """Follows a log, and the TensorBoard files of an output folder where there are any."""

    def __init__(
        self,
        log: Path,
        *,
        output: Path | None = None,
        spec: FollowSpec | None = None,
        mark: dict[str, Any] | None = None,
    ) -> None:
        """Begin, or go on from what `mark` said. Raises AskedWrongly for a bad user pattern."""
        self._spec = spec or FollowSpec()
        own = reader_of(self._spec.progress_pattern) if self._spec.progress_pattern else None
        self._readers = (own, *_READERS) if own else _READERS
        self._tail = Tail(log)
        self._boards = EventFiles(output) if output else None
        self._tracker = Tracker()
        self._health = Health(self._spec)
        if mark:
            self._tail.inode, self._tail.offset = mark["inode"], mark["offset"]
            known = {field.name for field in fields(Progress)}
            said = {name: value for name, value in mark["progress"].items() if name in known}
            self._tracker.progress = Progress(**said)
            self._tracker.losses = [(int(step), float(loss)) for step, loss in mark["losses"]]

    @property
    def losses(self) -> list[tuple[int, float]]:
        """Steps and losses, thinned when they are many."""
        return self._tracker.losses

    def look(self, now: float) -> Seen:
        """Read what is new. Never raises for anything that a log may hold."""
        before, mark = self._tracker.progress, (self._tail.inode, self._tail.offset)
        alarms: list[Alarm] = []
        for line in self._tail.lines():
            alarms += self._take(self.read(line), now)
        grew = (self._tail.inode, self._tail.offset) != mark
        if grew and "|" in self._tail.unfinished:  # a bar that stands, and was written whole
            alarms += self._take(read_bar(self._tail.unfinished), now)
        for reading in self._boards.readings() if self._boards else ():
            grew = True
            alarms += self._take(reading, now)
        progress = self._tracker.progress
        alarms += self._health.silence(grew, progress.at is not None, now)
        return Seen(progress, tuple(alarms), progress != before, grew)

    def excuse(self, now: float) -> None:
        """Take silence until now for no fault of its own: it was frozen, or the machine slept."""
        self._health.excuse(now)

    def read(self, line: str) -> Reading | None:
        """Return what a line says, as the first reader that knows it has it."""
        for reader in self._readers:
            if reading := reader(line):
                return reading
        return None

    def mark(self) -> dict[str, Any]:
        """Return what to go on from later, as JSON values."""
        inode, offset = self._tail.mark()
        progress = asdict(self._tracker.progress)
        return {
            "inode": inode, "offset": offset, "progress": progress, "losses": list(self.losses),
        }  # fmt: skip

    def _take(self, reading: Reading | None, now: float) -> list[Alarm]:
        if reading is None:
            return []
        self._tracker.take(reading, now)
        return self._health.take(reading, self._tracker.progress.step)
