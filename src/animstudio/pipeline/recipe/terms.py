"""How often and how long a stage may try."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from animstudio.kernel.spec import Spec

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)")


def parse_duration(value: object) -> object:
    """Return the seconds of a text such as ``90s``, ``10m`` or ``2h``. Raises ValueError."""
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip())
    if not found:
        raise ValueError("write seconds, or a time as 90s, 10m or 2h")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    Field(gt=0),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": "^[0-9]"},
            ]
        }
    ),
]


class Terms(Spec):
    """How often and how long a stage may try, and what its failure means."""

    timeout: Duration | None = None
    """Seconds for one attempt of one item, or as 10m."""
    retries: Annotated[int, Field(ge=0, le=100)] = 0
    """Further attempts after one that failed."""
    on_failure: Literal["stop", "continue"] = "continue"
    """Whether the rest of the run goes on when an item of it has failed."""
    temp: bool = False
    """Whether its results may be removed once every consumer has committed."""
