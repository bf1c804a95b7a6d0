"""Batches: a YAML or TOML file of jobs, with defaults, matrices and dependencies.

    defaults: {gpus: 1, retries: 2, directory: ~/train}
    jobs:
      - name: captions
        command: python caption.py
      - {name: sheets, command: "python sheet.py {index}", array: 0-99%4}
      - name: lora-{character}-{rank}
        matrix: {character: [luca, alberto], rank: [8, 16]}
        command: [python, train.py, --character, "{character}", --rank, "{rank}"]
        after: [captions]

A name in `after` means every job of that entry. A command that is a text is split as a shell
would, and never given to one.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from animstudio.jobs.array import entries
from animstudio.jobs.naming import named
from animstudio.jobs.order import Order
from animstudio.jobs.schedule.backlog import Backlog
from animstudio.jobs.schedule.dependencies import refuse_circles
from animstudio.jobs.schedule.fair_share import Usage
from animstudio.jobs.schedule.runtimes import Runtimes
from animstudio.jobs.schedule.simulate import Planned, simulate
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Dependency, Device, Host, Limit, State, Waiting
from animstudio.jobs.spec import JobSpec
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.kernel.spec import Spec

_AFTER = ("after", "after_any", "after_fail")


class Entry(Spec):
    """One entry of a batch, beside what any job can have."""

    command: tuple[str, ...] | str
    """The program and its arguments."""
    matrix: Mapping[str, tuple[str | int | float | bool, ...]] = Field(default_factory=dict)
    """One job for every combination; `{name}` stands for the value anywhere in the entry."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One job of a batch: its UUID, its order, and the entry it comes from."""

    uuid: str
    order: Order
    entry: str


def read_batch(path: Path, *, cwd: Path, environment: Mapping[str, str]) -> list[Asked]:
    """Return the jobs of a batch file; each comes after those it depends on.

    Raises AskedWrongly naming the file and the entry for anything that cannot be right.
    """
    content = _parse(path)
    defaults = content.get("defaults", {})
    entries: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(content["jobs"], start=1):
        where = f"{path}: job {number}"
        if not isinstance(entry, dict) or not isinstance(defaults, dict):
            raise AskedWrongly(f"{where}: write it as keys and values")
        name = str(entry.get("name", f"job{number}"))
        if name in entries:
            raise AskedWrongly(f"{where}: there are two jobs called '{name}'")
        entries[name] = {**defaults, **entry, "name": name}
    asked: dict[str, list[Asked]] = {}
    for name in _in_order(path, entries):
        where = f"{path}: {name}"
        asked[name] = list(_asked(where, name, entries[name], asked, cwd, environment))
    return [job for jobs in asked.values() for job in jobs]


def _parse(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            import tomllib

            content: Any = tomllib.loads(text)
        else:
            import yaml

            content = yaml.safe_load(text)
    except OSError as error:
        raise AskedWrongly(f"{path}: {error.strerror}") from error
    except UnicodeError as error:
        raise AskedWrongly(f"{path}: is no text in UTF-8") from error
    except ValueError as error:
        raise AskedWrongly(f"{path}: {error}") from error
    except Exception as error:  # yaml's errors; it is imported only where it is needed
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise AskedWrongly(f"{path}{line}: {problem or error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("jobs"), list):
        raise AskedWrongly(f"{path}: a batch has a list `jobs`")
    if wrong := [key for key in content if key not in ("defaults", "jobs")]:
        raise AskedWrongly(f"{path}: unknown key '{wrong[0]}'{nearest(wrong[0], ['defaults'])}")
    return content


def _in_order(path: Path, entries: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the names so that each comes after those it depends on."""
    needs: dict[str, list[str]] = {}
    for name, entry in entries.items():
        needs[name] = []
        for other in (str(job) for key in _AFTER for job in entry.get(key, ())):
            if other in entries:
                needs[name].append(other)
            elif not (other.isdigit() or named(other)):
                raise AskedWrongly(
                    f"{path}: {name}: there is no job '{other}' to wait for"
                    f"{nearest(other, entries)}"
                )
    refuse_circles(needs)
    done: set[str] = set()
    while len(done) < len(needs):
        for name in needs:
            if name not in done and done.issuperset(needs[name]):
                done.add(name)
                yield name


def _asked(
    where: str, name: str, entry: dict[str, Any], asked: Mapping[str, list[Asked]], cwd: Path,
    environment: Mapping[str, str],
) -> Iterator[Asked]:  # fmt: skip
    own = {key: value for key, value in entry.items() if key in Entry.model_fields}
    rest = {key: value for key, value in entry.items() if key not in own}
    if wrong := [key for key in rest if key not in JobSpec.model_fields]:
        known = [*Entry.model_fields, *JobSpec.model_fields]
        raise AskedWrongly(f"{where}: unknown key '{wrong[0]}'{nearest(wrong[0], known)}")
    try:
        parsed = Entry(**own)
        for values in product(*parsed.matrix.values()):
            filled = dict(zip(parsed.matrix, values, strict=True))
            spec = JobSpec(**_fill(rest | {
                key: [uuid for job in rest.get(key, ()) for uuid in _uuids(job, asked)]
                for key in _AFTER
            }, filled))  # fmt: skip
            words = parsed.command
            argv = shlex.split(words) if isinstance(words, str) else list(words)
            if spec.array is not None and "index" in filled:
                raise AskedWrongly(f"{where}: 'index' is the array's; call the matrix's another")
            argv = [_fill(word, filled) for word in argv]
            for uuid, one in entries(argv, spec, cwd=cwd, environment=environment):
                yield Asked(uuid, one, name)
    except ValidationError as error:
        problem = error.errors()[0]
        raise AskedWrongly(
            f"{where}: {'.'.join(map(str, problem['loc']))}: {problem['msg'].lower()}"
        ) from error
    except ValueError as error:  # an unclosed quote
        raise AskedWrongly(f"{where}: command: {error}") from error


def _uuids(job: object, asked: Mapping[str, list[Asked]]) -> list[str | int]:
    name = str(job)
    if name in asked:
        return [each.uuid for each in asked[name]]
    return [int(name) if name.isdigit() else name]


def _fill(value: Any, values: Mapping[str, object]) -> Any:
    """Put the matrix's values in the place of their names."""
    if isinstance(value, str):
        for name, one in values.items():
            value = value.replace(f"{{{name}}}", str(one))
        return value
    if isinstance(value, list):
        return [_fill(each, values) for each in value]
    if isinstance(value, dict):
        return {key: _fill(each, values) for key, each in value.items()}
    return value


def timeline(
    batch: list[Asked], host: Host, devices: tuple[Device, ...], spec: ScheduleSpec
) -> list[Planned]:
    """Return when the jobs of a batch would run on an idle machine; numbered from 1.

    Jobs that are held, or wait for jobs that were there before, are left out.
    """
    numbers = {job.uuid: number for number, job in enumerate(batch, start=1)}
    runtimes = Runtimes(spec.unknown)
    backlog = Backlog(spec, runtimes)
    dependents = {}
    arrays: dict[str, int] = {}
    for job in batch:
        asked, number = job.order, numbers[job.uuid]
        waiting = Waiting(number, asked.need, 0.0, asked.user, asked.priority, asked.signature,
                          asked.kind, left=asked.expected,
                          limit=_limit(asked, arrays, number))  # fmt: skip
        others = [Dependency(numbers.get(str(a.job), -1), a.condition) for a in asked.after]
        if asked.hold:
            continue
        if others:
            dependents[number] = (waiting, others)
        else:
            backlog.add(waiting)
    usage = Usage(spec.half_life, spec.shares)
    return list(simulate(State(host, devices, {}, backlog, runtimes, usage), 0.0, spec, dependents))


def _limit(asked: Order, arrays: dict[str, int], number: int) -> Limit | None:
    """Return how many of a job's array may run at once; `arrays` numbers these by first jobs."""
    if asked.part is None or asked.part.at_most is None:
        return None
    return Limit(arrays.setdefault(asked.part.array, number), asked.part.at_most)
