"""How a pipeline is run: settings that change no result."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from animstudio.kernel.spec import RUNTIME, Seconds, Spec


class PaceSpec(Spec):
    """How a pipeline is run; none of it changes a result."""

    workers: Annotated[int, Field(ge=1, le=64), RUNTIME] = 8
    """Items made at once; never more than the machine has processors."""
    patience: Annotated[Seconds, RUNTIME] = 600.0
    """Seconds to wait for room that others use, with nothing at work, before giving up."""
    backoff: Annotated[Seconds, RUNTIME] = 2.0
    """Seconds before a failed item is tried again; twice as many each further time."""
