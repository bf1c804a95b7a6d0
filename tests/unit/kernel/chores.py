"""What workers are given to do in tests; imported by name in their processes."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from animstudio.kernel.errors import UnreadableFilm

Report = Callable[[object], None]


def double(number: int, report: Report) -> int:
    return 2 * number


def chatter(count: int, report: Report) -> str:
    for number in range(count):
        report(number)
    return "said"


def process_id(report: Report) -> int:
    return os.getpid()


def die(by: int, report: Report) -> None:
    os.kill(os.getpid(), by)


def outlive(by: int, report: Report) -> str:
    os.kill(os.getpid(), by)
    return "alive"


def leave(code: int, report: Report) -> None:
    os._exit(code)


def fail(kind: str, report: Report) -> None:
    raise {
        "film": UnreadableFilm(Path("a.mp4"), "is a text file", hint="look"),
        "disk": OSError(errno.ENOSPC, "No space left on device", "/out/a.wav"),
        "file": FileNotFoundError(errno.ENOENT, "No such file or directory", "a.mp4"),
        "memory": MemoryError(),
        "bug": ZeroDivisionError("division by zero"),
    }[kind]


def unpicklable(report: Report) -> object:
    return lambda: None


def wait_for(path: Path, report: Report) -> str:
    report(os.getpid())
    until = time.monotonic() + 60
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.01)
    return "seen"


def note_setup() -> None:
    os.environ["SET_UP"] = "yes"


def read_setup(report: Report) -> str:
    return os.environ.get("SET_UP", "no")


def refuse_setup() -> None:
    os._exit(3)
