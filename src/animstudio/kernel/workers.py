"""Worker processes: one task each at a time, and a death costs one task.

Workers are started by spawn, ignore Ctrl-C (whoever started them ends them), and die with
their parent, so nothing keeps writing after a killed run. What a worker's death means for its
task, whoever gave it decides.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from animstudio.kernel.errors import OutOfRoom, StudioError, WorkFailed
from animstudio.kernel.serve import serve

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
    """A task that raised, or whose worker died. `trace` is for the log.

    `died` names how the worker died, such as SIGKILL; empty when the task raised.
    """

    task: Task
    error: StudioError
    trace: str = ""
    died: str = ""


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
    """At most `count` processes working through a queue of tasks, in order.

    `setup` runs in each worker before its first task. While no process can be started, that is
    tried again every `pulse` seconds.
    """

    count: int
    setup: Callable[[], object] | None = None
    pulse: float = 1.0
    _queue: deque[Task] = field(default_factory=deque)
    _team: list[_Worker] = field(default_factory=list)

    def submit(self, task: Task) -> None:
        """Queue a task."""
        self._queue.append(task)

    @property
    def running(self) -> list[Task]:
        """The tasks at work."""
        return [worker.task for worker in self._team if worker.task]

    @property
    def waiting(self) -> int:
        """How many tasks wait for a worker."""
        return len(self._queue)

    def hear(self, patience: float) -> list[Outcome]:
        """Start what waits, and return what happened, after `patience` seconds at most.

        Idle workers are kept: see `dismiss`. Raises OutOfRoom when no process can be started and
        none is at work.
        """
        self._start_ready()
        if not self.running:
            time.sleep(patience if not self._queue else min(patience, self.pulse))
            return []
        heard = self._hear(patience)
        while more := self._hear(0) if heard and self.running else []:
            heard += more
        return heard

    def end(self, name: str) -> bool:
        """End the worker that is at a task, or take the task out of the queue; it says no more."""
        for worker in self._team:
            if worker.task and worker.task.name == name:
                worker.process.kill()
                self._bury(worker)
                return True
        left = deque(task for task in self._queue if task.name != name)
        found, self._queue = len(left) < len(self._queue), left
        return found

    def dismiss(self) -> None:
        """Give the memory of idle workers back."""
        for worker in [w for w in self._team if w.task is None]:
            worker.process.kill()
            self._bury(worker)

    def stop(self) -> None:
        """End every worker now. Their unfinished tasks leave nothing behind but drafts."""
        for worker in self._team:
            worker.process.kill()
        for worker in self._team:
            worker.process.join()
            worker.pipe.close()
        self._team.clear()

    def _start_ready(self) -> None:
        while self._queue and len(self.running) < self.count:
            worker = next((w for w in self._team if w.task is None), None) or self._hire()
            if worker is None:
                return
            try:
                worker.pipe.send((self._queue[0].function, self._queue[0].arguments))
            except OSError:  # it died while it had nothing to do: the next one takes the task
                self._bury(worker)
                continue
            worker.task = self._queue.popleft()

    def _hire(self) -> _Worker | None:
        """Start a process; None if there is no room for one now, but work that will end."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, os.getpid(), self.setup), daemon=True)
        worker = _Worker(process, ours)
        with uninterrupted():
            try:
                process.start()
                self._team.append(worker)
            except OSError as error:
                ours.close()
                if self.running:
                    return None
                raise OutOfRoom(f"no worker process can be started: {error.strerror}") from error
            finally:
                theirs.close()
        return worker

    def _hear(self, patience: float) -> list[Outcome]:
        busy = {w.pipe: w for w in self._team if w.task}
        heard: list[Outcome] = []
        for pipe in wait(list(busy), patience):
            worker = busy[pipe]  # type: ignore[index]
            task = worker.task
            assert task is not None
            try:
                kind, content = worker.pipe.recv()
            except (EOFError, OSError):
                heard.append(_mourned(task, self._bury(worker)))
                continue
            if kind != "said":
                worker.task = None
            if kind == "failed":
                heard.append(Failed(task, *content))
            else:
                heard.append(Said(task, content) if kind == "said" else Done(task, content))
        return heard

    def _bury(self, worker: _Worker) -> int:
        """Forget a worker that is dead or dying; return its exit code."""
        worker.process.join()
        worker.pipe.close()
        self._team.remove(worker)
        return worker.process.exitcode or 0


def _mourned(task: Task, code: int) -> Failed:
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return Failed(task, WorkFailed(f"the worker process died ({how})"), "", how)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back while something goes on that must not stop halfway.

    While a process is started, none is lost sight of: Ctrl-C is blocked besides, which the child
    inherits until it can ignore it by itself.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        kind: signal.signal(kind, lambda number, frame: came.append(number))
        for kind in (signal.SIGINT, signal.SIGTERM)
    }
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for kind, handler in before.items():
            signal.signal(kind, handler)
        for number in came:
            signal.raise_signal(number)
