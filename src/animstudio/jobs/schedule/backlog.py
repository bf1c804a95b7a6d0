"""Who waits, in order, however many they are.

Each strategy gives a job a rank that time does not change: ageing is linear, so two jobs that
wait age alike, and their order stays as it was. Jobs are kept in groups of equal needs, whose
first alone competes: where one finds no room the whole group is passed over at once. Adding,
removing and the next decision cost nothing that grows with the queue but a binary search.

- fifo: by the time of queueing.
- priority: a step of priority counts as much as some time of waiting.
- fair_share: users by what they had, each one's jobs by priority.
- shortest_job_first: by the time a job is expected to take, less a part of the time it waited.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field

from animstudio.jobs.schedule.runtimes import Runtimes
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import JobId, Limit, Need, Waiting
from animstudio.jobs.schedule.walk import Walk

Rank = tuple[float, JobId]
Key = tuple[str, Need, str, Limit | None]
"""The group of a job: its user and its signature where the strategy looks at them, its need, and
its array where of that not all may run."""
Head = tuple[Rank, Key]
First = tuple[Rank, str]


@dataclass(slots=True)
class Group:
    """Jobs of equal needs: ranks in order; `late` is added to all of them when compared."""

    ranks: list[Rank] = field(default_factory=list)
    late: float = 0.0

    def rank(self, number: int = 0) -> Rank:
        """Return the rank of one of them, the first unless said."""
        rank, job = self.ranks[number]
        return rank + self.late, job


class Backlog:
    """The jobs that may start as soon as there is room."""

    def __init__(self, spec: ScheduleSpec, runtimes: Runtimes) -> None:
        self._spec, self._runtimes = spec, runtimes
        self._jobs: dict[JobId, Waiting] = {}
        self._groups: dict[Key, Group] = {}
        self._lines: dict[str, list[Head]] = {}
        self._firsts: list[First] = []  # of each line, in order
        self._alike: dict[str, set[Key]] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job: JobId) -> bool:
        return job in self._jobs

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._jobs.values())

    def get(self, job: JobId) -> Waiting | None:
        """Return a job that waits."""
        return self._jobs.get(job)

    def add(self, job: Waiting) -> None:
        """Put a job in its place; one that waits already changes place."""
        self.remove(job.id)
        self._jobs[job.id] = job
        key = self._key(job)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(late=self._late(job))
            self._alike.setdefault(key[2], set()).add(key)
        rank = (self._rank(job), job.id)
        if group.ranks and rank < group.ranks[0]:
            self._leave_line(key, group)
        insort(group.ranks, rank)
        if group.ranks[0] == rank:
            self._enter_line(key, group)

    def remove(self, job: JobId) -> Waiting | None:
        """Take a job out, and return it; None if it does not wait here."""
        found = self._jobs.pop(job, None)
        if found is None:
            return None
        key = self._key(found)
        group = self._groups[key]
        rank = (self._rank(found), job)
        if group.ranks[0] == rank:
            self._leave_line(key, group)
            del group.ranks[0]
            if group.ranks:
                self._enter_line(key, group)
        else:
            del group.ranks[bisect_left(group.ranks, rank)]
        if not group.ranks:
            del self._groups[key]
            self._alike[key[2]].discard(key)
            if not self._alike[key[2]]:
                del self._alike[key[2]]
        return found

    def relearn(self, signature: str, kind: str) -> None:
        """Move what a new prediction moves: the groups of a signature, not each of its jobs.

        Signatures that never ran keep the guess that stood when they were queued.
        """
        if self._spec.strategy != "shortest_job_first":
            return
        for key in self._alike.get(signature or f"\0{kind}", ()):
            group = self._groups[key]
            self._leave_line(key, group)
            group.late = self._late(self._jobs[group.ranks[0][1]])
            self._enter_line(key, group)

    def copy(self) -> Backlog:
        """Return a backlog of the same jobs, to try things with."""
        twin = copy(self)
        twin._jobs = dict(self._jobs)
        twin._groups = {key: Group(list(g.ranks), g.late) for key, g in self._groups.items()}
        twin._lines = {user: list(line) for user, line in self._lines.items()}
        twin._firsts = list(self._firsts)
        twin._alike = {signature: set(keys) for signature, keys in self._alike.items()}
        return twin

    def walk(self, score: Callable[[str], float], known: Iterable[str] = ()) -> Walk:
        """Go through the jobs, best first; `score` orders the users, least first.

        `known` are those with a score of their own; all others have the same one.
        """
        return Walk(self._jobs, self._groups, self._lines, self._firsts, score, known)

    def _key(self, job: Waiting) -> Key:
        if self._spec.strategy == "fair_share":
            return job.user, job.need, "", job.limit
        if self._spec.strategy == "shortest_job_first":
            own = job.signature if job.left is None else f"\0{job.id}"
            return "", job.need, own or f"\0{job.kind}", job.limit
        return "", job.need, "", job.limit

    def _rank(self, job: Waiting) -> float:
        match self._spec.strategy:
            case "fifo":
                return job.queued_at
            case "shortest_job_first":
                return self._spec.aging * job.queued_at
            case _:
                return job.queued_at - self._spec.priority_worth * job.priority

    def _late(self, job: Waiting) -> float:
        shortest = self._spec.strategy == "shortest_job_first"
        return self._runtimes.left(job) if shortest else 0.0

    def _enter_line(self, key: Key, group: Group) -> None:
        line = self._lines.setdefault(key[0], [])
        before = line[0][0] if line else None
        insort(line, (group.rank(), key), key=_rank_of)
        self._first_is(key[0], before, line[0][0])

    def _leave_line(self, key: Key, group: Group) -> None:
        line = self._lines[key[0]]
        before = line[0][0]
        del line[bisect_left(line, group.rank(), key=_rank_of)]
        self._first_is(key[0], before, line[0][0] if line else None)
        if not line:
            del self._lines[key[0]]

    def _first_is(self, user: str, before: Rank | None, after: Rank | None) -> None:
        if before == after:
            return
        if before is not None:
            del self._firsts[bisect_left(self._firsts, (before, user))]
        if after is not None:
            insort(self._firsts, (after, user))


def _rank_of(head: Head) -> Rank:
    return head[0]
