"""``animstudio jobs list``, ``status``, ``why``, ``stats`` and ``gpus``: how the queue stands."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from animstudio.cli import jobs_array, jobs_show
from animstudio.cli.jobs_queue import States, Tags, queue
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import show_table, write_json
from animstudio.jobs.api import Queue
from animstudio.jobs.job import Pending, Queued, name_of
from animstudio.jobs.naming import named
from animstudio.jobs.store.record import record


def list_(
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    limit: Annotated[int, Parameter(validator=Number(gte=0))] = 50,
    as_json: Json = False,
) -> None:
    """Show jobs: those at work first, then those that wait, then the latest that are over.

    Jobs of an array that wait alike are one line.

    Parameters
    ----------
    limit
        Jobs at most; 0: all.
    """
    with queue().reading() as reader:
        alike = {} if as_json else reader.gathered(state, tag)
        found, counts = reader.latest(limit, state, tag, alike), reader.counts(state, tag)
        seen = reader.seen([job.id for job in found if job.attempts])
    if as_json:
        write_json([record(job, seen.get(job.id)) for job in found])
    else:
        jobs_show.show_jobs(found, seen, alike)
    if found:
        shown = sum(len(alike[job.id].indexes) if job.id in alike else 1 for job in found)
        say(jobs_show.totals(counts, shown))
    elif not as_json:
        say("no job is so" if state or tag else "no job; submit one: animstudio jobs submit -- ...")


def status(job: str | None = None, *, as_json: Json = False) -> None:
    """Show all about one job; without one, how many are in each state.

    Parameters
    ----------
    job
        The job: 5, last, or a name; 5_3 and 5_all, of an array.
    """
    here = queue()
    if job is not None and (place := named(job)) and len(ids := here.select([job])) > 1:
        jobs_array.show(here, place.array, ids, as_json=as_json)
        return
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


def why(job: str = "last", *, as_json: Json = False) -> None:
    """Say why a job does not run: what it waits for, what holds that, and until when.

    Parameters
    ----------
    job
        The job: 5, last, or a name.
    """
    here = queue()
    number = _waiting(here, job)
    found = here.job(number)
    if isinstance(found.state, Queued):
        answer = here.why(number)
        if found.state.reason:
            answer["last_try"] = found.state.reason
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


def _waiting(here: Queue, word: str) -> int:
    """Return the first of the jobs that a word names which waits; else the last of them."""
    with here.reading() as reader:
        ids = reader.select([word])
        for job in reader.jobs(ids):
            if isinstance(job.state, Queued | Pending):
                return job.id
    return ids[-1]


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
