"""Which scene of a film a moment lies in, by the scenes that are read with its subtitles."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass

from animstudio.knowledge.documents.source import Source


@dataclass(frozen=True, slots=True)
class SceneTimes:
    """Scenes in order of time: when each begins and ends, in seconds, and its number."""

    begins: tuple[float, ...]
    ends: tuple[float, ...]
    numbers: tuple[int, ...]

    def at(self, begin: float, stop: float) -> int | None:
        """Return the scene that the middle of a stretch lies in: words often lead a cut."""
        middle = (begin + stop) / 2
        place = bisect_right(self.begins, middle) - 1
        return self.numbers[place] if place >= 0 and middle < self.ends[place] else None


def scene_times(source: Source) -> SceneTimes:
    """Return the scenes read with a file; none where they are not what scenes should be."""
    found: list[tuple[float, float, int]] = []
    for data in source.companions.values():
        try:
            found += [
                (float(each["start_seconds"]), float(each["end_seconds"]), int(each["scene"]))
                for each in json.loads(data)["scenes"]
            ]
        except (ValueError, KeyError, TypeError, RecursionError):
            return SceneTimes((), (), ())
    found.sort()
    begins, ends, numbers = zip(*found, strict=True) if found else ((), (), ())
    return SceneTimes(begins, ends, numbers)
