"""A run that is under way: its places, its parts, and where each of its items is."""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from animstudio.kernel.events import Event
from animstudio.pipeline.attempts import Attempt, Tries
from animstudio.pipeline.executors import Executor
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.publish import Finished, Publisher
from animstudio.pipeline.resources import Room
from animstudio.pipeline.secrecy import Secrets
from animstudio.pipeline.sizes import Sizes
from animstudio.pipeline.unfold import Unfolding
from animstudio.pipeline.waiting import Waiting


@dataclass(slots=True)
class Work:
    """See above. An item is `waiting`, has an attempt at work, is `finished`, or is decided on."""

    run: str
    root: Path
    folder: Path
    modules: tuple[str, ...]
    drafts: Path
    logs: Path
    unfolding: Unfolding
    publisher: Publisher
    executor: Executor
    room: Room
    emit: Callable[[Event], object]
    pace: PaceSpec
    secrets: Secrets = field(default_factory=Secrets)
    clock: Callable[[], float] = time.monotonic
    counts: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    """Why no new work was begun, if a failure stopped the run."""
    waiting: Waiting = field(default_factory=Waiting)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    finished: list[Finished] = field(default_factory=list)
    """What waits to be published."""
    together: Callable[[], AbstractContextManager[object]] = nullcontext
    """Writes the events of a stretch of work in one go."""
    sizes: Sizes = field(init=False)
    tries: dict[int, Tries] = field(default_factory=dict)
    """What was tried in vain, by the identity of the decision."""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    spare: list[str] = field(default_factory=list)
    """Empty folders of attempts that were published: the next ones take them."""
    _shelves: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin with what earlier runs tell of how small items are."""
        self.sizes = Sizes(self.unfolding.journal)

    def drafts_of(self, number: str) -> str:
        """Return a folder for an attempt's drafts; a thousand new ones lie together in one.

        Making and removing a folder costs more than all else that is done for a small item.
        """
        if self.spare:
            return self.spare.pop()
        shelf = f"{self.drafts}{os.sep}{int(number) // 1000}"
        if shelf not in self._shelves:
            Path(shelf).mkdir(parents=True, exist_ok=True)
            self._shelves.add(shelf)
        return f"{shelf}{os.sep}{number}"

    def over(self, attempt: Attempt) -> None:
        """Take note that an attempt is over: nothing it says is heard any more."""
        del self.attempts[attempt.id]
        self.room.release(attempt.reservation)
