"""``animstudio jobs``: a queue for long work, trusted overnight."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Literal

from cyclopts import App

from animstudio.cli import jobs_daemon, jobs_log, jobs_monitor, jobs_show, jobs_submit
from animstudio.cli.jobs_queue import Selected, States, Tags, queue
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import show_table, write_json
from animstudio.jobs.api import Queue
from animstudio.jobs.job import Pending, Queued, name_of
from animstudio.jobs.spec import Priority
from animstudio.jobs.store.record import record
from animstudio.kernel.errors import WorkFailed

app = App(name="jobs", help="A queue for long work on this machine, trusted overnight.")
app.command(jobs_submit.submit)
app.command(jobs_submit.batch)
app.command(jobs_log.logs)
app.command(jobs_log.wait)
app.command(jobs_monitor.monitor)
app.command(jobs_monitor.checkpoints)
app.command(jobs_daemon.app, name="daemon")
app.command(jobs_daemon.drain)
app.command(jobs_daemon.strategy)
app.command(jobs_daemon.export)
app.command(jobs_daemon.import_, name="import")


@app.command(name="list")
def list_(
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    limit: int = 50,
    as_json: Json = False,
) -> None:
    """Show jobs: those at work first, then those that wait, then the latest that are over.

    Parameters
    ----------
    limit
        Jobs at most.
    """
    with queue().reading() as reader:
        found, counts = reader.latest(limit, state, tag), reader.counts()
        seen = reader.seen([job.id for job in found if job.attempts])
    if as_json:
        write_json([record(job, seen.get(job.id)) for job in found])
    else:
        jobs_show.show_jobs(found, counts, seen)


@app.command
def status(job: str | None = None, *, as_json: Json = False) -> None:
    """Show all about one job; without one, how many are in each state.

    Parameters
    ----------
    job
        The job: 5, last, or a name.
    """
    here = queue()
    if job is None:
        with here.reading() as reader:
            counts = reader.counts()
        if as_json:
            write_json(counts)
        else:
            show_table(["state", "jobs"], [[word, str(count)] for word, count in counts.items()])
        return
    with here.reading() as reader:
        for number in reader.select([job]):
            found = reader.jobs([number])[0]
            seen = reader.seen([number]).get(number)
            attempts, others = reader.attempts(number), reader.waits_for(number)
            if as_json:
                write_json(record(found, seen) | {"tries": [asdict(each) for each in attempts]})
            else:
                jobs_show.show_job(found, attempts, others, seen)


@app.command
def cancel(jobs: Selected = [], *, state: States = [], tag: Tags = []) -> None:  # noqa: B006
    """Cancel jobs: TERM, time to end cleanly, then KILL, to all their processes.

    For example:

        animstudio jobs cancel 5
        animstudio jobs cancel all --state queued
    """
    _tell(jobs, state, tag, lambda here, ids: here.cancel(ids), "cancelled")


@app.command
def pause(
    jobs: Selected = [],  # noqa: B006
    *,
    how: Literal["freeze", "checkpoint", "requeue"] = "freeze",
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
) -> None:
    """Pause jobs, one of three ways; `resume` lets them go on.

    Parameters
    ----------
    how
        freeze: they stop where they are, and keep all they hold, memory of the card included.
        checkpoint: they are sent their signal to save and end. requeue: they are just ended.
    """
    _tell(jobs, state, tag, lambda here, ids: here.pause(ids, how), f"paused ({how})")
    if how == "freeze":
        say("frozen jobs keep their memory on the card; --how checkpoint gives it back")


@app.command
def resume(jobs: Selected = [], *, state: States = [], tag: Tags = []) -> None:  # noqa: B006
    """Let paused jobs go on."""
    _tell(jobs, state, tag, lambda here, ids: here.resume(ids), "resumed")


@app.command
def hold(jobs: Selected = [], *, state: States = [], tag: Tags = []) -> None:  # noqa: B006
    """Keep waiting jobs from beginning, until `release`."""
    _tell(jobs, state, tag, lambda here, ids: here.hold(ids), "held")


@app.command
def release(jobs: Selected = [], *, state: States = [], tag: Tags = []) -> None:  # noqa: B006
    """Let held jobs begin."""
    _tell(jobs, state, tag, lambda here, ids: here.release(ids), "released")


@app.command
def retry(jobs: Selected = [], *, state: States = [], tag: Tags = []) -> None:  # noqa: B006
    """Queue failed and cancelled jobs again, with all their retries."""
    _tell(jobs, state, tag, lambda here, ids: here.retry(ids), "queued again")


@app.command
def rm(jobs: Selected = [], *, state: States = [], tag: Tags = []) -> None:  # noqa: B006
    """Forget jobs that are over, and delete their logs. Their results stay."""
    _tell(jobs, state, tag, lambda here, ids: here.remove(ids), "removed")


@app.command
def priority(value: Priority, jobs: Selected) -> None:
    """Give waiting jobs another priority.

    Parameters
    ----------
    value
        0 to 20, higher sooner.
    """
    _tell(jobs, [], [], lambda here, ids: here.prioritise(ids, value), f"priority {value}")


def _tell(
    words: list[str], states: list[str], tags: list[str],
    act: Callable[[Queue, Sequence[int]], list[int]], word: str,
) -> None:  # fmt: skip
    here = queue()
    asked = here.select(words, states, tags)
    done = act(here, asked) if asked else []
    jobs_show.said(done, asked, word)
    if not done:
        raise WorkFailed("nothing changed: no job was in a state for that")


@app.command
def why(job: str = "last", *, as_json: Json = False) -> None:
    """Say why a job does not run: what it waits for, what holds that, and until when.

    Parameters
    ----------
    job
        The job: 5, last, or a name.
    """
    here = queue()
    number = here.select([job])[0]
    found = here.job(number)
    if isinstance(found.state, Queued):
        answer = here.why(number)
        text = jobs_show.why_text(found, answer, time.time())
    else:
        answer = {"waits_for": None, "state": name_of(found.state)}
        text = f"job {number} is {name_of(found.state)}"
        if isinstance(found.state, Pending):
            with here.reading() as reader:
                others = [each for each in reader.waits_for(number) if each[2] != "completed"]
            held = found.state.waits_for == "hold"
            named = ", ".join(f"job {other} ({state})" for other, _, state in others)
            text = f"job {number} waits for " + ("its release" if held else named)
            answer = {"waits_for": "release" if held else [other for other, _, _ in others]}
        elif reason := getattr(found.state, "reason", ""):
            text += f": {reason}"
    if as_json:
        write_json(answer)
    else:
        sys.stdout.write(f"{text}\n")


@app.command
def stats(*, by: Literal["user", "tag"] = "user", as_json: Json = False) -> None:
    """Show how jobs did: waits, runs, GPU hours, successes.

    Parameters
    ----------
    by
        A line for each user, or for each tag.
    """
    with queue().reading() as reader:
        found = reader.numbers(by)
    if as_json:
        write_json([asdict(numbers) for numbers in found])
    else:
        jobs_show.show_numbers(found, by)


@app.command
def gpus(*, as_json: Json = False) -> None:
    """Show the graphics cards, how busy they are, and who holds what of them."""
    from animstudio.cli.cards import book

    standings = book().standings()
    if as_json:
        write_json([asdict(standing) for standing in standings])
        return
    if not standings:
        say("no graphics card answers; jobs without --gpus run all the same")
        return
    rows = []
    for each in standings:
        card = each.device
        held = ", ".join(f"{lease.what}" for lease in each.leases)
        rows.append([
            str(card.index), card.name, f"{card.vram_used_mb or 0}/{card.vram_total_mb or 0} MB",
            "" if card.utilisation is None else f"{card.utilisation:.0f} %",
            "" if card.temperature is None else f"{card.temperature:.0f} C",
            "" if card.power is None else f"{card.power:.0f} W", held,
        ])  # fmt: skip
    show_table(["GPU", "name", "memory", "busy", "heat", "power", "held by"], rows)
