"""Which of a character's pictures are taken, once all of them were looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from animstudio.dataset.duplicates.groups import Groups
from animstudio.dataset.duplicates.pairs import near_hashes, near_vectors, same_content
from animstudio.dataset.look import Looked
from animstudio.dataset.select import most_different
from animstudio.dataset.spec import PickSpec


@dataclass(frozen=True, slots=True)
class Left:
    """A picture that is left out."""

    picture: Looked
    reason: str
    said: str
    value: float | None = None
    limit: float | None = None
    like: str | None = None


@dataclass(slots=True)
class Choice:
    """What is taken, what is left, and the names of each taken one's twins."""

    taken: list[Looked]
    left: list[Left] = field(default_factory=list)
    twins: dict[str, list[str]] = field(default_factory=dict)


def choose(pictures: Sequence[Looked], spec: PickSpec) -> Choice:
    """Drop the soft ones and the twins, and take the most different of the others."""
    choice = Choice(list(pictures))
    _drop_soft(choice, spec)
    _drop_twins(choice, spec)
    _drop_surplus(choice, spec)
    return choice


def _drop_soft(choice: Choice, spec: PickSpec) -> None:
    """Leave out what has less fine contrast than the others, unless its edges are sharp.

    Flat colours have little fine contrast however sharply they are drawn, so that beside
    textured pictures they would be soft by their rank alone.
    """
    if not choice.taken:
        return
    middle = median(one.measured.sharpness for one in choice.taken)
    limit = min(spec.min_sharpness, middle * spec.median_share)
    kept = []
    for one in choice.taken:
        sharpness, wide = one.measured.sharpness, one.measured.softness
        drawn_sharply = wide is not None and wide <= spec.sharp_edges
        if sharpness >= limit or drawn_sharply or one.source.name in spec.keep:
            kept.append(one)
            continue
        said = (
            f"sharpness {sharpness:.1f}, at least {limit:.1f} wanted "
            f"({spec.median_share:g} of the set's median, {spec.min_sharpness:g} at most)"
        )
        choice.left.append(Left(one, "soft", said, sharpness, round(limit, 2)))
    choice.taken = kept


def _drop_twins(choice: Choice, spec: PickSpec) -> None:
    pictures = choice.taken
    groups = Groups(len(pictures))
    for one, other in _pairs(pictures, spec):
        if pictures[one].whole == pictures[other].whole:
            groups.join(one, other)
    out: set[int] = set()
    for group in groups.several():
        best = max(group, key=lambda n: (pictures[n].measured.sharpness, -n))
        for number in group:
            if number == best or pictures[number].source.name in spec.keep:
                continue
            out.add(number)
            said = _why(pictures[number], pictures[best], spec)
            kept = pictures[best].name
            choice.left.append(
                Left(pictures[number], "duplicate", f"like {kept}: {said}", like=kept)
            )
            choice.twins.setdefault(kept, []).append(pictures[number].name)
    choice.taken = [one for number, one in enumerate(pictures) if number not in out]


def _pairs(pictures: Sequence[Looked], spec: PickSpec) -> Iterator[tuple[int, int]]:
    yield from same_content([p.digest for p in pictures])
    for one, other, _ in near_hashes([p.bits for p in pictures], spec.near_bits):
        if _near_in_time(pictures[one], pictures[other], spec.near_seconds):
            yield one, other
    if len(pictures) > 1:
        vectors = np.stack([p.vector for p in pictures])
        yield from ((a, b) for a, b, _ in near_vectors(vectors, spec.near_cosine))


def _why(one: Looked, best: Looked, spec: PickSpec) -> str:
    """Return in which way a picture is like the one of its group that is taken."""
    if one.digest == best.digest:
        return "the same picture"
    bits = (one.bits ^ best.bits).bit_count()
    if bits <= spec.near_bits and _near_in_time(one, best, spec.near_seconds):
        return f"perceptual hashes differ in {bits} of 64 bits"
    cosine = float(one.vector @ best.vector)
    return f"cosine {cosine:.3f}" if cosine >= spec.near_cosine else "like another that is like it"


def _near_in_time(one: Looked, other: Looked, most: float) -> bool:
    """Return whether two pictures are close in one film, or nobody knows when they were."""
    first, second = one.source, other.source
    if first.seconds is None or second.seconds is None:
        return True
    return first.film == second.film and abs(first.seconds - second.seconds) <= most


def _drop_surplus(choice: Choice, spec: PickSpec) -> None:
    pictures = choice.taken
    forced = [n for n, one in enumerate(pictures) if one.source.name in spec.keep]
    free = [n for n in range(len(pictures)) if n not in set(forced)]
    room = max(0, spec.max_images_per_char - len(forced))
    if len(free) <= room:
        return
    own = [pictures[n] for n in free]
    taken = most_different(
        np.stack([one.vector for one in own]),
        [one.source.scene for one in own],
        [one.measured.sharpness for one in own],
        room,
    ) if room else []  # fmt: skip
    kept = {*forced, *(free[n] for n in taken)}
    most = spec.max_images_per_char
    said = f"{most} more different ones were taken"
    for number in free:
        if number not in kept:
            choice.left.append(Left(pictures[number], "surplus", said, limit=most))
    choice.taken = [one for number, one in enumerate(pictures) if number in kept]
