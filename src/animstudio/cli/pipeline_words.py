"""Which events of a run are worth a line, and in which words; few enough to be read."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable

from animstudio.kernel.events import Event
from animstudio.kernel.guard import GuardChanged
from animstudio.kernel.progress_views import duration
from animstudio.pipeline import events as on

_MOST = 20
"""Lines of a sort before the rest is only counted."""
_STYLES = {logging.WARNING: "yellow", logging.ERROR: "red"}

Said = tuple[str, str]
"""A line, and its style."""


class Words:
    """Says events of a level and above; with `stages` also how each stage ended.

    Of failures, tries and ends of stages the first are said, and the others counted; but all at
    the level DEBUG.
    """

    def __init__(self, level: int, *, stages: bool) -> None:
        self._level, self._stages = level, stages
        self._made: Counter[str] = Counter()
        self._flowed: dict[str, Counter[str]] = {}
        self._failed: set[str] = set()
        self._told: Counter[str] = Counter()

    def of(self, event: Event) -> Iterable[Said]:
        """Return what is to be said of an event."""
        match event:
            case on.PipelineStarted():
                yield from self._line(logging.INFO, f"run {event.run}: {event.recipe}")
                if event.note:
                    yield from self._line(logging.WARNING, event.note)
            case on.ItemStarted():
                why = f"{event.stage}/{event.item}: {event.why}"
                yield from self._line(logging.DEBUG, why)
            case on.ItemCommitted():
                self._made[event.stage] += 1
            case on.ItemRetried():
                again = f"{event.stage}/{event.item}: again: {event.reason}"
                yield from self._line(logging.WARNING, again, "tried again")
            case on.ItemFailed():
                self._failed.add(event.stage)
                log = f" (see {event.log})" if event.log else ""
                failed = f"{event.stage}/{event.item}: {event.reason}{log}"
                yield from self._line(logging.ERROR, failed, "failed")
            case on.LeftRunning():
                left = f"{event.stage}/{event.item}: was left running, and ended: {event.processes}"
                yield from self._line(logging.WARNING, left, "left running")
            case on.PartEnded():
                yield from self._part(event)
            case on.StageClosed() if event.problem:
                closed = f"{event.stage}: {event.problem}"
                yield from self._line(logging.ERROR, closed, "failed")
            case on.PipelineEnded() if self._stages:
                for stage, counts in self._flowed.items():
                    counts["made"] = self._made[stage]
                    yield from self._stage(stage, counts)
            case on.StageClosed() if self._stages:
                closed = f"{event.stage}: closed in {duration(event.seconds)}"
                yield from self._line(logging.INFO, closed, "stages")
            case on.PipelineWaits():
                yield from self._line(logging.WARNING, f"waits: {event.why}", "waited")
            case GuardChanged():
                yield from self._line(logging.WARNING, event.reason, "guard")

    def rest(self, run: str) -> Iterable[Said]:
        """Return how much was not said, and where it stands."""
        names = {"failed": "failures", "tried again": "further tries", "blocked": "blocked parts"}
        left = [f"{self._told[sort] - _MOST:,} more {name}" for sort, name in names.items()
                if self._told[sort] > _MOST and self._level > logging.DEBUG]  # fmt: skip
        if left:
            yield f"and {', '.join(left)}; see: animstudio pipeline report {run}", "yellow"

    def _part(self, event: on.PartEnded) -> Iterable[Said]:
        name = f"{event.stage}/{event.part}" if event.part else event.stage
        if event.ending in ("blocked", "skipped"):
            said = f"{name}: {event.ending}: {event.reason}"
            level = logging.WARNING if event.ending == "blocked" else logging.INFO
            yield from self._line(level, said, event.ending)
        elif event.ending == "failed" and event.stage not in self._failed:
            yield from self._line(logging.ERROR, f"{name}: {event.reason}", "failed")
        elif event.ending == "done" and self._stages:
            counts = Counter({"reused": event.reused, "taken over": event.adopted})
            if event.part:  # of a stage that flows, whose end nobody tells
                self._flowed.setdefault(event.stage, Counter()).update(counts)
            else:
                counts["made"] = self._made[event.stage]
                yield from self._stage(name, counts)

    def _stage(self, name: str, counts: Counter[str]) -> Iterable[Said]:
        words = ("made", "reused", "taken over")
        said = ", ".join(f"{counts[word]:,} {word}" for word in words if counts[word])
        if said:
            yield from self._line(logging.INFO, f"{name}: {said}", "stages")

    def _line(self, level: int, text: str, sort: str = "") -> Iterable[Said]:
        if level < self._level:
            return
        if sort:
            self._told[sort] += 1
            if self._told[sort] > _MOST and self._level > logging.DEBUG:
                return
        yield text, _STYLES.get(level, "")
