"""Finding shots: boundaries of every kind, put together into shots that tile the film."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from animstudio.film import cuts, dissolves, fades, transnet
from animstudio.film.likeness import Signatures, flat
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot, Transition
from animstudio.kernel.spec import Seconds, Share, Spec


class ShotSpec(Spec):
    """How shots are found."""

    detector: Literal["adaptive", "transnetv2"] = "adaptive"
    """Rules over the measures, or the TransNetV2 network (extra `models`; slower)."""
    threshold: Annotated[float, Field(gt=0)] = cuts.SCALE
    """How much must change for a cut, on PySceneDetect's scale (adaptive); higher finds fewer."""
    min_shot: Seconds = 0.6
    """Shorter shots join their neighbour."""
    gradual: bool = True
    """Look for dissolves and fades as well as for cuts (adaptive)."""
    odds: Share = 0.5
    """Probability from which the network's word is taken (transnetv2)."""


def find_shots(measures: Measures, spec: ShotSpec = ShotSpec()) -> list[Shot]:
    """Return the shots of a film; they tile its frames. No frames, no shots.

    Boundaries older than `lag` frames stay as they are when more frames arrive.
    """
    n = len(measures)
    if not n:
        return []
    return tile(n, thin(find_transitions(measures, spec), n, measures.rate, spec))


def find_transitions(measures: Measures, spec: ShotSpec = ShotSpec()) -> list[Transition]:
    """Return every transition, rising, before shots that are too short are joined."""
    rate = float(measures.rate)
    if spec.detector == "transnetv2":
        return transnet.find_transitions(measures, spec.odds)
    pictures = flat(measures.signature)
    content = (measures.hue + measures.saturation + measures.value) / np.float32(3)
    hard, light = cuts.find_cuts(
        measures.novelty,
        content,
        pictures,
        rate,
        threshold=spec.threshold,
        interruption=spec.min_shot,
    )
    gradual = _gradual(pictures, rate, hard, light) if spec.gradual else []
    found = gradual + [Transition("cut", t, t) for t in hard if not _inside(t, gradual)]
    return sorted(found, key=lambda t: (t.start, t.end))


def _gradual(
    pictures: Signatures, rate: float, hard: Sequence[int], light: Sequence[int]
) -> list[Transition]:
    faded = fades.find_fades(pictures, rate, hard, light)
    mixed = dissolves.find_dissolves(pictures, rate, hard, light)
    return faded + [t for t in mixed if not _overlaps(t, faded)]


def _inside(frame: int, spans: Sequence[Transition]) -> bool:
    return any(t.start - 1 <= frame <= t.end + 1 for t in spans)


def _overlaps(one: Transition, spans: Sequence[Transition]) -> bool:
    return any(t.start < one.end and one.start < t.end for t in spans)


def thin(
    transitions: Sequence[Transition], frames: int, rate: Fraction, spec: ShotSpec
) -> list[Transition]:
    """Return the transitions with which no shot is shorter than `spec.min_shot`."""
    least = max(1, round(spec.min_shot * float(rate)))
    kept: list[Transition] = []
    last = 0
    for one in transitions:
        if one.kind in ("fade_in", "fade_out"):
            kept.append(one)
        elif division(one) - last >= least and frames - division(one) >= least:
            kept.append(one)
            last = division(one)
    return kept


def division(transition: Transition) -> int:
    """Return the first frame of the new shot: a gradual transition is divided at its middle."""
    return (transition.start + transition.end) // 2


def tile(frames: int, transitions: Sequence[Transition]) -> list[Shot]:
    """Return the shots between `transitions`; those of the film's edges open and close it."""
    between = [t for t in transitions if t.kind not in ("fade_in", "fade_out")]
    opening = next((t for t in transitions if t.kind == "fade_in"), None)
    closing = next((t for t in transitions if t.kind == "fade_out"), None)
    starts = [0, *(division(t) for t in between)]
    ends = [*starts[1:], frames]
    before, after = [opening, *between], [*between, closing]
    return [
        Shot(number, *shot)
        for number, shot in enumerate(zip(starts, ends, before, after, strict=True), 1)
    ]


def lag(rate: Fraction | float, spec: ShotSpec = ShotSpec()) -> int:
    """Return how many frames must follow a boundary before it is final.

    More frames change nothing about it then. One exception: a film that ends in black closes
    with a fade; if a picture comes after all, that was a fade between two shots.
    """
    if spec.detector == "transnetv2":
        return transnet.WINDOW + round(spec.min_shot * float(rate))
    seconds = cuts.reach(spec.min_shot)
    if spec.gradual:
        seconds = max(seconds, fades.reach(), dissolves.reach())
    return round((seconds + spec.min_shot) * float(rate))


def cut_score(measures: Measures, spec: ShotSpec = ShotSpec()) -> tuple[NDArray[np.float32], float]:
    """Return the score (n,) that cuts are looked for in, and the level they reach, for plots.

    A score above the level is no cut yet: it must stand out, and not be light.
    """
    if spec.detector == "transnetv2" and measures.cut_odds is not None:
        return measures.cut_odds, spec.odds
    return measures.novelty * np.float32(cuts.SCALE / cuts.SURE), spec.threshold
