"""Specs: the one home of a stage's options, their defaults, ranges and help.

Flags, YAML keys, JSON Schema and the reference are generated from them. A
spec's fingerprint says which options a result depends on; fields marked
``RUNTIME`` (workers, batch size) change how work is done and never what comes
out, so they stay out of it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

RUNTIME: Final = "animstudio-runtime-field"

EXISTING: Final = "animstudio-existing-path"
"""Marks a path field, ``Annotated[Path, EXISTING]``, that names something already there."""

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
        runtime = {
            name for name, field in type(self).model_fields.items() if RUNTIME in field.metadata
        }
        options = self.model_dump(mode="json", exclude=runtime)
        return hashlib.sha256(canonical_json(options).encode()).hexdigest()


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
