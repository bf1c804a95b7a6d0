"""Records of runs: a folder for each under the checkpoints, and a list of all of this user's."""

from __future__ import annotations

import json
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from animstudio.kernel.errors import AskedWrongly, WorkFailed, nearest
from animstudio.kernel.files import make_folder, write_atomic
from animstudio.pipeline.groups import started

Status = Literal["running", "completed", "failed", "interrupted", "killed"]
REGISTRY = "pipeline-runs.jsonl"


class RunRecord(BaseModel):
    """A run: ``run.json`` in its folder, and a line in the list of runs.

    `pid` and `began` (the kernel's ticks) name the process; `status` is what the run said last.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    recipe: str
    source: str = ""
    root: str
    home: str
    pid: int
    began: int
    started: datetime
    ended: datetime | None = None
    status: Status = "running"
    reason: str = ""
    counts: Mapping[str, int] = {}

    @property
    def folder(self) -> Path:
        """Where its events and logs lie."""
        return Path(self.home) / "runs" / self.id

    @property
    def events(self) -> Path:
        """Its event log."""
        return self.folder / "events.jsonl"

    @property
    def alive(self) -> bool:
        """Whether its process still lives."""
        lives = started(self.pid) == self.began != 0
        return self.ended is None and lives and not _zombie(self.pid)

    def write(self) -> None:
        """Write ``run.json``."""
        write_atomic(self.folder / "run.json", self.model_dump_json(indent=1) + "\n")


def run_id(now: datetime) -> str:
    """Return a name that sorts by its moment, to a quarter of a millisecond, and is no other's."""
    part = now.microsecond * 4096 // 1_000_000
    return f"{now:%Y%m%d-%H%M%S}-{part:03x}{secrets.randbelow(4096):03x}"


def new_run(recipe: str, source: Path | None, root: Path, home: Path, now: datetime) -> RunRecord:
    """Return the record of a run that begins now, in this process."""
    return RunRecord(
        id=run_id(now),
        recipe=recipe,
        source=str(source or ""),
        root=str(root),
        home=str(home),
        pid=os.getpid(),
        began=started(os.getpid()),
        started=now,
    )


def register(state: Path, run: RunRecord) -> None:
    """Add a run to the list in the user's state folder; one short line, one write."""
    make_folder(state)
    line = f"{run.model_dump_json()}\n".encode()
    handle = os.open(state / REGISTRY, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


def list_runs(state: Path, *, limit: int | None = None) -> list[RunRecord]:
    """Return the runs that this user began and whose folders stand, the latest first."""
    found: list[RunRecord] = []
    for listed in _listed(state):
        if limit is not None and len(found) >= limit:
            break
        if (run := _current(listed)) is not None:
            found.append(run)
    return found


def find_run(state: Path, name: str) -> RunRecord:
    """Return a run by its id, or by a beginning of it that is no other's. Raises AskedWrongly."""
    runs = {run.id: run for run in list_runs(state)}
    matching = [run for key, run in runs.items() if key == name or key.startswith(name)]
    if name in runs:
        return runs[name]
    if len(matching) != 1:
        many = f"; {len(matching)} begin so" if matching else nearest(name, runs)
        raise AskedWrongly(f"no run is called '{name}'{many}", hint="see the list of runs")
    return matching[0]


def cancel_run(
    state: Path,
    name: str,
    *,
    patience: float = 30.0,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> RunRecord:
    """Ask a live run to end cleanly, and wait for it; what is committed stays.

    Raises WorkFailed when it is not live, or does not end in `patience` seconds.
    """
    run = find_run(state, name)
    if not run.alive:
        raise WorkFailed(f"run {run.id} does not run any more: it was {run.status}")
    try:
        handle = os.pidfd_open(run.pid)
    except OSError as error:
        raise WorkFailed(f"run {run.id} ended just now") from error
    try:
        if not run.alive:  # the number could have become another's before it was opened
            raise WorkFailed(f"run {run.id} ended just now")
        signal.pidfd_send_signal(handle, signal.SIGTERM)
    except PermissionError as error:
        raise WorkFailed(f"run {run.id} belongs to someone else") from error
    finally:
        os.close(handle)
    until = clock() + patience
    while (lives := run.alive) and clock() < until:
        sleep(0.02)
    if lives:
        raise WorkFailed(f"run {run.id} was asked to end {patience:g} s ago, and has not")
    return _current(run) or run


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except OSError:
        return True


def _listed(state: Path) -> Iterator[RunRecord]:
    try:
        lines = (state / REGISTRY).read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in reversed(lines):
        try:
            yield RunRecord.model_validate(json.loads(line))
        except (ValueError, ValidationError):  # torn by a crash
            continue


def _current(listed: RunRecord) -> RunRecord | None:
    """Return what a run says of itself now; None when its folder is gone."""
    try:
        run = RunRecord.model_validate_json((listed.folder / "run.json").read_bytes())
    except (OSError, ValidationError):
        return None
    return as_it_is(run)


def as_it_is(run: RunRecord) -> RunRecord:
    """Return a run with what it could not say itself any more: that it was killed."""
    if run.ended is None and not run.alive:
        return run.model_copy(update={"status": "killed"})
    return run


def ended(
    run: RunRecord, status: Status, reason: str, counts: Mapping[str, int], now: datetime
) -> RunRecord:
    """Return the record of a run that ended, and write it."""
    done = run.model_copy(
        update={"status": status, "reason": reason, "counts": dict(counts), "ended": now}
    )
    done.write()
    return done


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
