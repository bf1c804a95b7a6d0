"""What a stage of a pipeline is given and what it gives back; all that its author has to know.

    items(spec, place) -> [Item, ...]          which pieces of work there are, and from what
    make(item, spec, work) -> Made             one of them, into the folder for drafts
    gather(spec, committed, root) -> Result    what the stage as a whole came to
    close(spec, closing) -> Closed             instead of these: what ends every run

`make` runs in a worker process, and may be run again after a kill; what it leaves in its drafts
counts only when it returned. `gather` sees what was committed, and nothing else. `close` is
called in the run's own process when everything else has ended, however it did: for summaries,
and for what keeps books of its own; see `kernel.closing`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from animstudio.kernel.digests import Identity
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.sizes import Size
from animstudio.kernel.spec import RUNTIME, Spec

_SEND_EVERY = 0.1
"""Seconds between two reports of a piece of work, so that a pipe carries ten a second."""

FailureKind = Literal["input", "memory", "timeout", "killed", "room", "request", "work"]
"""Why a piece of work failed: `input` and `request` cannot get better by trying again."""


class Resources(Spec):
    """What one item needs while it is made; memory and disk in bytes, or as ``7G``."""

    cpus: Annotated[int, Field(ge=0), RUNTIME] = 1
    """Processors that it keeps busy; 0: it is light, and shares one with what keeps it busy."""
    ram: Annotated[Size, RUNTIME] = 0
    """Bytes of memory; 0: what earlier items needed."""
    vram: Annotated[Size, RUNTIME] = 0
    """Bytes of memory on a graphics card; 0: none is used."""
    disk: Annotated[Size, RUNTIME] = 0
    """Bytes that it writes; 0: what earlier items wrote."""


class CorruptInput(WorkFailed):
    """An input that nothing can be made of. It is never tried again until it changes."""


class OutOfMemory(WorkFailed):
    """Memory ran out, of the machine or of a graphics card; with smaller batches it may do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stage works: its name in the recipe, the output folder, the project's folder."""

    stage: str
    root: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of work worth some seconds: a film, a shot, a few hundred frames.

    name:    unique in its stage; empty where there is only one.
    inputs:  every file and folder that it reads, by a name that says what it is. Stages that
             flow from it can name them, ``{item.name}``.
    by_looks: an input that looks otherwise (place, size, dates) counts as changed, and nobody
             reads it to find out: for work that does so itself, and tells (`Work.know`).
    options: JSON values that its result depends on besides, such as a span's start and end.
    needs:   where it needs more or less than its stage says.
    """

    name: str = ""
    inputs: Mapping[str, Path] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    needs: Resources | None = None
    by_looks: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What an item came to.

    outputs: drafts by their path in the output folder; a folder stands for all files in it.
    facts:   JSON values that `gather` and later stages want; part of what was made.
    passing: as `outputs`, for what only later stages want: it is removed when they are done,
             and made again where they need it again.
    spares:  a folder of drafts by the output that it goes with: what later stages can take
             (`Work.spares_of`) and can do without. It is no result, and goes when they are done.
    """

    outputs: Mapping[str, Path] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    passing: Mapping[str, Path] = field(default_factory=dict)
    spares: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Committed:
    """An item that stands: its outputs' paths in the output folder, and its facts."""

    item: str
    outputs: Sequence[str]
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Standing:
    """An item's result, and what it was made from.

    outputs: digests by path in the output folder; inputs: digests by name; options: its own;
    spec:    those options of its stage that can change it.
    harm:    what is wrong with its outputs, where somebody looked; empty if nothing is.
    """

    outputs: Mapping[str, str]
    facts: Mapping[str, Any]
    inputs: Mapping[str, str]
    options: Mapping[str, Any]
    spec: Mapping[str, Any]
    harm: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """The content of a file as work found it; `marks` is what it looked like before."""

    path: str
    digest: str
    marks: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a piece of work is."""

    done: float
    total: float | None
    unit: str


@dataclass(slots=True)
class Work:
    """The place of one attempt at an item.

    drafts:   an empty folder on the file system of the results.
    root:     the output folder, to read what earlier stages made. Never write there.
    log:      a file that is kept whatever happens; made by whoever writes to it first.
    cpus:     processors granted.
    digests:  of the item's inputs, by name.
    before:   this item's last result by the same version, which may be harmed or gone; None
              also where everything is to be made again.
    """

    stage: str
    item: str
    drafts: Path
    root: Path
    folder: Path
    log: Path
    cpus: int = 1
    digests: Mapping[str, str] = field(default_factory=dict)
    before: Standing | None = None
    spares: Path = Path()
    _say: Callable[[object], object] = lambda message: None
    _clock: Callable[[], float] = time.monotonic
    _said_at: float = float("-inf")

    def draft(self, name: str) -> Path:
        """Return where to write a draft; the folders above it are made.

        Raises WorkFailed for a name that leads out of the drafts.
        """
        path = self.drafts / name
        if name.startswith("/") or ".." in name.split("/"):
            raise WorkFailed(f"'{name}' leaves the output folder")
        if path.parent != self.drafts:
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def report(self, done: float, total: float | None = None, unit: str = "") -> None:
        """Say how far it is; call it as often as you like."""
        now = self._clock()
        if now - self._said_at >= _SEND_EVERY or done == total:
            self._said_at = now
            self._say(Progressed(done, total, unit))

    def spares_of(self, output: Path) -> Path:
        """Return the folder of spares that go with an output; it may not be there any more."""
        return self.spares / output.relative_to(self.root)

    def know(self, path: Path, digest: str, seen: Identity) -> None:
        """Tell a file's content, so that nobody reads it again for that.

        `seen` is the file's identity from before it was read.
        """
        self._say(Known(str(path), digest, seen.marks, seen.settled))

    def say(self, message: object) -> None:
        """Send any small picklable message to whoever listens to the run."""
        self._say(message)
