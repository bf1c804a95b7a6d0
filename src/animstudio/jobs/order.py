"""What was asked for: a command, what it needs, when it may run, and what is done if it fails."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from animstudio.jobs.schedule.state import Condition, Need

PRIORITIES = {"low": 2, "normal": 5, "high": 10, "critical": 20}
"""The names of priorities; any number from 0 to 20 may stand in their place, higher sooner."""


@dataclass(frozen=True, slots=True)
class After:
    """Wait for another job, named by its id or by the UUID it was submitted with.

    ``5_all``, ``5_3`` and ``5_3-7`` are jobs of an array: all of these are waited for.
    """

    job: int | str
    condition: Condition = "ok"


@dataclass(frozen=True, slots=True)
class Part:
    """A job's place in an array (``jobs.array``).

    array:   what its jobs have in common: the UUID they were submitted with.
    at_most: how many of them may run at the same time; None: as many as there is room for.
    """

    array: str
    index: int
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. Bytes and seconds; None: no limit, or not given.

    argv:       the command, never given to a shell.
    env:        the job's whole environment but for what the queue adds.
    expected:   how long its submitter thinks it takes.
    signature:  what jobs that take equally long, and as much memory, have in common.
    kind:       what to guess from where the signature never ran.
    retries:    how often it is tried again after a failure, `backoff` seconds later, doubled
                each time.
    resumable:  whether it goes on by itself from what it saved, when it is started again.
    checkpoint: number of the signal on which it saves and ends.
    grace:      seconds between TERM and KILL.
    follow:     how its log is followed, as far as that was said (``follow.spec``).
    part:       its place in an array; None for a job of its own.
    """

    name: str
    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    need: Need
    user: str
    priority: int
    tags: tuple[str, ...]
    after: tuple[After, ...]
    retries: int
    backoff: float
    timeout: float | None
    expected: float | None
    grace: float
    checkpoint: int
    resumable: bool
    hold: bool
    log: str | None
    output: str | None
    signature: str
    kind: str
    follow: Mapping[str, Any] = field(default_factory=dict)
    part: Part | None = None

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | Mapping[str, Any]) -> Order:
        """Return the order of such a line.

        Raises ValueError, KeyError or TypeError where it is none.
        """
        found = dict(json.loads(text)) if isinstance(text, str) else dict(text)
        order = cls(
            **found
            | {
                "argv": tuple(str(word) for word in found["argv"]),
                "tags": tuple(found["tags"]),
                "need": Need(**found["need"]),
                "after": tuple(After(**after) for after in found["after"]),
                "part": Part(**found["part"]) if found.get("part") else None,
            }
        )
        signal.Signals(order.checkpoint)
        if not order.argv or not 0 <= order.priority <= 20:
            raise ValueError("an order needs a command, and a priority from 0 to 20")
        if order.part and not (order.part.index >= 0 and (order.part.at_most or 1) > 0):
            raise ValueError("an index is 0 or more, and so many may run at once")
        if any("\0" in word for word in order.argv):
            raise ValueError("no argument can hold a zero byte")
        return order

    def with_after(self, after: tuple[After, ...]) -> Order:
        """Return it with other dependencies."""
        return replace(self, after=after)
