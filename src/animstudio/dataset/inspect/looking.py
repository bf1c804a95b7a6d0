"""Many pictures looked at beside each other, each once.

JPEG's decoder leaves Python alone, so threads do. PNG's does not, and two threads with it are no
faster than one: for many PNGs processes are started, where a picture that brings its decoder
down costs itself, besides.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from animstudio.dataset.inspect.look import Seen, see_many
from animstudio.dataset.quality.text import FindText
from animstudio.kernel.workers import Done, Failed, Task, Workers

CHUNK: Final = 16
"""Pictures a thread or a process is given at once."""
MANY: Final = 256
"""PNGs from which on processes pay: one takes 0.7 s to start, and saves 6 ms a picture."""

Watch = Callable[[int, int], object]


def look_at_all(
    paths: Sequence[Path], workers: int = 0, watch: Watch = lambda done, total: None, *,
    looks_only: bool = False, find_text: FindText | None = None, apart: bool = False,
) -> list[Seen]:  # fmt: skip
    """Return what each picture is like, in order; with `looks_only`, what twins are told by.

    `apart` allows processes, which import the main module of whoever calls this once more.
    """
    count = workers or len(os.sched_getaffinity(0))
    pngs = sum(path.suffix.lower() == ".png" for path in paths)
    if apart and count > 1 and pngs >= MANY and find_text is None:
        looked = _in_processes(paths, count, looks_only)
    else:
        looked = _in_threads(paths, count, partial(see_many, looks_only=looks_only,
                                                   find_text=find_text))  # fmt: skip
    found: dict[int, Seen] = {}
    for first, several in looked:
        found |= enumerate(several, first)
        watch(len(found), len(paths))
    return [found[at] for at in range(len(paths))]


def _in_threads(
    paths: Sequence[Path], count: int, look: Callable[[Sequence[Path]], list[Seen]]
) -> Iterator[tuple[int, list[Seen]]]:
    """Yield where pictures stand, and what they are like."""
    starts = range(0, len(paths), CHUNK)
    with ThreadPoolExecutor(count) as pool:
        yield from zip(
            starts, pool.map(look, [paths[at : at + CHUNK] for at in starts]), strict=True
        )


def _in_processes(
    paths: Sequence[Path], count: int, looks_only: bool
) -> Iterator[tuple[int, list[Seen]]]:
    """Yield where pictures stand, and what they are like, as they come."""
    crew = Workers(count)
    left: dict[str, range] = {}

    def send(places: range) -> None:
        name = f"{places.start}-{places.stop}"
        left[name] = places
        crew.submit(Task(name, see_apart, ([paths[at] for at in places], looks_only)))

    try:
        for at in range(0, len(paths), CHUNK):
            send(range(at, min(at + CHUNK, len(paths))))
        while left:
            for outcome in crew.hear(patience=1.0):
                if isinstance(outcome, Done):
                    yield left.pop(outcome.task.name).start, outcome.value
                elif isinstance(outcome, Failed):
                    places = left.pop(outcome.task.name)
                    if not outcome.died:
                        raise outcome.error
                    if len(places) == 1:
                        yield places.start, [Seen(f"its decoder broke down ({outcome.died})")]
                    else:
                        for at in places:
                            send(range(at, at + 1))
    finally:
        crew.stop()


def see_apart(paths: Sequence[Path], looks_only: bool, report: object) -> list[Seen]:
    """Return what some pictures are like; for a worker process."""
    return see_many(paths, looks_only=looks_only)
