"""Composition of one picture: every cue, and the overall score.

compose: shrink -> edges, colours, saliency -> thirds, balance, depth, subjects -> score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from animstudio.film.composition.balance import balance_of
from animstudio.film.composition.colours import Colours, colours_of, skin_of
from animstudio.film.composition.depth import depth_of
from animstudio.film.composition.framing import ShotSize, shot_size
from animstudio.film.composition.lines import LeadingLine, leading_lines
from animstudio.film.composition.palette import Swatch, palette_of
from animstudio.film.composition.saliency import saliency_of
from animstudio.film.composition.spec import CompositionSpec
from animstudio.film.composition.subjects import Subject, find_subjects
from animstudio.film.composition.thirds import nearness, on_lines, on_points
from animstudio.media.imaging import Plane, grey_of, resized, slopes
from animstudio.media.views import Bytes, shrink

EDGES_SIDE, LINES_SIDE, COLOURS_SIDE = 480, 240, 160
"""Longest sides, in pixels, of the pictures that edges, lines, and colours are read from."""

WEIGHTS = {"thirds": 0.30, "balance": 0.25, "depth": 0.20, "subjects": 0.25}
"""What each part counts for in the overall score."""


@dataclass(frozen=True, slots=True)
class Composition:
    """What one picture says. Scores and shares are 0-1.

    score:       overall: 30 % thirds + 25 % balance + 20 % depth + 25 % subjects.
    thirds:      mean of third_lines and power_points; 0.5 is what an even picture has.
    balance:     mean of left_right and top_bottom; 1 rests on its middle.
    depth:       how strongly the picture says near and far.
    subject_score: how clear the main subject is and how near to a power point; 0 without.
    subjects:    salient subjects, the weightiest first.
    shot_size:   how close the camera is; None without a subject.
    lines:       leading lines, the strongest first.
    palette:     main colours, the largest share first.
    brightness:  mean luma.   contrast: its standard deviation over the largest possible.
    saturation:  mean HSV saturation.
    """

    score: float
    thirds: float
    third_lines: float
    power_points: float
    balance: float
    left_right: float
    top_bottom: float
    depth: float
    subject_score: float
    subjects: tuple[Subject, ...]
    shot_size: ShotSize | None
    lines: tuple[LeadingLine, ...]
    palette: tuple[Swatch, ...]
    brightness: float
    contrast: float
    saturation: float

    def as_record(self) -> dict[str, object]:
        """Return plain JSON; numbers rounded to 4 places."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def compose(picture: Bytes, spec: CompositionSpec | None = None) -> Composition:
    """Judge the composition of a BGR picture (h, w, 3); the larger it is, the more it shrinks.

    Crop black bars first (`Bars.inside`): they would pass for composition.
    Raises ValueError for anything but a BGR picture of at least one pixel.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
        raise ValueError(f"a BGR picture (h, w, 3) was expected, not {picture.shape}")
    spec = spec or CompositionSpec()
    middle = shrink(picture, EDGES_SIDE)
    small = shrink(middle, COLOURS_SIDE)
    luma = grey_of(middle)
    energy = np.hypot(*slopes(luma))
    colours = colours_of(small)
    saliency = saliency_of(grey_of(small).astype(np.float32), colours)
    weight = _visual_weight(energy, saliency)
    subjects = find_subjects(
        saliency,
        skin_of(colours.lab)[colours.number].astype(np.float32),
        most=spec.subjects,
        smallest=spec.subject_min_area,
        largest=spec.subject_max_area,
    )
    third_lines, power_points = on_lines(energy), on_points(weight)
    left_right, top_bottom = balance_of(weight)
    parts = {
        "thirds": (third_lines + power_points) / 2,
        "balance": (left_right + top_bottom) / 2,
        "depth": depth_of(energy, colours),
        "subjects": _subject_score(subjects),
    }
    return Composition(
        score=sum(WEIGHTS[name] * part for name, part in parts.items()),
        thirds=parts["thirds"],
        third_lines=third_lines,
        power_points=power_points,
        balance=parts["balance"],
        left_right=left_right,
        top_bottom=top_bottom,
        depth=parts["depth"],
        subject_score=parts["subjects"],
        subjects=subjects,
        shot_size=shot_size(subjects, middle.shape[1] / middle.shape[0]),
        lines=leading_lines(shrink(luma, LINES_SIDE)),
        palette=palette_of(colours, spec.colours),
        brightness=float(luma.mean()) / 255,
        contrast=min(1.0, float(luma.std()) / 127.5),
        saturation=_saturation(colours),
    )


def _visual_weight(energy: Plane, saliency: Plane) -> Plane:
    """Return what weighs in the picture: half what stands out, half where the detail is."""
    detail = resized(energy, saliency.shape)
    both = [plane / mean for plane in (detail, saliency) if (mean := float(plane.mean())) > 0]
    return sum(both) if both else np.zeros_like(saliency)  # type: ignore[return-value]


def _subject_score(subjects: tuple[Subject, ...]) -> float:
    if not subjects:
        return 0.0
    main = subjects[0]
    return 0.6 * main.score + 0.4 * nearness(*main.centre)


def _saturation(colours: Colours) -> float:
    high, low = colours.bgr.max(axis=1), colours.bgr.min(axis=1)
    return min(1.0, float(colours.share @ ((high - low) / np.maximum(high, 1e-9))))


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, tuple):
        return [part.as_record() for part in value]
    return value
