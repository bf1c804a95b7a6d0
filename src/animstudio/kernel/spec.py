"""Specs: the one home of a stage's options, their defaults, ranges and help.

Flags, YAML keys, JSON Schema and the reference are generated from them. A
spec's fingerprint says which options a result depends on; fields marked
``RUNTIME`` (workers, batch size) change how work is done and never what comes
out, so they stay out of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
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


def _encoder() -> Callable[[object], str]:
    """Return what encodes; made once, where `json` would make it anew for every value.

    That costs four times as much as the encoding of an item's key. It is no documented part of
    `json`, so it is tried first, and where it does otherwise `json` is asked as usual.
    """
    usual = json.JSONEncoder(
        sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
    )
    probe = {"b": [1, 2.5, None, True], "a": "\n\u00fc"}
    inner: Any = json.encoder
    try:
        made: Callable[[object, int], Iterable[str]] = inner.c_make_encoder(
            None, usual.default, inner.c_encode_basestring, None, ":", ",", True, False, True
        )
        if "".join(made(probe, 0)) != usual.encode(probe):
            return usual.encode
    except (AttributeError, TypeError):
        return usual.encode
    return lambda value: "".join(made(value, 0))


_encode = _encoder()
