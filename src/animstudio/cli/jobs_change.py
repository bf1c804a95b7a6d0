"""``animstudio jobs cancel``, ``pause`` and the like: what people do to jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from animstudio.cli import jobs_show
from animstudio.cli.jobs_queue import Selected, States, Tags, queue
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import write_json
from animstudio.jobs.api import Queue
from animstudio.jobs.spec import priority_of
from animstudio.kernel.errors import WorkFailed


def cancel(
    jobs: Selected = [],  # noqa: B006
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Cancel jobs: TERM, time to end cleanly, then KILL, to all their processes.

    For example:

        animstudio jobs cancel 5
        animstudio jobs cancel all --state queued
    """
    _tell(jobs, state, tag, lambda here, ids: here.cancel(ids), "cancelled", as_json)


def pause(
    jobs: Selected = [],  # noqa: B006
    *,
    how: Literal["freeze", "checkpoint", "requeue"] = "freeze",
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Pause jobs, one of three ways; `resume` lets them go on.

    Parameters
    ----------
    how
        freeze: they stop where they are, and keep all they hold, memory of the card included.
        checkpoint: they are sent their signal to save and end. requeue: they are just ended.
    """
    done = _tell(jobs, state, tag, lambda here, ids: here.pause(ids, how), "paused", as_json)
    with queue().reading() as reader:
        frozen = [job for job in reader.jobs(done) if getattr(job.state, "how", "") == "freeze"]
    if any(job.order.need.gpus for job in frozen):
        say("frozen jobs keep their memory on the card; --how checkpoint gives it back")


def resume(
    jobs: Selected = [],  # noqa: B006
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Let paused jobs go on."""
    _tell(jobs, state, tag, lambda here, ids: here.resume(ids), "resumed", as_json)


def hold(
    jobs: Selected = [],  # noqa: B006
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Keep waiting jobs from beginning, until `release`."""
    _tell(jobs, state, tag, lambda here, ids: here.hold(ids), "held", as_json)


def release(
    jobs: Selected = [],  # noqa: B006
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Let held jobs begin."""
    _tell(jobs, state, tag, lambda here, ids: here.release(ids), "released", as_json)


def retry(
    jobs: Selected = [],  # noqa: B006
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Queue failed and cancelled jobs again, with all their retries."""
    _tell(jobs, state, tag, lambda here, ids: here.retry(ids), "queued again", as_json)


def rm(
    jobs: Selected = [],  # noqa: B006
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Forget jobs that are over, and delete their logs. Their results stay."""
    _tell(jobs, state, tag, lambda here, ids: here.remove(ids), "removed", as_json)


def priority(value: str, jobs: Selected, *, as_json: Json = False) -> None:
    """Give waiting jobs another priority.

    Parameters
    ----------
    value
        low, normal, high, critical, or 0 to 20: higher sooner.
    """
    number = priority_of(value)
    _tell(
        jobs, [], [], lambda here, ids: here.prioritise(ids, number), f"priority {number}", as_json
    )


def _tell(
    words: list[str], states: list[str], tags: list[str],
    act: Callable[[Queue, Sequence[int]], list[int]], word: str, as_json: bool,
) -> list[int]:  # fmt: skip
    """Do it, tell of which jobs it is so now, and return these. Raises WorkFailed for none."""
    here = queue()
    asked = here.select(words, states, tags)
    done = act(here, asked) if asked else []
    if as_json:
        write_json({"changed": done, "unchanged": sorted(set(asked) - set(done))})
    jobs_show.said(done, asked, word)
    if not done:
        raise WorkFailed("nothing changed: no job was in a state for that")
    return done
