"""``animstudio jobs logs`` and ``jobs wait``."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, BinaryIO, TextIO

from cyclopts import Parameter
from cyclopts.validators import Number

from animstudio.cli.jobs_queue import Selected, States, Tags, Tmux, one, queue
from animstudio.cli.jobs_tmux import window
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import write_json
from animstudio.jobs.api import Queue
from animstudio.kernel.errors import FAILED, OK, WorkFailed

_LOOK = 0.2
"""Seconds between two looks at a log that is followed."""
_BLOCK = 1 << 16
_ENDS = re.compile(rb"\r\n|\r|\n")
_LONGEST = 1 << 16
"""Bytes of a log that are one object at most."""


def logs(
    job: str = "last",
    *,
    follow: Annotated[bool, Parameter(name=["--follow", "-f"], negative="")] = False,
    attempt: int | None = None,
    lines: Annotated[int | None, Parameter(name=["--lines", "-n"], validator=Number(gte=0))] = None,
    tmux: Tmux = False,
    as_json: Json = False,
) -> None:
    """Write what a job wrote; --json writes an object for each line of it.

    For example:

        animstudio jobs logs 7 -f
        animstudio jobs logs last -n 20

    Parameters
    ----------
    job
        The job.
    follow
        Go on until the job is over.
    attempt
        One of its attempts; the last one unless given.
    lines
        Only the last lines of what there is.
    """
    here = queue()
    number = one(here, job)
    if tmux:
        shown = window(number)
        if as_json:
            write_json({"job": number, "attach": shown})
        say(f"look at it: {shown}")
        return
    while follow and not here.job(number).attempts and not here.job(number).over:
        time.sleep(_LOOK)
    found = here.job(number)
    path = here.log_of(found, attempt)
    if not path.is_file() and not follow:
        raise WorkFailed(f"{path}: job {number} has written nothing")
    told = Lines({"job": number, "attempt": attempt or found.attempts}, sys.stdout)
    write = told.feed if as_json else sys.stdout.buffer.write
    _show(here, number, path, follow, lines, write)
    told.end()


def _show(
    here: Queue, number: int, path: Path, follow: bool, lines: int | None,
    write: Callable[[bytes], object],
) -> None:  # fmt: skip
    position = None
    while True:
        over = here.job(number).over  # asked before reading: nothing written until then is lost
        if path.is_file():
            with path.open("rb") as file:
                if position is None:
                    position = 0 if lines is None else _last(file, lines)
                file.seek(position)
                while data := file.read(1 << 20):
                    write(data)
                position = file.tell()
        sys.stdout.flush()
        if over or not follow:
            return
        time.sleep(_LOOK)


class Lines:
    """Writes a log as objects, one for each line, however binary it is and however long they are.

    A carriage return ends a line, too: bars have no other.
    """

    def __init__(self, head: Mapping[str, object], out: TextIO) -> None:
        self._head, self._out, self._rest = head, out, b""

    def feed(self, data: bytes) -> None:
        """Take in more of the log."""
        # What follows a carriage return may be the line end that belongs to it: it is waited for.
        held = data[-1:] == b"\r"
        *lines, self._rest = _ENDS.split(self._rest + (data[:-1] if held else data))
        self._rest += b"\r" if held else b""
        for line in lines:
            self._write(line)
        while len(self._rest) > _LONGEST:
            self._write(self._rest[:_LONGEST])
            self._rest = self._rest[_LONGEST:]
        self._out.flush()

    def end(self) -> None:
        """Write what has no line end yet."""
        if self._rest:
            self._write(self._rest.removesuffix(b"\r"))
        self._rest = b""

    def _write(self, line: bytes) -> None:
        text = line.decode(errors="replace")
        self._out.write(f"{json.dumps({**self._head, 'line': text}, ensure_ascii=False)}\n")


def _last(file: BinaryIO, lines: int) -> int:
    """Return where the last lines of a file begin; it may be larger than memory."""
    end = position = file.seek(0, os.SEEK_END)
    if not lines:
        return end
    while position:
        start = max(0, position - _BLOCK)
        file.seek(start)
        block = file.read(position - start)
        if position == end:
            block = block.removesuffix(b"\n")  # that of the last line itself
        for _ in range(block.count(b"\n")):
            block = block[: block.rindex(b"\n")]
            lines -= 1
            if not lines:
                return start + len(block) + 1
        position = start
    return 0


def wait(
    jobs: Selected = [],  # noqa: B006
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    as_json: Json = False,
) -> int:
    """Wait until jobs are over, and end with their code: 0 if all succeeded.

    For example:

        animstudio jobs wait last
        animstudio jobs wait --tag night && shutdown
    """
    here = queue()
    found = here.wait(here.select(jobs, state, tag))
    if as_json:
        write_json([{"id": job, "state": word, "code": code} for job, word, code in found])
    failed = [(job, word, code) for job, word, code in found if word != "completed"]
    for job, word, code in failed:
        say(f"job {job} {word}" + (f" with code {code}" if code is not None else ""))
    if not failed:
        return OK
    return failed[0][2] or FAILED if len(found) == 1 else FAILED
