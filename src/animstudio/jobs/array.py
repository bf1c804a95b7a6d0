"""Arrays: one command many times, each with an index of its own.

    0-9        ten jobs
    1,3,7      three
    0-99:5     every fifth
    0-99%4     a hundred, of which four run at the same time at most

The jobs of an array share their name, and what is known of how long they take. `{index}` stands
for the index in the command, and in its paths and variables. An array has the id of its first
job, and is named by it: `5_3`, `5_3-7`, `5_all`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from animstudio.jobs.order import Order, Part
from animstudio.jobs.spec import JobSpec, order
from animstudio.kernel.errors import AskedWrongly

INDEX = "{index}"
"""What the index takes the place of."""
MOST = 10_000
"""Jobs of one array: each is a line of the queue, submitted in one go."""
LARGEST = 10**9
"""The largest index."""
_SPAN = re.compile(r"(\d{1,12})(?:-(\d{1,12})(?::(\d{1,12}))?)?", re.ASCII)
_PATHS = ("log", "output", "directory")


@dataclass(frozen=True, slots=True)
class Indexes:
    """The indexes of an array, in order; `at_most`: how many of its jobs run at the same time."""

    numbers: tuple[int, ...]
    at_most: int | None = None


def indexes(text: str) -> Indexes:
    """Return what an array is asked to be. Raises AskedWrongly, saying what would be right."""
    words, percent, most = text.replace(" ", "").partition("%")
    if percent and not (most.isascii() and most.isdigit() and 0 < int(most[:12]) <= LARGEST):
        raise AskedWrongly(f"--array {text}: after % comes how many run at once, as in 0-99%4")
    if not words:
        raise AskedWrongly(f"--array {text}: names no index; write 0-9, 1,3,7, 0-99:5 or 0-9%4")
    found: dict[int, None] = {}
    for word in words.split(","):
        span = _span(text, word)
        if len(found) + len(span) > MOST:
            raise AskedWrongly(
                f"--array {text}: an array has {MOST:,} jobs at most",
                hint="let each job do a part of the work: it knows its index",
            )
        if twice := [number for number in span if number in found]:
            raise AskedWrongly(f"--array {text}: {twice[0]} is named twice")
        found.update(dict.fromkeys(span))
    return Indexes(tuple(sorted(found)), int(most) if percent else None)


def _span(text: str, word: str) -> range:
    part = _SPAN.fullmatch(word)
    if part is None:
        what = f"'{word}' is no index" if word else "a comma too many"
        low = "; the least index is 0" if word.startswith("-") else ""
        raise AskedWrongly(f"--array {text}: {what}{low}; write 0-9, 1,3,7, 0-99:5 or 0-9%4")
    first = int(part[1])
    last, step = int(part[2] or first), int(part[3] or 1)
    if last < first:
        raise AskedWrongly(f"--array {text}: {word} goes down; write {last}-{first}")
    if not step:
        raise AskedWrongly(f"--array {text}: a step of 0 never arrives")
    if last > LARGEST:
        raise AskedWrongly(f"--array {text}: {last} is more than the largest index, {LARGEST:,}")
    return range(first, last + 1, step)


def entries(
    argv: Sequence[str], spec: JobSpec, *, cwd: Path, environment: Mapping[str, str],
    user: str = "", uuid: str = "",
) -> list[tuple[str, Order]]:  # fmt: skip
    """Return the job that is asked for, or the jobs of an array, each with its UUID.

    Raises AskedWrongly for what cannot be right.
    """
    uuid = uuid or str(uuid4())
    if spec.array is None:
        return [(uuid, order(argv, spec, cwd=cwd, environment=environment, user=user))]
    asked = indexes(spec.array)
    if INDEX in spec.name:
        raise AskedWrongly(
            f"--name {spec.name}: the jobs of an array share a name; their index is told beside it"
        )
    if spec.log is not None and INDEX not in str(spec.log):
        raise AskedWrongly(
            f"--log {spec.log}: the jobs of an array would write over each other",
            hint=f"--log {spec.log.with_stem(f'{spec.log.stem}-{INDEX}')}",
        )
    alike = " ".join(argv)[:500]
    found = []
    for number in asked.numbers:
        one = order([_filled(word, number) for word in argv], _with(spec, number), cwd=cwd,
                    environment=environment, user=user)  # fmt: skip
        part = Part(uuid, number, asked.at_most)
        found.append((f"{uuid}_{number}", replace(one, signature=alike, part=part)))
    return found


def _with(spec: JobSpec, number: int) -> JobSpec:
    """Return what is asked of one job of an array."""
    paths = {
        name: Path(_filled(str(path), number))
        for name in _PATHS if (path := getattr(spec, name)) is not None
    }  # fmt: skip
    env = tuple(_filled(word, number) for word in spec.env)
    return spec.model_copy(update={**paths, "env": env})


def _filled(text: str, number: int) -> str:
    return text.replace(INDEX, str(number))
