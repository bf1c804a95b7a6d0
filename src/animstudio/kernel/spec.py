"""Specs: the one home of a stage's options, their defaults, ranges and help.

Flags, YAML keys, JSON Schema and the reference are generated from them. A
spec's fingerprint says which options a result depends on; fields marked
``RUNTIME`` (workers, batch size) change how work is done and never what comes
out, so they stay out of it.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

RUNTIME: Final = "animstudio-runtime-field"

EXISTING: Final = "animstudio-existing-path"
"""Marks a path field, ``Annotated[Path, EXISTING]``, that names something already there."""

FUNCTION: Final = "animstudio-function"
"""Marks a text field, ``Annotated[str, FUNCTION]``, that names a function, ``module:name``."""

Seconds = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Spec(BaseModel):
    """A frozen set of options. Unknown names and wrong types are refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_default=True,
        defer_build=True,
    )

    def fingerprint(self) -> str:
        """Return a digest of every option that can change the result."""
        return hashlib.sha256(canonical_json(self.semantic()).encode()).hexdigest()

    def semantic(self) -> dict[str, Any]:
        """Return every option that can change the result, as JSON values."""
        return self.model_dump(mode="json", exclude=_runtime(type(self)))


@cache
def _runtime(kind: type[Spec]) -> set[str]:
    return {name for name, field in kind.model_fields.items() if RUNTIME in field.metadata}


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return _encode(value)


_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
).encode
