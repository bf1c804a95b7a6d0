"""What a worker process does with an order: make one item into drafts, check and sync them.

Nothing is published here. An order names its attempt, and its drafts lie in that attempt's own
folder, so a worker that outlives its run writes where nobody looks any more.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from animstudio.kernel.errors import StudioError, WorkFailed
from animstudio.kernel.serve import told
from animstudio.kernel.spec import Spec
from animstudio.kernel.sync import synced_together
from animstudio.kernel.work import Item, Made, Standing, Work
from animstudio.pipeline.made import checked, checked_facts
from animstudio.pipeline.record import Output

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_MUCH = 160_000_000
"""Bytes of memory after which a worker, that may wait next, gives back what it can."""


@dataclass(frozen=True, slots=True)
class Order:
    """An item to make. Paths and ids only: any executor on any machine can carry it out."""

    attempt: str
    stage: str
    item: str
    make: str
    spec: str
    options: str
    work: Item
    drafts: str
    root: str
    folder: str
    modules: tuple[str, ...]
    log: str
    timed: bool = False
    """Whether it is to be told when the making begins."""
    cpus: int = 1
    digests: Mapping[str, str] = field(default_factory=dict)
    before: Standing | None = None
    spares: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The worker is up, has what it needs, and begins to make the item."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """An item that was made, not published: its outputs, and where each one's draft lies."""

    outputs: tuple[Output, ...]
    drafts: tuple[str, ...]
    facts: Mapping[str, Any]
    seconds: float
    peak: int = 0
    spares: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spoilt:
    """An order that failed; `trace` is for the log."""

    error: StudioError
    trace: str


Say = Callable[[object], object]


def perform_all(orders: Sequence[Order], say: Say) -> list[Drafted | Spoilt]:
    """Carry out orders one after the other; small ones share one sync of the disk."""
    answers: list[Drafted | Spoilt] = []
    with _peak() as peak:
        for order in orders:
            try:
                answers.append(perform(order, partial(_say, say, order.attempt)))
            except Exception as error:
                answers.append(Spoilt(*told(error)))
            except SystemExit as error:  # it would end the worker, and with it others' items
                said = f"it called sys.exit({error.code!r})"
                answers.append(Spoilt(WorkFailed(said), traceback.format_exc()))
        most = peak()
    if most > _MUCH:
        _give_back()
    made = [answer for answer in answers if isinstance(answer, Drafted)]
    together = synced_together([draft for one in made for draft in one.drafts])
    for number, answer in enumerate(answers):
        if isinstance(answer, Drafted):
            try:
                for draft in () if together else answer.drafts:
                    _sync(draft)
                answers[number] = replace(answer, peak=most)
            except OSError as error:  # the disk tells only now that it is full
                answers[number] = Spoilt(*told(error))
    return answers


def _give_back() -> None:
    """Return memory that was freed to the system, where the C library keeps it otherwise."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _say(say: Say, attempt: str, message: object) -> None:
    say((attempt, message))


def perform(order: Order, say: Say) -> Drafted:
    """Make an item. Raises what its stage raises, and WorkFailed where it made nothing real.

    Its drafts are not synced yet, and its peak is not known: see `perform_all`.
    """
    begun = time.perf_counter()
    with contextlib.suppress(FileExistsError):
        os.mkdir(order.drafts)  # the folder above is gone when the run was replaced
    work = Work(
        order.stage, order.item, Path(order.drafts), Path(order.root), Path(order.folder),
        Path(order.log), order.cpus, order.digests, order.before, Path(order.spares), say,
    )  # fmt: skip
    make = _loaded(order.make, order.modules)
    spec = _spec(order.spec, order.options, order.modules)
    if order.timed:
        say(Begun())
    made = make(order.work, spec, work)
    if not isinstance(made, Made):
        raise WorkFailed(f"{order.make} returned {type(made).__name__}, and not what it Made")
    outputs, drafts = checked(made)
    facts = checked_facts(made, order.make)
    spares = {name: str(folder) for name, folder in made.spares.items()}
    return Drafted(outputs, drafts, facts, time.perf_counter() - begun, spares=spares)


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@lru_cache(maxsize=256)
def _loaded(path: str, folders: tuple[str, ...]) -> Callable[..., object]:
    """Import ``module:name``; modules beside the recipe are found too."""
    module, _, name = path.partition(":")
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise WorkFailed(f"{path}: {error}") from error
    return found  # type: ignore[no-any-return]


@lru_cache(maxsize=256)
def _spec(path: str, options: str, folders: tuple[str, ...]) -> Spec:
    kind = _loaded(path, folders)
    assert isinstance(kind, type) and issubclass(kind, Spec)
    return kind.model_validate_json(options)


@contextlib.contextmanager
def _peak() -> Any:
    """Measure the most memory this process holds meanwhile, and its largest child with it."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    with contextlib.suppress(OSError):
        _CLEAR.write_text("5")  # the peak begins anew: proc(5)

    def peak() -> int:
        own = 0
        with contextlib.suppress(OSError):
            for line in _STATUS.read_text().splitlines():
                if line.startswith("VmHWM:"):
                    own = int(line.split()[1]) * 1024
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = after.ru_utime + after.ru_stime > children.ru_utime + children.ru_stime
        return own + (after.ru_maxrss * 1024 if started else 0)

    yield peak
