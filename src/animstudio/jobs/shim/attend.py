"""The shim: one small process that stays with one attempt until nothing of it is left.

    supervise()
        lock the folder; end here if somebody else holds it, or the attempt was revoked
        make the attempt's leases of graphics cards its own
        find what a job goes on from that is tried again
        fork the job, which waits at its gate
        write spawn.json, then open the gate
        attend(): signals and deadlines, until there is no child left
        write exit.json

It needs nobody: the daemon may die and come back. It has no signal handlers; the signals it
listens to are blocked from before it was born, and met only in `attend`.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from animstudio.jobs.shim import tree
from animstudio.jobs.shim.begin import Beginning, begin
from animstudio.jobs.shim.folder import Control, Ended, Folder, Spawned, started
from animstudio.jobs.shim.saved import VARIABLE, resume_from

LISTENED = {signal.SIGCHLD, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_LINGER = 5.0
"""Seconds that what a job leaves behind may go on, before it is asked to end."""
_INSIST = 0.2
"""Seconds between two KILLs: what was forked in between is met by the next."""
_FOREVER = 3600.0
_PATIENCE = 1.0
"""Seconds until an ending that could not be written is tried to be written again."""


def supervise(launch: dict[str, Any]) -> None:
    """Run one attempt to its end. `launch` is what ``daemon.launching`` says of it."""
    folder = Folder(Path(launch["folder"]))
    lock = folder.lock()
    if lock is None or folder.revoked or folder.spawned():
        return
    if launch["book"] and not _take_leases(Path(launch["book"]), launch["token"]):
        folder.revoke()
        return
    me = os.getpid()
    os.pwrite(lock, f"{me} {started(me) or 0}\n".encode(), 0)
    tree.adopt_orphans()
    if launch["saved"]:
        launch["env"][VARIABLE] = resume_from(launch["saved"])
    begun = time.monotonic()
    try:
        job = begin(launch, lock)
    except OSError as error:
        _write_down(folder, Ended(126, "error", f"{error.filename or ''}: {error.strerror}", 0.0))
        return
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    folder.write_spawned(Spawned(me, started(me) or 0, job.pid, started(job.pid) or 0, boot))
    job.open_gate()
    shim = _Shim(folder, job, launch["timeout"], launch["grace"], begun)
    _write_down(folder, shim.attend())


def _write_down(folder: Folder, ended: Ended) -> None:
    """Write how it ended; on a full disk as soon as there is room, for nobody else knows."""
    while True:
        try:
            folder.write_ended(ended)
            return
        except OSError:
            time.sleep(_PATIENCE)


def _take_leases(path: Path, token: str) -> bool:
    """Make the attempt's leases this process's own; False if they are not there any more.

    A child does it, so that what the book needs to be loaded does not stay for hours.
    """
    me = os.getpid()
    child = os.fork()
    if child == 0:
        taken = False
        try:
            from animstudio.gpu.book import Book
            from animstudio.kernel.process import ProcessId

            shim = ProcessId.of(me)
            taken = shim is not None and Book(path, look=tuple).bind(token, shim)
        finally:
            os._exit(0 if taken else 1)
    return os.waitpid(child, 0)[1] == 0


class _Shim:
    """What is going on, and until when it may."""

    def __init__(
        self, folder: Folder, job: Beginning, timeout: float | None, grace: float, begun: float
    ) -> None:
        self._folder, self._job, self._grace, self._begun = folder, job, grace, begun
        self._why, self._reason = "exited", ""
        self._code: int | None = None
        self._left = 0
        self._frozen: float | None = None
        self._paused: float | None = None
        # What is done when the deadline comes: ask to end (TERM), or end it (KILL).
        self._next: signal.Signals = signal.SIGTERM
        self._deadline = begun + timeout if timeout else None
        self._timeout = timeout
        self._ended = begun

    def attend(self) -> Ended:
        """Wait for signals and deadlines until no child is left; return how it went."""
        self._obey()  # a word that came before there was anybody to hear it
        while self._reap():
            wait = _FOREVER if self._deadline is None else self._deadline - time.monotonic()
            found = signal.sigtimedwait(LISTENED, max(0.0, wait))
            if found is None and self._deadline is not None:
                self._due()
            elif found is not None and found.si_signo == signal.SIGUSR1:
                self._obey()
            elif found is not None and found.si_signo != signal.SIGCHLD:
                self._stop("stop", "its supervisor was asked to end")
        error = self._job.error()
        if error:
            self._why, self._reason = "error", error
        seconds = self._ended - self._begun
        return Ended(self._code or 0, self._why, self._reason, round(seconds, 3), self._left)

    def _reap(self) -> bool:
        """Take leave of the children that ended; return whether there are others."""
        ended = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                if ended:
                    self._after_main()
                return True
            if pid == self._job.pid:
                code = os.waitstatus_to_exitcode(status)
                self._code = code if code >= 0 else 128 - code
                self._ended = time.monotonic()
                ended = True

    def _after_main(self) -> None:
        """Let what the command left behind end: by itself, else it is asked, else it is ended."""
        self._left = len(tree.below())
        if self._left and self._next is signal.SIGTERM:
            self._deadline = time.monotonic() + _LINGER

    def _main(self) -> int | None:
        return self._job.pid if self._code is None else None

    def _due(self) -> None:
        if self._next is signal.SIGTERM:
            if self._code is None and self._why == "exited":
                self._stop("timeout", f"it ran longer than {self._timeout:g} s")
            else:
                self._stop(self._why, self._reason)
            return
        tree.send(signal.SIGKILL, main=self._main())
        self._deadline = time.monotonic() + _INSIST

    def _stop(self, why: str, reason: str) -> None:
        if self._next is signal.SIGKILL:
            return
        if self._code is None:
            self._why, self._reason = why, reason
        tree.send(signal.SIGTERM, main=self._main())
        tree.send(signal.SIGCONT, main=self._main())  # who is frozen could not act on TERM
        self._frozen = None
        self._next = signal.SIGKILL
        self._deadline = time.monotonic() + self._grace

    def _obey(self) -> None:
        control = self._folder.control()
        if control is None:
            return
        if control.verb == "stop":
            self._stop("stop", control.reason)
        elif control.verb == "freeze" and self._frozen is None:
            tree.send(signal.SIGSTOP, main=self._main())
            self._frozen = time.monotonic()
            self._paused, self._deadline = self._deadline, None
        elif control.verb == "thaw":
            self._thaw()
        elif control.verb == "checkpoint" and self._why != "checkpoint":
            self._checkpoint(control)

    def _thaw(self) -> None:
        if self._frozen is None:
            return
        lost = time.monotonic() - self._frozen
        self._deadline = None if self._paused is None else self._paused + lost
        self._begun += lost
        self._frozen = None
        tree.send(signal.SIGCONT, main=self._main())

    def _checkpoint(self, control: Control) -> None:
        self._thaw()
        if self._code is None:
            self._why, self._reason = "checkpoint", control.reason
            with suppress(ProcessLookupError):
                os.kill(self._job.pid, control.signal)
            self._deadline = time.monotonic() + control.patience
