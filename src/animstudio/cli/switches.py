"""Flags that commands of every kind share. Nothing of any wing is loaded for them."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from animstudio.kernel.guard import GuardSpec

Limits = Annotated[GuardSpec, Parameter(name="*", group="Guard")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Write JSON to stdout.")]
Resume = Annotated[
    bool,
    Parameter(negative="", help="Go on from what stands; always so, unless --fresh is given."),
]
Model = Annotated[str, Parameter(name="--embedding-model")]
