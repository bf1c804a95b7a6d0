"""The daemon: the one process that changes the queue.

while it is wanted:
    look at cards and logs, where that is due
    start what may start
    wait for a command, a process that ended, an answer of the launcher, a back-off's end
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from animstudio.gpu.book import Book
from animstudio.gpu.devices import looking
from animstudio.jobs.clock import Clock
from animstudio.jobs.daemon.attempts import Attempts
from animstudio.jobs.daemon.cards import Cards
from animstudio.jobs.daemon.door import Door
from animstudio.jobs.daemon.host import promised
from animstudio.jobs.daemon.keeper import STRATEGY, Keeper
from animstudio.jobs.daemon.launching import Launcher
from animstudio.jobs.daemon.loop import Loop
from animstudio.jobs.daemon.verbs import Verbs
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.spare import Spare
from animstudio.jobs.store.schema import open_to_write
from animstudio.jobs.store.writing import Store
from animstudio.jobs.wire import LOCK
from animstudio.kernel.errors import StudioError

_FOLDER_EVERY = 60.0
"""Seconds between two looks whether anybody can still reach this daemon."""
_REST = 5.0
"""Seconds until what could not be done is tried again."""


class Daemon:
    """All parts of it, put together."""

    def __init__(self, folder: Path, book: Path, fake_gpus: str, spare: Spare, held: int) -> None:
        """Take over the queue of a folder; `held` is its lock, as `lock` gave it."""
        self.loop, self.ended = Loop(), False
        self._folder, self._held = folder, held
        clock = Clock()
        self.launcher = Launcher()
        store = Store(open_to_write(folder), clock, folder)
        attempts = Attempts(folder, self.launcher, self.loop, clock, book)
        cards = Cards(Book(book, looking(fake_gpus)), spare.vram)
        scheduler = Scheduler(_spec(store), promised(spare.memory))
        scheduler.look(cards.look(()))
        self.keeper = Keeper(store, scheduler, attempts, cards)
        attempts.looked = self._looked
        self._ended_attempts: list[str] = []
        self.verbs = Verbs(self.keeper, self._end)
        self._heed_launcher()
        self.keeper.recover()
        self._door = Door(folder, self.loop, self.verbs.handle)
        self.look_after_folder()

    def run(self) -> None:
        """Serve until asked to end."""
        while not self.ended:
            try:
                self.keeper.watch()
                self.keeper.start_ready()
                wait = self.keeper.wakes_in()
            except (StudioError, OSError) as error:
                wait = _told(error)
            self._heed_launcher()
            self.loop.wait(wait)
            ended, self._ended_attempts = self._ended_attempts, []
            self._look_at([name for name in ended if name in self.keeper.attempts.names()])
            self.verbs.after_each()
        self._door.close()

    def _look_at(self, names: list[str]) -> None:
        """See what became of attempts; one of which that cannot be said now is looked at later."""
        try:
            if names:
                self.keeper.look_at(names)
        except (StudioError, OSError) as error:
            if len(names) > 1:
                for name in names:
                    self._look_at([name])
            else:
                self.loop.after(_told(error), partial(self._looked, names[0]))

    def _looked(self, name: str) -> None:
        if name not in self._ended_attempts:
            self._ended_attempts.append(name)

    def look_after_folder(self) -> None:
        """End when the folder, or the way in, was removed: the next command starts another."""
        if not (holds(self._folder, self._held) and self._door.stands()):
            self._end()
            return
        self.loop.after(_FOLDER_EVERY, self.look_after_folder)

    def _end(self) -> None:
        self.ended = True

    def _heed_launcher(self) -> None:
        self.loop.always(
            self.launcher, self._hear_launcher, also_writable=self.launcher.wants_to_write
        )

    def _hear_launcher(self) -> None:
        self.launcher.flush()
        found = self.launcher.read()
        if found is None:
            self.loop.forget(self.launcher)
            for name in self.launcher.begin_again():
                self._looked(name)
            return
        for launched in found:
            self.keeper.attempts.launched(launched)


def _told(error: Exception) -> float:
    """Write to the daemon's log what cannot be done now; return in how many seconds it is tried.

    A disk that is full at night has room again in the morning: nothing of this ends the daemon.
    """
    with suppress(OSError):
        sys.stderr.write(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {error}\n")
        sys.stderr.flush()
    return _REST


def lock(folder: Path) -> int | None:
    """Take the daemon's lock; return the open file, None while another daemon has it."""
    file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return file


def holds(folder: Path, held: int) -> bool:
    """Return whether an open lock is still the one of a folder."""
    try:
        found = (folder / LOCK).stat()
    except OSError:
        return False
    return os.path.samestat(found, os.fstat(held))


def _spec(store: Store) -> ScheduleSpec:
    """Return how jobs are ordered, as it was last said; it holds over restarts."""
    said = store.fact(STRATEGY)
    return ScheduleSpec.model_validate({"strategy": said}) if said else ScheduleSpec()


def main(folder: Path, book: Path, fake_gpus: str, spare: Spare, ready: int) -> None:
    """Be the daemon of a folder; write a line to `ready` when commands are let in.

    The line is empty, or says why it cannot be.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        held = lock(folder)
        if held is None:
            os.write(ready, b"\n")
            return
        daemon = Daemon(folder, book, fake_gpus, spare, held)
    except Exception as error:
        os.write(ready, f"{error}\n".replace("\n", " ").encode() + b"\n")
        raise
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _leave(daemon))
    heard, told = socket.socketpair()  # a signal alone does not end a wait
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno())
    daemon.loop.always(heard, lambda: heard.recv(64))
    os.write(ready, b"\n")
    os.close(ready)
    daemon.run()


def _leave(daemon: Daemon) -> None:
    daemon.ended = True
