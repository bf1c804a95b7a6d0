"""A document's tokens, counted between any two of its characters without tokenising again."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

_LOOK_BACK = 200
"""Characters that are searched for the beginning of a word before one is cut in two."""


def is_wide(letter: str) -> bool:
    """Return whether a letter stands alone as a word: Chinese, Japanese kana and full-width."""
    return "\u2e80" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff" or letter >= "\uff01"


class TokenIndex:
    """Where a text's tokens begin.

    Tokens that stand on no character (a model's special ones) do not count. Cuts are characters
    at which a token begins, so that the tokens of neighbouring stretches add up.
    """

    def __init__(self, text: str, offsets: Iterable[tuple[int, int]]) -> None:
        self.text = text
        self._starts = [start for start, end in offsets if end > start]
        if any(a > b for a, b in zip(self._starts, self._starts[1:], strict=False)):
            self._starts.sort()

    def __len__(self) -> int:
        return len(self._starts)

    def count(self, start: int, end: int) -> int:
        """Return how many tokens begin in ``text[start:end]``."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def number(self, start: int) -> int:
        """Return the number of the first token at or behind a character."""
        return bisect_left(self._starts, start)

    def at(self, number: int) -> int:
        """Return the character at which a token begins; the text's end behind the last."""
        return self._starts[number] if number < len(self._starts) else len(self.text)

    def reach(self, start: int, tokens: int) -> int:
        """Return where a stretch from `start` with this many tokens ends at most.

        One character with more tokens than that is taken whole, so that the end is always behind
        the start.
        """
        first = bisect_left(self._starts, start)
        end = self.at(first + tokens)
        return end if end > start else self.at(bisect_right(self._starts, start))

    def back(self, end: int, tokens: int, floor: int) -> int:
        """Return the first place behind `floor` with at most this many tokens up to `end`."""
        number = max(bisect_right(self._starts, floor), bisect_left(self._starts, end) - tokens)
        if number < len(self._starts) and number and self._starts[number - 1] == self.at(number):
            number = bisect_right(self._starts, self.at(number))
        return min(end, self.at(number))

    def word_cut(self, start: int, limit: int) -> int:
        """Return the last place up to `limit` between two words, or `limit` in a long one."""
        if limit >= len(self.text):
            return len(self.text)
        for place in range(limit, max(start, limit - _LOOK_BACK), -1):
            if self._between_words(place):
                return place
        return limit

    def word_start(self, limit: int, floor: int) -> int:
        """Return the first place from `limit` on, below `floor`, where a word begins."""
        for place in range(limit, min(floor, limit + _LOOK_BACK)):
            if self._between_words(place):
                return place
        return limit

    def _between_words(self, place: int) -> bool:
        before, here = self.text[place - 1 : place], self.text[place : place + 1]
        if not before or before.isspace():
            return not here.isspace()
        # Closing marks and full stops stay with what they close; opening ones stay with what comes.
        return (is_wide(before) and before not in "（「『《〈【“‘" and here.isalnum()) or (
            here != "" and is_wide(here) and here.isalnum() and before.isalnum()
        )
