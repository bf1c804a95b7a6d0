"""The attempts that are at work: launched, watched, told what to do, and looked at."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from animstudio.gpu.book import VARIABLE
from animstudio.jobs.clock import Clock
from animstudio.jobs.daemon.launching import Launch, Launched, Launcher, Saved
from animstudio.jobs.daemon.watching import Watched
from animstudio.jobs.job import Attempt, Job, Paused
from animstudio.jobs.recover import Alive, Finding, Orphaned, examine
from animstudio.jobs.shim.folder import TOKEN, Control, Folder

UNSAID = 0.05
"""Seconds until a shim is looked for again that holds its lock and did not say its pid yet."""
_ANOTHER_LOOK = 5.0
"""Seconds until an attempt is looked at for which there was no room on the disk."""


class Events(Protocol):
    """Where the daemon waits for things to happen."""

    def when_readable(self, file: Watched, act: Callable[[], object]) -> None:
        """Act once, when a file is readable."""

    def forget(self, file: Watched) -> None:
        """Do not."""

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Act in a while."""


@dataclass
class Live:
    """An attempt at work.

    log:     what it writes to.
    until:   when its time is over, in seconds since the boot; its shim sees to that, if it lives.
    orphans: it has no shim any more, and these are its processes.
    """

    attempt: Attempt
    folder: Folder
    log: Path
    until: float | None = None
    watched: Watched | None = None
    orphans: list[Watched] = field(default_factory=list)
    killing: bool = False
    frozen: bool = False


class Attempts:
    """All attempts at work, by name (``7.1``)."""

    def __init__(
        self, home: Path, launcher: Launcher, events: Events, clock: Clock, book: Path
    ) -> None:
        self._book = book
        self.home, self.launcher, self._events, self._clock = home, launcher, events, clock
        self._live: dict[str, Live] = {}
        self.looked: Callable[[str], object] = lambda name: None

    def names(self) -> list[str]:
        """Return the names of all attempts at work."""
        return list(self._live)

    def all(self) -> list[Live]:
        """Return all attempts at work."""
        return list(self._live.values())

    def get(self, name: str) -> Live:
        """Return an attempt. Raises KeyError."""
        return self._live[name]

    def know(self, attempt: Attempt, job: Job) -> Live:
        """Take an attempt in."""
        folder = Folder(self.home / "attempts" / attempt.name)
        log = Path(job.order.cwd, job.order.log) if job.order.log else folder.log
        timeout = job.order.timeout
        until = attempt.boottime + timeout if timeout else None
        live = Live(attempt, folder, log, until, frozen=isinstance(job.state, Paused))
        self._live[attempt.name] = live
        return live

    def launch(self, attempt: Attempt, job: Job) -> None:
        """Let an attempt begin: its folder, and an order to the launcher."""
        live, order = self.know(attempt, job), job.order
        work = self.home / "runs" / str(job.id)
        try:
            live.folder.path.mkdir(parents=True, exist_ok=True)
            work.mkdir(parents=True, exist_ok=True)
        except OSError:  # a disk is full: that it never began will be seen
            self._events.after(_ANOTHER_LOOK, lambda: self._looked(attempt.name))
            return
        env = dict(order.env) | _environment(attempt, job, work)
        saved = Saved(order.output or str(work), job.submitted_at) if attempt.number > 1 else None
        self.launcher.launch(
            Launch(
                attempt.name, str(live.folder.path), list(order.argv), order.cwd, env,
                str(live.log), order.timeout, order.grace,
                str(self._book) if attempt.devices else None, attempt.token, saved,
            )
        )  # fmt: skip

    def launched(self, launched: Launched) -> None:
        """Watch a shim that was begun."""
        live = self._live.get(launched.attempt)
        if live is None or live.watched is not None:
            return
        self._watch(launched.attempt, live, launched.shim, launched.started)
        if live.folder.control():  # it may have looked before there was anything to read
            self._poke(live)

    def _watch(self, name: str, live: Live, pid: int, began: int | None = None) -> None:
        try:
            live.watched = Watched(pid, began)
        except ProcessLookupError:
            self._events.after(0.0, lambda: self._looked(name))
            return
        self._events.when_readable(live.watched, lambda: self._looked(name))

    def _looked(self, name: str) -> None:
        if name in self._live:
            self.looked(name)

    def examine(self, name: str) -> Finding:
        """Return what became of an attempt."""
        live = self._live[name]
        return examine(live.folder, live.attempt, boot=self._clock.boot)

    def adopt(self, name: str, finding: Alive | Orphaned) -> None:
        """Go on with an attempt that an earlier daemon, or launcher, began."""
        live = self._live[name]
        self._unwatch(live)
        if isinstance(finding, Alive):
            if finding.shim is None:
                self._events.after(UNSAID, lambda: self._looked(name))
            else:
                self._watch(name, live, finding.shim)
            return
        for pid in finding.pids:
            with suppress(ProcessLookupError):
                live.orphans.append(Watched(pid))
        if not live.orphans:
            self._events.after(0.0, lambda: self._looked(name))
        for orphan in live.orphans[:1]:  # when that one ends, who is left is looked for again
            self._events.when_readable(orphan, lambda: self._looked(name))
        control = live.folder.control()
        if (control and control.verb in ("stop", "checkpoint")) or self._late(name, live):
            self._end_orphans(name, live)

    def _late(self, name: str, live: Live) -> bool:
        """Return whether the time of an attempt without a shim is over; else look again then."""
        if live.until is None or live.frozen:
            return False
        left = live.until - self._clock.boottime()
        if left > 0:
            self._events.after(left, lambda: self._looked(name))
        return left <= 0

    def tell(self, name: str, control: Control) -> None:
        """Tell an attempt what to do; it is on disk first, and found there if nobody hears."""
        live = self._live[name]
        live.frozen = control.verb == "freeze"
        live.folder.path.mkdir(parents=True, exist_ok=True)
        live.folder.write_control(control)
        if not live.orphans:
            self._poke(live)
        elif control.verb in ("stop", "checkpoint"):
            self._end_orphans(name, live)
        else:
            for orphan in live.orphans:
                orphan.send(signal.SIGSTOP if live.frozen else signal.SIGCONT)

    def leaves(self, name: str) -> bool:
        """Return whether an attempt was told to end, for good or for now."""
        control = self._live[name].folder.control()
        return control is not None and control.verb in ("stop", "checkpoint")

    def _poke(self, live: Live) -> None:
        if live.watched:
            live.watched.send(signal.SIGUSR1)

    def _end_orphans(self, name: str, live: Live) -> None:
        """End processes that have no shim: TERM now, KILL when they had their time."""
        for orphan in live.orphans:
            orphan.send(signal.SIGKILL if live.killing else signal.SIGTERM)
            orphan.send(signal.SIGCONT)
        if not live.killing:
            live.killing = True
            self._events.after(10.0, lambda: self._looked(name))

    def forget(self, name: str) -> None:
        """Let go of an attempt that ended."""
        self._unwatch(self._live.pop(name))

    def _unwatch(self, live: Live) -> None:
        for watched in (*live.orphans, *([live.watched] if live.watched else [])):
            self._events.forget(watched)
            watched.close()
        live.watched, live.orphans = None, []

    def remove_files(self, job: int, attempts: int) -> None:
        """Delete what the queue keeps of a job: logs, and the folder it could work in."""
        shutil.rmtree(self.home / "runs" / str(job), ignore_errors=True)
        for number in range(1, attempts + 1):
            shutil.rmtree(self.home / "attempts" / f"{job}.{number}", ignore_errors=True)


def _environment(attempt: Attempt, job: Job, work: Path) -> dict[str, str]:
    """Return what the queue adds to a job's environment; without cards it sees none."""
    added = {
        "ANIMSTUDIO_JOB_ID": str(attempt.job),
        "ANIMSTUDIO_ATTEMPT": str(attempt.number),
        "ANIMSTUDIO_RUN_DIR": str(work),
        TOKEN: attempt.token,
        "CUDA_VISIBLE_DEVICES": ",".join(attempt.devices),
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }
    if job.order.part and job.array is not None:
        added["ANIMSTUDIO_ARRAY_ID"] = str(job.array)
        added["ANIMSTUDIO_ARRAY_INDEX"] = str(job.order.part.index)
    if attempt.devices:
        added[VARIABLE] = attempt.token
    return added
