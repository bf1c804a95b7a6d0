"""How jobs are ordered and admitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from animstudio.jobs.schedule.state import Strategy
from animstudio.kernel.sizes import Size
from animstudio.kernel.spec import RUNTIME, Seconds, Spec

Positive = Annotated[float, Field(gt=0)]


class ScheduleSpec(Spec):
    """How waiting jobs are ordered, and when one may go before another."""

    strategy: Annotated[Strategy, RUNTIME] = "priority"
    """Which job comes first."""
    priority_worth: Annotated[Seconds, RUNTIME] = 3600.0
    """Seconds of waiting that outweigh one step of priority, so that nobody waits for ever."""
    aging: Annotated[Positive, RUNTIME] = 0.5
    """shortest_job_first: seconds that a job counts as shorter for each second it waited."""
    half_life: Annotated[Positive, RUNTIME] = 86400.0
    """fair_share: seconds after which use counts half."""
    shares: Annotated[Mapping[str, Positive], RUNTIME] = Field(default_factory=dict)
    """fair_share: what users are due; 1 for those not named."""
    backfill: Annotated[bool, RUNTIME] = True
    """Let later jobs start where they do not delay the first one that waits for room."""
    patience: Annotated[Seconds, RUNTIME] = 6 * 3600.0
    """Seconds after which no guess of a runtime lets a job go before one that waits for room."""
    unknown: Annotated[Positive, RUNTIME] = 3600.0
    """Seconds that a job is guessed to take when nothing like it ever ran."""
    tolerated: Annotated[Size, RUNTIME] = 1 << 30
    """Bytes that strangers may use of a card that is to be a job's own: a desktop needs some."""
    look_ahead: Annotated[int, Field(ge=1), RUNTIME] = 1000
    """Waiting jobs that one decision looks at; those that are like one without room are free."""
