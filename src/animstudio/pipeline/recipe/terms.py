"""How often and how long a stage may try."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from animstudio.kernel.durations import Duration
from animstudio.kernel.spec import Spec


class Terms(Spec):
    """How often and how long a stage may try, and what its failure means."""

    timeout: Duration | None = None
    """Seconds for one attempt of one item from when it begins, or as 10m."""
    retries: Annotated[int, Field(ge=0, le=100)] = 0
    """Further attempts after one that failed."""
    on_failure: Literal["stop", "continue"] = "continue"
    """Whether the rest of the run goes on when an item of it has failed."""
    temp: bool = False
    """Whether its results may be removed once every consumer has committed."""
