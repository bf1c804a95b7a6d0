"""Jobs that wait for jobs: who may be queued, who never will be, and circles that are refused."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from animstudio.jobs.schedule.state import Dependency, Ending, JobId
from animstudio.kernel.errors import AskedWrongly

_T = TypeVar("_T", bound=Hashable)
_SATISFIES: Mapping[str, tuple[Ending, ...]] = {
    "ok": ("completed",),
    "any": ("completed", "failed", "cancelled"),
    "fail": ("failed",),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a job may be queued: ``ready``, ``waits`` (for whom) or ``never`` (why)."""

    word: Literal["ready", "waits", "never"]
    why: str = ""


def verdict(dependencies: Iterable[Dependency], endings: Mapping[JobId, Ending]) -> Verdict:
    """Say whether a job may be queued; `endings` holds the jobs that ended for good.

    One condition that can no longer come true is enough for ``never``: the job is to be
    cancelled with that reason, and so, in turn, are those that depend on it.
    """
    waits = []
    for dependency in dependencies:
        ending = endings.get(dependency.job)
        if ending is None:
            waits.append(f"job {dependency.job}")
        elif ending not in _SATISFIES[dependency.condition]:
            wanted = "fail" if dependency.condition == "fail" else "succeed"
            return Verdict("never", f"job {dependency.job} {_ended(ending)}, and was to {wanted}")
    return Verdict("waits", ", ".join(waits)) if waits else Verdict("ready")


def refuse_circles(needs: Mapping[_T, Iterable[_T]], named: Callable[[_T], str] = str) -> None:
    """Raise AskedWrongly, with the way around, if jobs wait for each other in a circle.

    `needs` holds, by job, those that it depends on; jobs that are no key depend on none.
    """
    circle = find_circle(needs)
    if circle:
        way = " -> ".join(named(job) for job in (*circle, circle[0]))
        raise AskedWrongly(f"these jobs wait for each other: {way}")


def find_circle(needs: Mapping[_T, Iterable[_T]]) -> Sequence[_T]:
    """Return jobs that each depend on the next, and the last on the first; empty for none.

    Depth first, on a stack of our own: ten thousand jobs in a row are no rarity in a batch.
    """
    done: set[_T] = set()
    for start in needs:
        path: dict[_T, None] = {}
        stack = [(start, iter(needs[start]))] if start not in done else []
        path.update(dict.fromkeys([start] if stack else []))
        while stack:
            job, others = stack[-1]
            other = next(others, None)
            if other is None:
                stack.pop()
                path.pop(job, None)
                done.add(job)
            elif other in path:
                way = list(path)
                return way[way.index(other) :]
            elif other not in done:
                path[other] = None
                stack.append((other, iter(needs.get(other, ()))))
    return ()


def _ended(ending: Ending) -> str:
    return {"completed": "succeeded", "failed": "failed", "cancelled": "was cancelled"}[ending]
