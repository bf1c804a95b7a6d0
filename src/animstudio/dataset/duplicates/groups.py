"""Pairs joined to groups."""

from __future__ import annotations

from collections.abc import Iterable


class Groups:
    """Numbers 0..n-1 in groups; the union-find of Tarjan, with halved paths."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def find(self, number: int) -> int:
        """Return the number that stands for the group of `number`."""
        parents = self._parents
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def join(self, one: int, other: int) -> None:
        """Make one group of two; the smaller number stands for it."""
        first, second = sorted((self.find(one), self.find(other)))
        self._parents[second] = first

    def join_all(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Join every pair."""
        for one, other in pairs:
            self.join(one, other)

    def several(self) -> list[list[int]]:
        """Return the groups of two and more, by their smallest number."""
        found: dict[int, list[int]] = {}
        for number in range(len(self._parents)):
            found.setdefault(self.find(number), []).append(number)
        return [group for group in found.values() if len(group) > 1]
