"""What counts as found, and the sums made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from cutting import Truth

SLACK = 2
"""Frames by which a detection may miss."""


@dataclass(frozen=True)
class Found:
    """A tool's boundary: frames [start, end), or one frame twice for a tool that gives points."""

    start: int
    end: int
    gradual: bool = False


@dataclass
class Tally:
    """Counts over films: of truths, of those found, of detections that match none."""

    cuts: int = 0
    cuts_found: int = 0
    false_cuts: int = 0
    gradual: int = 0
    gradual_found: int = 0
    false_gradual: int = 0
    false_by_condition: Counter[str] = field(default_factory=Counter)
    missed_by_condition: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        condition: str,
        truths: Sequence[Truth],
        edges: Sequence[tuple[int, int]],
        found: Sequence[Found],
    ) -> None:
        """Add a film."""
        found = [f for f in found if not any(_meet(f, a, b) for a, b in edges)]
        pairs = match(truths, found)
        for number, truth in enumerate(truths):
            hit = number in pairs
            if truth.kind == "cut":
                self.cuts += 1
                self.cuts_found += hit
            else:
                self.gradual += 1
                self.gradual_found += hit
            self.missed_by_condition[condition] += not hit
        for number, one in enumerate(found):
            if number not in pairs.values():
                self.false_by_condition[condition] += 1
                if one.gradual:
                    self.false_gradual += 1
                else:
                    self.false_cuts += 1

    def numbers(self) -> dict[str, dict[str, float]]:
        """Return precision, recall and F1 of cuts, of gradual transitions, and of all."""
        false = self.false_cuts + self.false_gradual
        found = self.cuts_found + self.gradual_found
        return {
            "cuts": _ratios(self.cuts, self.cuts_found, self.false_cuts),
            "gradual": _ratios(self.gradual, self.gradual_found, self.false_gradual),
            "all": _ratios(self.cuts + self.gradual, found, false),
        }


def match(truths: Sequence[Truth], found: Sequence[Found]) -> dict[int, int]:
    """Pair truths with detections one to one, nearest middles first."""
    near = sorted(
        (abs((t.start + t.end) - (f.start + f.end)), i, j)
        for i, t in enumerate(truths)
        for j, f in enumerate(found)
        if _meet(f, t.start, t.end)
    )
    pairs: dict[int, int] = {}
    for _, i, j in near:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def _meet(found: Found, start: int, end: int) -> bool:
    return found.start <= end + SLACK and found.end >= start - SLACK


def _ratios(truths: int, hits: int, false: int) -> dict[str, float]:
    precision = hits / (hits + false) if hits + false else 1.0
    recall = hits / truths if truths else 1.0
    both = precision + recall
    f1 = 2 * precision * recall / both if both else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}
