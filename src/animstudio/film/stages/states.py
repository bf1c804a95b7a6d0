"""What became of every film in a run, told from what became of its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animstudio.kernel.closing import Ended

ITEMS: Mapping[str, tuple[str, ...]] = {
    "prepare": ("frames", "sound"),
    "analyze": ("scenes", "camera", "composition"),
}
"""Stages 1 and 2 of the CPU run, and the stages of the recipe ``cpu`` that they are."""


@dataclass(slots=True)
class FilmState:
    """A film in a run: `error` says why it was set aside, `facts` by stage what it came to."""

    name: str
    file: Path
    error: str = ""
    reused: bool = True
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether everything that was asked for of it stands."""
        return not self.error


def film_states(ended: Mapping[str, Sequence[Ended]]) -> list[FilmState]:
    """Return the state of every film, in the order in which they were found."""
    found: dict[str, FilmState] = {}
    for stage, items in ended.items():
        for item in items:
            film = film_of(item.item)
            state = found.setdefault(film, FilmState(film, item.inputs.get("file", Path(film))))
            state.error = state.error or item.error
            # A film that was opened again, and is the same, is decoded no more for that.
            state.reused = state.reused and not (item.made and stage != "films")
            state.facts[stage] = {**state.facts.get(stage, {}), **item.facts}
    for state in found.values():
        state.reused = state.reused and state.done
    return list(found.values())


def film_of(item: str) -> str:
    """Return the film that an item belongs to: no film's name has a slash in it."""
    return item.partition("/")[0]
