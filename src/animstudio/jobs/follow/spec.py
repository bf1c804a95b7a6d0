"""How a job is followed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from animstudio.kernel.durations import parse_duration
from animstudio.kernel.spec import RUNTIME, Seconds, Spec


class FollowSpec(Spec):
    """What is looked for in a job's log, and what is called trouble."""

    progress_pattern: Annotated[str, RUNTIME] = ""
    """Regular expression for a log nobody knows, such as ``(?P<step>\\d+) of (?P<total>\\d+)``."""
    stall: Annotated[Seconds, BeforeValidator(parse_duration), RUNTIME] = Field(
        default="30m", validate_default=True
    )
    """Silence, as 10m, of a log that told progress before, which is called a stall; 0: never."""
    divergence: Annotated[float, Field(gt=1), RUNTIME] = 3.0
    """Times its best mean that the loss's mean must reach to be called divergence."""
    stop_on: Annotated[frozenset[Literal["nan", "diverges", "stalls"]], RUNTIME] = frozenset()
    """Troubles that end the job; others are only told."""
