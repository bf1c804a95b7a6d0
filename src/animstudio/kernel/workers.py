"""Worker processes: one task each at a time, and a death costs one task.

Workers are started by spawn, ignore Ctrl-C (whoever started them ends them), and die with
their parent, so nothing keeps writing after a killed run.
"""

from __future__ import annotations

import ctypes
import errno
import multiprocessing
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from animstudio.kernel.errors import OutOfRoom, StudioError, WorkFailed

Report = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A function to call in a worker: ``function(*arguments, report)``.

    `function` and `arguments` are pickled by reference, so it is a module's own function.
    `report` sends any small picklable message back while the task runs.
    """

    name: str
    function: Callable[..., object]
    arguments: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """A task that returned."""

    task: Task
    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """A task that raised, or whose worker died. `trace` is for the log."""

    task: Task
    error: StudioError
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A message from a running task."""

    task: Task
    message: Any


Outcome = Done | Failed | Said


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: Task | None = None


@dataclass(slots=True)
class Workers:
    """At most `count` processes working through a queue of tasks, in order."""

    count: int
    setup: Callable[[], None] | None = None
    _queue: deque[Task] = field(default_factory=deque)
    _team: list[_Worker] = field(default_factory=list)

    def submit(self, task: Task, *, first: bool = False) -> None:
        """Queue a task, behind the others or before them."""
        if first:
            self._queue.appendleft(task)
        else:
            self._queue.append(task)

    def drop(self, unwanted: Callable[[Task], bool]) -> int:
        """Take tasks that have not started out of the queue; return how many."""
        kept = [task for task in self._queue if not unwanted(task)]
        dropped = len(self._queue) - len(kept)
        self._queue = deque(kept)
        return dropped

    @property
    def running(self) -> list[Task]:
        """The tasks at work."""
        return [worker.task for worker in self._team if worker.task]

    @property
    def waiting(self) -> int:
        """How many tasks wait for a worker."""
        return len(self._queue)

    def outcomes(self, may_start: Callable[[], bool] = lambda: True) -> Iterator[Outcome | None]:
        """Yield what happens until nothing runs and nothing waits.

        More may be submitted on the way. `may_start` is asked before each new task; None is
        yielded about once a second when nothing happened, so that the caller can look around.
        """
        while self._queue or self.running:
            self._start_ready(may_start)
            self._dismiss_idle()
            if self.running:
                yield from self._hear(timeout=1.0)
            else:
                time.sleep(1.0)  # held back: the caller looks around, and is asked again
                yield None
        self.stop()

    def stop(self) -> None:
        """End every worker now. Their unfinished tasks leave nothing behind but drafts."""
        for worker in self._team:
            worker.process.kill()
        for worker in self._team:
            worker.process.join()
            worker.pipe.close()
        self._team.clear()

    def _start_ready(self, may_start: Callable[[], bool]) -> None:
        while self._queue and len(self.running) < self.count and may_start():
            worker = next((w for w in self._team if w.task is None), None) or self._hire()
            worker.task = self._queue.popleft()
            worker.pipe.send((worker.task.function, worker.task.arguments))

    def _dismiss_idle(self) -> None:
        """Give an idle worker's memory back once nothing waits for it."""
        if self._queue:
            return
        for worker in [w for w in self._team if w.task is None]:
            worker.pipe.close()
            self._team.remove(worker)

    def _hire(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, os.getpid(), self.setup), daemon=True
        )
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._team.append(worker)
        return worker

    def _hear(self, timeout: float) -> Iterator[Outcome | None]:
        busy = {w.pipe: w for w in self._team if w.task}
        ready = wait(list(busy), timeout)
        if not ready:
            yield None
        for pipe in ready:
            worker = busy[pipe]  # type: ignore[index]
            task = worker.task
            assert task is not None
            try:
                kind, content = worker.pipe.recv()
            except (EOFError, OSError):
                yield Failed(task, self._bury(worker))
                continue
            if kind != "said":
                worker.task = None
            if kind == "failed":
                yield Failed(task, *content)
            else:
                yield Said(task, content) if kind == "said" else Done(task, content)

    def _bury(self, worker: _Worker) -> StudioError:
        worker.process.join()
        worker.pipe.close()
        self._team.remove(worker)
        code = worker.process.exitcode or 0
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return WorkFailed(f"the worker process died ({how})")


def _serve(pipe: Connection, parent: int, setup: Callable[[], None] | None) -> None:
    """Run tasks until the pipe closes."""
    _die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if setup:
        setup()
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        try:
            value = function(*arguments, lambda message: pipe.send(("said", message)))
            pipe.send(("done", value))
        except StudioError as error:
            pipe.send(("failed", (error, "")))
        except MemoryError:
            pipe.send(("failed", (WorkFailed("memory ran out"), traceback.format_exc())))
        except OSError as error:
            pipe.send(("failed", (_translate(error), traceback.format_exc())))
        except Exception as error:  # a bug must cost one task, and be named as one
            said = WorkFailed(f"unexpected {type(error).__name__}: {error}")
            pipe.send(("failed", (said, traceback.format_exc())))


def _translate(error: OSError) -> StudioError:
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutOfRoom(f"{where}the disk is full", hint="free some space, then run it again")
    return WorkFailed(f"{where}{error.strerror or error}")


def _die_with(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends, however it ends."""
    pr_set_pdeathsig = 1
    try:
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:
        os._exit(1)
