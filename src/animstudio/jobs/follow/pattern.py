"""Formats that only the user knows: a regular expression with named groups."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields

from animstudio.jobs.follow.numbers import number, seconds
from animstudio.jobs.follow.reading import Reading, field_of, reading_of
from animstudio.kernel.errors import AskedWrongly

_FIELDS = {field.name for field in fields(Reading)} - {"of_epoch", "finished", "title"}


def reader_of(pattern: str) -> Callable[[str], Reading | None]:
    """Return a reader for ``(?P<step>\\d+) of (?P<total>\\d+)``; groups are a reading's fields.

    Raises AskedWrongly for what is no regular expression, or names no field.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise AskedWrongly(f"progress pattern {pattern!r}: {error}") from error
    known = {name: name if name in _FIELDS else field_of(name) for name in compiled.groupindex}
    wrong = [name for name, field in known.items() if field is None]
    if wrong or not known:
        said = f"names '{wrong[0]}'" if wrong else "names no groups"
        raise AskedWrongly(
            f"progress pattern {pattern!r} {said}",
            hint=f"groups are {', '.join(sorted(_FIELDS))}, as in (?P<step>\\d+)/(?P<total>\\d+)",
        )

    def read(line: str) -> Reading | None:
        found = compiled.search(line)
        if found is None:
            return None
        values = {}
        for name, text in found.groupdict().items():
            value = _value(text) if text else None
            field = known[name]
            if value is not None and field:
                values[field] = value
        return reading_of(values) if values else None

    return read


def _value(text: str) -> float | None:
    try:
        return number(text)
    except ValueError:
        return seconds(text)
