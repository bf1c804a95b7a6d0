"""``animstudio jobs events``: what happened in the queue, as it was written down."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from animstudio.cli import jobs_show
from animstudio.cli.jobs_queue import Selected, States, Tags, queue
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.jobs.events import (
    JobAlarm,
    JobCancelled,
    JobEnded,
    JobStarted,
    coming_events,
    history,
)
from animstudio.kernel.events import Event


def events(
    jobs: Selected = [],  # noqa: B006
    *,
    state: States = [],  # noqa: B006
    tag: Tags = [],  # noqa: B006
    follow: Annotated[bool, Parameter(name=["--follow", "-f"], negative="")] = False,
    lines: Annotated[int | None, Parameter(name=["--lines", "-n"], validator=Number(gte=0))] = None,
    as_json: Json = False,
) -> None:
    """Show what happened: starts, ends and alarms of all jobs, or of those that are named.

    For example:

        animstudio jobs events -n 20
        animstudio jobs events --tag night -f

    Parameters
    ----------
    follow
        Wait for more, until Ctrl-C.
    lines
        Only the last lines of what there is.
    """
    here = queue()
    wanted = set(here.select(jobs, state, tag)) if jobs or state or tag else None
    here.client.start()
    coming = _of(wanted, coming_events(here.folder)) if follow else iter(())
    stood = deque(_of(wanted, history(here.folder)), maxlen=lines)
    if not (stood or follow):
        say("nothing happened yet")
    for event in chain(stood, coming):
        sys.stdout.write(f"{event.model_dump_json() if as_json else told(event)}\n")
        sys.stdout.flush()


def told(event: Event) -> str:
    """Return an event as a line for people."""
    match event:
        case JobStarted():
            cards = f" on {', '.join(event.devices)}" if event.devices else ""
            text = f"{_who(event)} started{cards}"
        case JobEnded():
            code = f" with code {event.code}" if event.code else ""
            why = f": {event.reason}" if event.reason else ""
            now = f"; it is {event.state} now" if event.state != event.outcome else ""
            how = jobs_show.OUTCOMES.get(event.outcome, event.outcome)
            text = f"{_who(event)} {how}{code}{now}{why}"
        case JobCancelled():
            text = f"job {event.job} ({_name(event)}) was cancelled while it waited: {event.reason}"
        case JobAlarm():
            stopped = "; it is ended for that" if event.stopped else ""
            text = f"{_who(event)} {event.trouble}: {event.message}{stopped}"
        case _:
            text = event.type
    return f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}  {text}"


def _who(event: JobStarted | JobEnded | JobAlarm) -> str:
    again = f", attempt {event.attempt}" if event.attempt > 1 else ""
    return f"job {event.job} ({_name(event)}{again})"


def _name(event: JobStarted | JobEnded | JobAlarm | JobCancelled) -> str:
    return f"{event.name} {event.place}".rstrip()


def _of(wanted: set[int] | None, events: Iterator[Event]) -> Iterator[Event]:
    return (each for each in events if wanted is None or getattr(each, "job", None) in wanted)
