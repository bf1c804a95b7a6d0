"""Sizes as people write them: ``7G``, ``512M``; units of 1024."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from animstudio.kernel.machine import GB, MB

_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([KMGT])?(?:i?B)?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1024, "M": MB, "G": GB, "T": 1024 * GB}


def parse_size(value: object) -> object:
    """Return the bytes of a text such as ``7G``, ``512M`` or ``1.5 GiB``; units of 1024.

    What is no text is returned as it is. Raises ValueError.
    """
    if not isinstance(value, str):
        return value
    found = _SIZE.fullmatch(value.strip())
    if not found:
        raise ValueError("write a size as 7G or 512M")
    return int(float(found[1]) * _UNITS[(found[2] or "").upper()])


def size_text(size: int) -> str:
    """Return bytes as a person would write them: ``7G``, ``512M``."""
    for unit in "TGM":
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:.1f}".removesuffix(".0") + unit
    return f"{size} bytes" if size != 1 else "1 byte"


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    Field(ge=0),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]"}]}
    ),
]
