"""The queue as JSON: what `jobs export` writes, and `jobs import` reads.

    {"version": 2, "jobs": [{"id": 1, "uuid": ..., "state": "queued", "name": ..., ...}]}

A job is written as `--json` shows it everywhere: what was asked for, and where it stands. Its
environment is not written, for it may hold secrets; it gets that of whoever reads it in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from animstudio.jobs.exchange.listed import Key, Listed, as_fields, refuse_unknown, state_of
from animstudio.jobs.follow.spec import FollowSpec
from animstudio.jobs.job import OVER, Job
from animstudio.jobs.naming import named
from animstudio.jobs.order import After, Order, Part
from animstudio.jobs.schedule.state import Condition, Need
from animstudio.jobs.store.record import STANDING, record
from animstudio.kernel.errors import AskedWrongly

VERSION = 2
_OWN = tuple(name for name in Order.__dataclass_fields__ if name != "env")
_KNOWN = (*_OWN, *STANDING)
_INSIDE = {
    "need": tuple(Need.__dataclass_fields__), "part": tuple(Part.__dataclass_fields__),
    "after": tuple(After.__dataclass_fields__), "follow": tuple(FollowSpec.model_fields),
}  # fmt: skip


def exported(jobs: Iterable[Job]) -> str:
    """Return jobs as JSON, with a line end."""
    content = {"version": VERSION, "jobs": [record(job) for job in jobs]}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def read(content: Mapping[str, Any], environment: Mapping[str, str]) -> list[Listed]:
    """Return the jobs of an export. Raises AskedWrongly, naming job and field, for what is wrong.

    `environment` is what each job gets.
    """
    refuse_unknown("the file", content, ("version", "jobs"))
    version = content.get("version", VERSION)
    if not isinstance(version, int) or not 0 < version <= VERSION:
        raise AskedWrongly(f"version {version}: this animstudio reads up to {VERSION}")
    found = [as_fields(f"job {at}", job) for at, job in enumerate(content["jobs"], start=1)]
    read = [_job(f"job {at}", job, environment) for at, job in enumerate(found, start=1)]
    places = {
        job.key: (each.get("array"), each.get("index"))
        for job, each in zip(read, found, strict=True)
    }
    uuids = {job.uuid: job.key for job in read}
    return [replace(job, after=tuple(_others(job, uuids, places))) for job in read]


def _others(
    job: Listed, uuids: Mapping[str, Key], places: Mapping[Key, tuple[object, object]]
) -> Iterator[tuple[Key, Condition]]:
    """Yield whom a job waits for by id: it may say so by UUID, or by a place in an array."""
    for other, when in job.after:
        place = named(other) if isinstance(other, str) and other not in uuids else None
        if place is None:
            yield uuids.get(str(other), other), when
            continue
        for key, (array, index) in places.items():
            here = isinstance(index, int) and place.first <= index <= place.last
            if array == place.array and here:
                yield key, when


def _job(where: str, found: dict[str, Any], environment: Mapping[str, str]) -> Listed:
    where = f"{where} ({found['name']})" if isinstance(found.get("name"), str) else where
    refuse_unknown(where, found, _KNOWN)
    for name, known in _INSIDE.items():
        inside = found.get(name) or {}
        for each in inside if name == "after" and isinstance(inside, list) else [inside]:
            refuse_unknown(f"{where}: {name}", as_fields(f"{where}: {name}", each), known)
    state = state_of(where, found.get("state"))
    paused = state == "paused" or found.get("waits_for") == "hold"
    given = {name: found[name] for name in _OWN if name in found} | {"env": environment}
    order = _order(where, given)
    after = tuple((one.job, one.condition) for one in order.after)
    key, uuid = found.get("id"), str(found.get("uuid") or uuid4())
    if not isinstance(key, int):
        raise AskedWrongly(f"{where}: id: is no number")
    if state in OVER:
        return Listed(key, uuid, order.name, state, after, None)
    asked = _order(where, given | {"after": (), "hold": paused})
    return Listed(key, uuid, order.name, state, after, asked)


def _order(where: str, fields: Mapping[str, Any]) -> Order:
    try:
        found = _reader().validate_python(fields)
        return Order.from_json(found.to_json())  # what holds of fields together
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(map(str, problem["loc"]))
        raise AskedWrongly(f"{where}: {name}: {problem['msg'].lower()}") from error
    except ValueError as error:
        raise AskedWrongly(f"{where}: {error}") from error


@cache
def _reader() -> TypeAdapter[Order]:
    return TypeAdapter(Order)
