"""The report's small pictures: as large as fit, each embedded once and shown in several places.

They are backgrounds of CSS classes, since a data address in two ``<img>`` would be there twice.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil

from animstudio.film.report.facts import FilmFacts, FrameRecord, PictureMaker
from animstudio.kernel.markup import Markup

LEAST = 1_000_000
"""Bytes that pictures have in any case, however much else is on the page."""
SIDES = (360, 280, 220, 176, 144, 112, 88)
"""Longest sides that are tried, pixels."""
SAMPLE = 24
"""Pictures made at a side to see whether all of them will fit."""
THREADS = 4
"""Pictures that are made at a time, on as many cores as there are."""
MARGIN = 1.05
"""How much larger than the sample's pictures all of them may be on average."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture in the page: its record and the CSS class that shows it."""

    record: FrameRecord
    css_class: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """What an album needs of a film: by shot its first, middle and last picture, in order."""

    by_shot: Mapping[int, Sequence[FrameRecord]]
    picture: PictureMaker


def candidates(film: FilmFacts) -> Candidates:
    """Return the pictures that may stand for the film's shots; none of them is read yet."""
    found: dict[int, list[FrameRecord]] = {shot.number: [] for shot in film.shots}
    for record in film.frames:
        if record.get("scene") in found:
            found[record["scene"]].append(record)
    by_shot = {number: _ends_and_middle(all_) for number, all_ in found.items() if all_}
    return Candidates(by_shot, film.picture)


def _ends_and_middle(records: list[FrameRecord]) -> list[FrameRecord]:
    records.sort(key=lambda record: record.get("frame", 0))
    return [records[at] for at in sorted({0, len(records) // 2, len(records) - 1})]


class Album:
    """The pictures of the films that are shown in full.

    films: by their index in the run. room: bytes that all pictures may take as embedded.
    of: (index of the film, shot number) -> its pictures in the order of their frames. Shots
    without any are absent.
    """

    def __init__(self, films: Mapping[int, Candidates], room: int) -> None:
        self.of: dict[tuple[int, int], list[Shown]] = {}
        self._rules: list[str] = []
        room = max(LEAST, room)
        wanted = _within_means(films)
        with ThreadPoolExecutor(THREADS) as threads:
            maker = _Maker(films, threads)
            side, usual = _side(maker, wanted, room)
            # Where not even the smallest fit, shots evenly spread over the films have one.
            chosen = wanted[:: max(1, ceil(len(wanted) * usual / room))]
            for (index, shot, record), jpeg in zip(chosen, maker.make(chosen, side), strict=True):
                if jpeg is None:
                    continue
                css_class = f"p{len(self._rules)}"
                rule = _rule(css_class, jpeg)
                room -= len(rule)
                if room >= 0:
                    self._rules.append(rule)
                    self.of.setdefault((index, shot), []).append(Shown(record, css_class))
        for shown in self.of.values():
            shown.sort(key=lambda one: one.record.get("frame", 0))

    def style(self) -> Markup:
        """Return the CSS that holds the pictures."""
        return Markup("\n".join(self._rules))


Wanted = tuple[int, int, FrameRecord]


def _within_means(films: Mapping[int, Candidates]) -> list[Wanted]:
    """Return up to three pictures a shot in short runs, one in long ones.

    Middles come first: they stand for their shots when room runs out.
    """
    each = 3 if sum(len(film.by_shot) for film in films.values()) <= 250 else 1
    middles, others = [], []
    for index, film in films.items():
        for shot, records in film.by_shot.items():
            middle = len(records) // 2
            middles.append((index, shot, records[middle]))
            if each > 1:
                others += [(index, shot, r) for at, r in enumerate(records) if at != middle]
    return middles + others


class _Maker:
    """Makes pictures side by side (making one releases the interpreter), and each once."""

    def __init__(self, films: Mapping[int, Candidates], threads: ThreadPoolExecutor) -> None:
        self._films, self._threads = films, threads
        self._made: dict[tuple[int, str, int], bytes | None] = {}

    def make(self, wanted: Sequence[Wanted], side: int) -> list[bytes | None]:
        """Return the pictures as JPEGs, longest side `side`; None where one is gone."""
        return list(self._threads.map(lambda one: self._one(one, side), wanted))

    def sample(self, wanted: Sequence[Wanted], side: int) -> list[bytes | None]:
        """Return the same, and keep them at hand for when they are made."""
        pictures = self.make(wanted, side)
        keys = [(index, record["file"], side) for index, _, record in wanted]
        self._made = dict(zip(keys, pictures, strict=True))
        return pictures

    def _one(self, one: Wanted, side: int) -> bytes | None:
        index, _, record = one
        key = (index, record["file"], side)
        return self._made[key] if key in self._made else self._films[index].picture(key[1], side)


def _side(maker: _Maker, wanted: Sequence[Wanted], room: int) -> tuple[int, float]:
    """Return the largest side at which a sample says that all pictures fit, and their mean size."""
    sample = wanted[:: max(1, len(wanted) // SAMPLE)]
    usual = 0.0
    for side in SIDES:
        sizes = [_size(jpeg) for jpeg in maker.sample(sample, side)]
        usual = sum(sizes) / max(1, len(sizes)) * MARGIN
        if usual * len(wanted) <= room:
            break
    return side, usual


def _size(jpeg: bytes | None) -> int:
    return 0 if jpeg is None else len(_rule("p0000", jpeg))


def _rule(css_class: str, jpeg: bytes) -> str:
    return (
        f".{css_class}{{background-image:url(data:image/jpeg;base64,{b64encode(jpeg).decode()})}}"
    )
