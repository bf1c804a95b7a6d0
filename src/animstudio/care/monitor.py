"""The monitor: watches the machine, tells when it gets tight, and goes on watching.

`watch` is the loop; where samples go (a table, lines, CSV) is the caller's affair. A value
that turns critical is said, and ends nothing: that is when the monitor is needed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from animstudio.care.recording import Recorder
from animstudio.care.sample import COLUMNS, Sample, Sampler
from animstudio.kernel.spec import RUNTIME, Spec

Percent = Annotated[float, Field(ge=0, le=100), RUNTIME]
Celsius = Annotated[float, Field(ge=0), RUNTIME]
Level = Literal["ok", "warning", "critical"]

_FIRST_LOOK = 0.5
"""Seconds that the first sample measures usage over."""


class MonitorSpec(Spec):
    """How often the machine is looked at, and what counts as tight."""

    interval: Annotated[float, Field(gt=0), RUNTIME] = 10.0
    """Seconds between two samples."""
    cpu_warn: Percent = 85.0
    """Processor use that is a warning, percent."""
    cpu_critical: Percent = 95.0
    """Processor use that is critical, percent."""
    ram_warn: Percent = 80.0
    """Memory use that is a warning, percent."""
    ram_critical: Percent = 90.0
    """Memory use that is critical, percent."""
    gpu_warn: Celsius = 80.0
    """GPU temperature that is a warning, Celsius."""
    gpu_critical: Celsius = 85.0
    """GPU temperature that is critical, Celsius."""
    disk_warn: Percent = 90.0
    """Disk use that is a warning, percent."""
    disk_critical: Percent = 95.0
    """Disk use that is critical, percent."""
    rotate_mb: Annotated[float, Field(gt=0), RUNTIME] = 10.0
    """Megabytes at which a recorded file is set aside and a new one begun."""
    keep: Annotated[int, Field(ge=0), RUNTIME] = 5
    """How many files that were set aside are kept."""

    @model_validator(mode="after")
    def _in_order(self) -> MonitorSpec:
        for what in ("cpu", "ram", "gpu", "disk"):
            if getattr(self, f"{what}_warn") > getattr(self, f"{what}_critical"):
                raise ValueError(f"{what}_warn is above {what}_critical")
        return self


_WATCHED = {
    "cpu_usage_pct": ("cpu", "CPU", " %"),
    "ram_pct": ("ram", "RAM", " %"),
    "gpu_temp_c": ("gpu", "GPU", " C"),
    "disk_root_pct": ("disk", "disk /", " %"),
    "disk_mnt_pct": ("disk", "disk /mnt", " %"),
}
"""Column with thresholds: their name in the spec, what people call it, its unit."""


def level(column: str, sample: Sample, spec: MonitorSpec) -> Level:
    """Return how tight a column of the sample is."""
    value = getattr(sample, column)
    if value is None or column not in _WATCHED:
        return "ok"
    what = _WATCHED[column][0]
    if value >= getattr(spec, f"{what}_critical"):
        return "critical"
    return "warning" if value >= getattr(spec, f"{what}_warn") else "ok"


class Alarms:
    """Says when a value crosses a threshold, once each time."""

    def __init__(self, spec: MonitorSpec, say: Callable[[str], object]) -> None:
        self._spec = spec
        self._say = say
        self._levels: dict[str, Level] = {}

    def __call__(self, sample: Sample) -> None:
        """Compare the sample with the one before."""
        for column, (what, name, unit) in _WATCHED.items():
            now = level(column, sample, self._spec)
            before, self._levels[column] = self._levels.get(column, "ok"), now
            value = getattr(sample, column)
            if now == before:
                continue
            if now == "ok":
                gone = "no longer readable" if value is None else f"{value:g}{unit}"
                self._say(f"ok again: {name} {gone}")
                continue
            suffix = "warn" if now == "warning" else now
            limit = getattr(self._spec, f"{what}_{suffix}")
            self._say(f"{now}: {name} {value:g}{unit} (from {limit:g})")


def watch(
    sampler: Sampler,
    interval: float,
    output: Callable[[Sample], object],
    wait: Callable[[float], bool],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Give a sample to `output` now, each `interval` seconds, and when asked to end.

    `wait` waits so many seconds and returns True when the watching shall end. Samples keep
    to the clock; those missed while the machine slept are not made up for.
    """
    ended = wait(min(_FIRST_LOOK, interval))
    due = clock()
    while True:
        output(sampler.sample())
        if ended:
            return
        due = max(due + interval, clock())
        ended = wait(due - clock())


def once(sampler: Sampler, wait: Callable[[float], bool]) -> Sample:
    """Return a single sample."""
    wait(_FIRST_LOOK)
    return sampler.sample()


def record(
    path: Path,
    until: threading.Event,
    spec: MonitorSpec,
    *,
    say: Callable[[str], object] = lambda line: None,
    sampler: Sampler | None = None,
) -> threading.Thread:
    """Record samples into a CSV file beside other work, until the event is set.

    Returns the thread, begun; after ``until.set()`` it writes a last row: ``join()`` it.
    `say` is told of thresholds crossed, and of a disk that takes no rows.
    """
    recorder = csv_recorder(path, spec, say)
    alarms = Alarms(spec, say)

    def output(sample: Sample) -> None:
        alarms(sample)
        recorder.append(sample.cells())

    eyes = sampler or Sampler()
    thread = threading.Thread(
        target=watch, args=(eyes, spec.interval, output, until.wait), name="monitor", daemon=True
    )
    thread.start()
    return thread


def csv_recorder(path: Path, spec: MonitorSpec, say: Callable[[str], object]) -> Recorder:
    """Return what appends samples to a CSV file."""
    limit = int(spec.rotate_mb * 1024**2)
    return Recorder(path, say, header=COLUMNS, max_bytes=limit, keep=spec.keep)
