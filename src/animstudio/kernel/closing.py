"""What ends a run: stages that look at how all the others ended.

A closing stage is done in every run, after everything else, in the run's own process. What it
needs is there: what became of every item, what stands of earlier runs, where it may write. It
keeps its results by itself, so that a kill leaves the old ones or the new; and a failure of it
costs nothing that was made before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from animstudio.kernel.progress import Progress, Reporter, ignore
from animstudio.kernel.settings import Settings
from animstudio.kernel.work import Standing


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of an item in a run; `error` is empty where it stands.

    made: it was made in this run, and not before.
    inputs: its files, by name.
    """

    item: str
    made: bool
    error: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closed:
    """What a closing stage came to.

    problem: why it failed, as a whole or in part; empty where it did not.
    files:   what it wrote that people look for.
    """

    problem: str = ""
    hint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """The place of a closing stage.

    root:     the output folder; a closing stage writes there itself.
    started:  when the run began; workers: how many items it made at once.
    fresh:    it is to be made anew, whatever stands.
    ended:    items by the stages of this run that it depends on, in the recipe's order.
    closed:   what the closing stages before it came to.
    standing: what stands of an item (stage, item), of this run or an earlier one.
    digest:   the content digest of a file, remembered by its looks.
    """

    stage: str
    root: Path
    folder: Path
    started: datetime
    now: Callable[[], datetime]
    workers: int
    fresh: bool
    ended: Mapping[str, Sequence[Ended]]
    closed: Mapping[str, Closed]
    standing: Callable[[str, str], Standing | None]
    digest: Callable[[Path], str]
    settings: Settings
    progress: Progress = Reporter(ignore)
