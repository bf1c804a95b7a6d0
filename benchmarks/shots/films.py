"""Benchmark films: conditions, and the real H.264 files made for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import effects
import filmed
import numpy as np
from cutting import Cutting, Truth
from drawn import KINDS, Picture, Scenery, Source, neighbour, scenery

from animstudio.media.encode import write_film

Effect = Callable[..., Source]
SHOTS = 6  # a film


@dataclass(frozen=True)
class Condition:
    """How the films of one condition are made."""

    name: str
    kinds: Sequence[str] = (*KINDS, "filmed", "filmed")
    joins: Sequence[str] = ("cut",)
    effects: Sequence[Effect] = ()
    similar: float = 0.15  # share of shots that show the place of the shot before
    moving: bool | None = None
    rate: int = 24
    letterbox: bool = False
    edges: bool = False  # opens and closes with a fade


MIXED = ("cut", "cut", "cut", "dissolve", "black", "white", "dissolve")
CONDITIONS = (
    Condition("cuts"),
    Condition("similar neighbours", similar=1.0),
    Condition("dark", kinds=("night",), joins=("cut", "cut", "dissolve"), similar=0.3),
    Condition("low contrast", kinds=("fog", "fog", "snow"), joins=("cut", "cut", "dissolve")),
    Condition("held drawings", joins=("cut", "cut", "dissolve"), effects=(effects.held,)),
    Condition("dissolves", joins=("dissolve",), moving=False),
    Condition("moving dissolves", joins=("dissolve",), moving=True),
    Condition("fades", joins=("black", "black", "white"), edges=True),
    Condition("flashes and strobes", effects=effects.LIGHT),
    Condition("whips and zooms", effects=effects.CAMERA),
    Condition("titles over", joins=("cut", "dissolve"), effects=(effects.caption,)),
    Condition("letterbox", joins=MIXED, effects=effects.ANY, letterbox=True, edges=True),
    Condition("25 fps", joins=MIXED, effects=effects.ANY, rate=25),
    Condition("30 fps", joins=MIXED, effects=effects.ANY, rate=30),
    Condition("60 fps", joins=MIXED, effects=effects.ANY, rate=60),
)


@dataclass(frozen=True)
class Film:
    """One benchmark film: its condition, where the file is, its truth and what it shows."""

    condition: str
    path: Path
    rate: int
    frames: int
    truths: list[Truth]
    edges: list[tuple[int, int]]
    shows: list[str]


def make_film(
    seed: int, condition: Condition, folder: Path, clips: Sequence[list[Picture]]
) -> Film:
    """Write the film of one seed and condition into `folder`."""
    rng = np.random.default_rng([seed, CONDITIONS.index(condition)])
    cutting = Cutting(condition.rate, rng)
    shows = []
    for number, (source, seconds, effect) in enumerate(_shots(rng, condition, clips)):
        first = "open" if condition.edges else "cut"
        join = str(rng.choice(condition.joins)) if number else first
        lead = cutting.lead(join)
        if effect:  # inside the shot proper, in no transition
            source = effect(
                rng, source, lead / condition.rate + rng.uniform(0.25, 0.4), condition.rate
            )
        cutting.add(join, lead, source, seconds)
        shows.append(source.name)
    if condition.edges:
        cutting.close()
    path = folder / f"{seed}-{condition.name.replace(' ', '-')}.mp4"
    write_film(path, cutting.pictures(condition.letterbox), rate=condition.rate,
               options={"crf": str(rng.integers(18, 29)), "preset": "veryfast"})  # fmt: skip
    return Film(condition.name, path, condition.rate, len(cutting.frames), cutting.truths,
                cutting.edges, shows)  # fmt: skip


def _shots(
    rng: np.random.Generator, condition: Condition, clips: Sequence[list[Picture]]
) -> Iterator[tuple[Source, float, Effect | None]]:
    place: Scenery | None = None
    for number in range(SHOTS):
        seconds = rng.uniform(0.9, 2.0)
        kind = str(rng.choice(condition.kinds))
        if place is not None and rng.random() < condition.similar:
            place = neighbour(rng, place)
        elif kind != "filmed" or condition.similar == 1:
            place = scenery(rng, "landscape" if kind == "filmed" else kind)
        else:
            place = None
        if place is None:
            # neighbours are mirrored, or two crops could show one and the same thing
            source = filmed.crop(rng, clips[int(rng.integers(len(clips)))], mirror=number % 2 == 1)
        elif condition.moving is None:
            source = place.source()
        else:
            speed = float(rng.choice([-1, 1])) * rng.uniform(25, 90) if condition.moving else 0.0
            source = replace(place, speed=speed).source()
        effect = None
        if condition.effects and (rng.random() < 0.6 or len(condition.effects) == 1):
            effect = condition.effects[int(rng.integers(len(condition.effects)))]
            seconds += 0.6  # room for it between the transitions
        yield source, seconds, effect
