"""A way through who waits, best first, that touches no more of them than are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush, heapreplace
from itertools import islice
from typing import TYPE_CHECKING

from animstudio.jobs.schedule.state import JobId, Waiting

if TYPE_CHECKING:
    from animstudio.jobs.schedule.backlog import First, Group, Head, Key, Rank


class _Line:
    """One user's jobs in order: the groups' first ones, and what follows those already seen."""

    def __init__(self, heads: list[Head]) -> None:
        self.heads, self.next = heads, 0
        self.seen: list[tuple[Rank, int, Key]] = []

    def first(self) -> tuple[Rank, int, Key] | None:
        head = self.heads[self.next] if self.next < len(self.heads) else None
        if self.seen and (head is None or self.seen[0][0] < head[0]):
            return self.seen[0]
        return (head[0], 0, head[1]) if head else None

    def leave(self) -> None:
        if self.seen and self.first() is self.seen[0]:
            heappop(self.seen)
        else:
            self.next += 1


class Walk:
    """A way through the backlog. Nothing in it is changed.

    Of the users that share a score only the first is in the heap; the next one follows when that
    one's turn is over. So a decision costs nothing that grows with the users who only wait.
    """

    def __init__(
        self,
        jobs: dict[JobId, Waiting],
        groups: dict[Key, Group],
        lines: dict[str, list[Head]],
        firsts: list[First],
        score: Callable[[str], float],
        known: Iterable[str],
    ) -> None:
        self._jobs, self._groups, self._score, self._heads = jobs, groups, score, lines
        self._lines: dict[str, _Line] = {}
        self._users = [(score(user), lines[user][0][0], user) for user in known if user in lines]
        heapify(self._users)
        own = {user for _, _, user in self._users}
        self._others = (first for first in firsts if first[1] not in own)
        self._last = ""
        self._let_in()

    def peek(self) -> Waiting | None:
        """Return the next job; None at the end."""
        if not self._users:
            return None
        first = self._line().first()
        return self._jobs[first[0][1]] if first else None

    def go(self) -> None:
        """Go on to the next job."""
        line = self._line()
        first = line.first()
        assert first is not None, "there is no job to go on from"
        _, number, key = first
        line.leave()
        group = self._groups[key]
        if number + 1 < len(group.ranks):
            heappush(line.seen, (group.rank(number + 1), number + 1, key))
        self._turn(line)

    def drop(self) -> None:
        """Go on, and see no more jobs of the group of this one."""
        line = self._line()
        line.leave()
        self._turn(line)

    def _line(self) -> _Line:
        user = self._users[0][2]
        if user not in self._lines:
            self._lines[user] = _Line(self._heads[user])
        return self._lines[user]

    def _turn(self, line: _Line) -> None:
        user = self._users[0][2]
        if first := line.first():
            heapreplace(self._users, (self._score(user), first[0], user))
        else:
            heappop(self._users)
        if user == self._last:
            self._let_in()

    def _let_in(self) -> None:
        for rank, user in islice(self._others, 1):
            heappush(self._users, (self._score(user), rank, user))
            self._last = user
