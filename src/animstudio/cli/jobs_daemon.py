"""``animstudio jobs daemon``, ``drain``, ``export`` and ``import``: the queue as a whole."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from animstudio.cli import jobs_unit
from animstudio.cli.jobs_queue import environment, queue, settings
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import write_json
from animstudio.jobs.daemon.host import promised
from animstudio.jobs.exchange.files import read_jobs
from animstudio.jobs.exchange.ours import exported
from animstudio.jobs.schedule.state import Strategy
from animstudio.jobs.spare import Spare
from animstudio.jobs.training import training_command
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import write_atomic

app = App(name="daemon", help="The process behind the queue; the first command starts it.")
Switch = Annotated[bool, Parameter(negative="")]


@app.command
def start(*, as_json: Json = False) -> None:
    """Start the daemon, if it does not run."""
    found: dict[str, Any] = queue().client.ask("ping")
    if as_json:
        write_json(found)
    else:
        sys.stdout.write(f"{found['pid']}\n")


@app.command
def stop(*, requeue: Switch = False, as_json: Json = False) -> None:
    """End the daemon. Jobs that run go on, and the next daemon takes them over.

    Parameters
    ----------
    requeue
        End the jobs that run first, and queue them again for the next daemon.
    """
    ended = queue().stop(requeue=requeue)
    if as_json:
        write_json({"ended": bool(ended)})
    say("the daemon ended" if ended else "no daemon was running")


@app.command(name="status")
def daemon_status(*, as_json: Json = False) -> None:
    """Show the daemon."""
    here = queue().client
    if not here.running():
        raise WorkFailed("no daemon is running; any other command starts it")
    found: dict[str, Any] = here.ask("ping")
    if as_json:
        write_json(found)
    else:
        state = ", draining" if found["draining"] else ""
        sys.stdout.write(f"pid {found['pid']}, {found['at_work']} jobs at work{state}\n")


@app.command
def unit(*, write: Switch = False, as_json: Json = False) -> None:
    """Show a unit for systemd, which keeps the daemon running. It is never needed.

    Parameters
    ----------
    write
        Write it to the user's units, too. Nothing is enabled or started.
    """
    text = jobs_unit.text(settings().state, environment())
    path = jobs_unit.place(environment())
    if write:
        write_atomic(path, text)
    if as_json:
        write_json({"path": str(path), "written": write, "unit": text})
    elif not write:
        sys.stdout.write(text)
    if not write:
        return
    say(f"written to {path}")
    say(f"systemctl --user daemon-reload; systemctl --user enable --now {path.stem}")


def drain(*, end: Switch = False, as_json: Json = False) -> None:
    """Start no job any more; those that run go on. It holds until ended, over restarts, too.

    Parameters
    ----------
    end
        Start jobs again.
    """
    queue().drain(not end)
    if as_json:
        write_json({"draining": not end})
    say("jobs are started again" if end else "no job is started until: animstudio jobs drain --end")


def strategy(name: Strategy, *, as_json: Json = False) -> None:
    """Order waiting jobs another way. It holds until it is changed again.

    Parameters
    ----------
    name
        priority: higher ones first, and nobody waits for ever. fifo: in the order of submission.
        fair_share: who used less comes first. shortest_job_first: as their like took before.
    """
    queue().order_by(name)
    if as_json:
        write_json({"strategy": name})
    say(f"jobs are ordered by {name}")


def export(file: Path | None = None) -> None:
    """Write all jobs as JSON, to a file or to stdout.

    Parameters
    ----------
    file
        The file; stdout unless given.
    """
    with queue().reading() as reader:
        jobs = reader.jobs(reader.select(["all"]))
    text = exported(jobs)
    if file is None:
        sys.stdout.write(text)
    else:
        write_atomic(file.expanduser().absolute(), text)
        say(f"{len(jobs)} jobs written to {file}")


def import_(file: Path, *, as_json: Json = False) -> None:
    """Submit the jobs of an export that were not over; those submitted already are left out.

    Parameters
    ----------
    file
        What `export` wrote, or the jobs.db of the former training orchestrator.
    """
    found = settings()
    arrived = read_jobs(
        file, environment=environment(), host=promised(Spare.of(found).memory),
        training=partial(training_command, trainer=found.trainer, accelerate=found.accelerate),
    )  # fmt: skip
    ids = queue().submit_all(arrived.entries)
    if as_json:
        uuids = [uuid for uuid, _ in arrived.entries]
        write_json([{"id": job, "uuid": uuid} for job, uuid in zip(ids, uuids, strict=True)])
    else:
        sys.stdout.write("".join(f"{number}\n" for number in ids))
    for why in arrived.left_out:
        say(f"left out: {why}")
    say(f"{len(ids)} jobs are queued, {arrived.over} were over")
