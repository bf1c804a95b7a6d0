"""What came of kills, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Score:
    """What came of it; everything below `reads` has to be 0."""

    kills: int = 0
    of_what: Counter[str] = field(default_factory=Counter)
    in_the_middle: int = 0
    too_late: int = 0
    reads: int = 0
    torn: int = 0
    lost: int = 0
    damaged: int = 0
    wrong_answers: int = 0
    next_failed: int = 0
    unlike_twin: int = 0
    notes: list[str] = field(default_factory=list)

    def blame(self, what: str, names: list[str]) -> None:
        """Count findings and keep the first few for the eye."""
        setattr(self, what, getattr(self, what) + len(names))
        self.notes += [f"{what}: {name}" for name in names[:3]]
        for name in names[:3]:
            print(f"{what}: {name}", flush=True)

    @property
    def wrong(self) -> int:
        """How much went wrong."""
        return (self.torn + self.lost + self.damaged + self.wrong_answers + self.next_failed
                + self.unlike_twin)  # fmt: skip
