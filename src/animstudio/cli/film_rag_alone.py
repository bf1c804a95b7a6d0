"""``animstudio film rag``: stage 3 over what stages 1 and 2 left."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime

from animstudio.cli.film_rag import RagRequest, run_rag
from animstudio.cli.prepared import prepared
from animstudio.cli.survey import ended_cleanly, monitoring
from animstudio.film.run.events import RunEnded, RunStarted
from animstudio.film.run.later import LaterEnded
from animstudio.film.run.summary import execution_metadata, write_json
from animstudio.kernel.errors import FAILED, OK
from animstudio.kernel.events import EventLog
from animstudio.kernel.files import make_folder
from animstudio.kernel.guard import Guard, GuardSpec
from animstudio.kernel.hold import held
from animstudio.kernel.ledger import Ledger
from animstudio.kernel.progress_views import Events, board_for


def rag_alone(request: RagRequest, guard: GuardSpec, *, as_json: bool) -> int:
    """Run stage 3, show how it goes, and return the exit code.

    Raises AskedWrongly where stage 1 left no list of films, WorkFailed when another run holds
    the folder.
    """
    out = request.out
    films = [str(entry["film"]) for entry in prepared(out)["films"]]
    home = Ledger(out).home
    make_folder(home)
    with ended_cleanly(), held(home), EventLog(out / "logs" / "events.jsonl") as events:
        events.write(RunStarted(name=request.name, stages=["rag"], films=films))
        started = datetime.now(UTC)
        _note(request, started, "running")
        status = "interrupted"
        try:
            watcher = Guard(out, guard, emit=events.write)
            board = board_for(sys.stderr, os.environ, Events(events.write))
            with monitoring(out, request.monitor), board as reporter:
                ended = run_rag(request, watcher, reporter)
            status = f"failed: {ended.problem}" if ended.problem else "completed"
        finally:
            with suppress(OSError):  # the disk may be what failed
                _note(request, started, status)
            events.write(RunEnded(status=status, failed=[]))
    return _conclude(ended, as_json)


def _note(request: RagRequest, started: datetime, status: str) -> None:
    """Say in ``execution_metadata.json`` that the stage goes on, or how it ended."""
    content = execution_metadata(
        request.name, started=started,
        ended=None if status == "running" else datetime.now(UTC),
        status=status.partition(":")[0], stages={"rag": status},
    )  # fmt: skip
    write_json(request.out / "execution_metadata.json", content)


def _conclude(ended: LaterEnded, as_json: bool) -> int:
    if not as_json:
        sys.stdout.write(f"{ended.told}\n")
    elif ended.summary:
        sys.stdout.write(ended.summary.read_text(encoding="utf-8"))
    else:
        sys.stderr.write(f"{ended.told}\n")
    return FAILED if ended.problem else OK
