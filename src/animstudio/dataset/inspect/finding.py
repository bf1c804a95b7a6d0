"""What is wrong with a dataset, how much that matters, and the score that it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["critical", "high", "medium", "low"]
Category = Literal["quality", "corruption", "captions", "duplicates", "distribution", "format"]

WEIGHTS: Final[dict[Category, float]] = {
    "quality": 0.25, "corruption": 0.20, "captions": 0.20,
    "duplicates": 0.15, "distribution": 0.10, "format": 0.10,
}  # fmt: skip
DEDUCTIONS: Final[dict[Level, int]] = {"critical": 25, "high": 15, "medium": 10, "low": 5}
LEVELS: Final[tuple[Level, ...]] = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault: where it was found and what to do about it.

    files:    what it concerns, relative to the folder.
    details:  of each file, what was measured; as many as `files`, or none.
    redundant: files that can be put away without loss: broken, orphaned, or twins of others.
    """

    rule: str
    category: Category
    level: Level
    message: str
    advice: str
    files: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    redundant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """0-100: of each category, and all together by weight."""

    total: float
    categories: dict[Category, int]


def score_of(findings: Sequence[Finding]) -> Score:
    """Return the score: every finding deducts from its category by its level."""
    marks = dict.fromkeys(WEIGHTS, 100)
    for one in findings:
        marks[one.category] = max(0, marks[one.category] - DEDUCTIONS[one.level])
    total = sum(WEIGHTS[name] * mark for name, mark in marks.items())
    return Score(round(total, 1), marks)


def counted(number: int, what: str) -> str:
    """Return a number of things in words."""
    stem, end = (
        (what[:-1], "ies") if what.endswith("y") else (what, "es" if what[-1] == "s" else "s")
    )
    many = stem + end
    return f"{number} {what if number == 1 else many}"


def by_share(count: int, total: int) -> Level:
    """Return how much a fault matters that concerns `count` of `total` pictures."""
    share = count / max(1, total)
    return "high" if share >= 0.25 else "medium" if share >= 0.05 else "low"
