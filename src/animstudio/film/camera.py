"""What the camera does in every shot: its motion integrated, named and graded.

Words say what the *camera* does: it pans right when the picture's content moves left, zooms
in when the content grows, rolls counterclockwise when the content turns clockwise.

Lengths are in frame widths and speeds in frame widths a second, so that no threshold depends
on the film's size or rate. The report's pixels are meant at 1920 pixels and 24 frames a
second, where 1 pixel a frame is 24 / 1920 = 0.0125 widths a second. So that all axes can be
compared, zoom and roll count by what they do half a width from the middle, at the frame's
side: a zoom of 5 % moves it by 0.025 widths, and so does a roll of 3 degrees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from animstudio.film.measures import Measures
from animstudio.film.shot import Shot
from animstudio.kernel.spec import Share, Spec

Kind = Literal["static", "pan", "tilt", "zoom", "roll", "pan_tilt", "complex"]
Style = Literal["static", "smooth", "dynamic", "handheld"]
Rate = Annotated[float, Field(ge=0)]
Array = NDArray[np.float64]

PAN, TILT, ZOOM, ROLL = range(4)
WORDS: Final = (("left", "right"), ("up", "down"), ("out", "in"), ("counterclockwise", "clockwise"))
"""Direction words of each axis, below and above 0."""
SIDE: Final = 0.5
"""Where zoom and roll are compared with shifts: this far from the middle, in widths."""
BRIDGE: Final = 0.5
"""Seconds without an answer that are bridged by the motion around them (a flash, a blur)."""
PATH: Final = 12
"""Points of a drawn path at most."""


class CameraSpec(Spec):
    """When a camera counts as moving, and how its style is told."""

    static_below: Rate = 0.00625
    """Slower is static, frame widths a second (0.5 pixels a frame at 1920 wide, 24 a second)."""
    moving_above: Rate = 0.025
    """Faster is a pan or tilt however short the shot, frame widths a second (2 pixels a frame
    at 1920 wide, 24 a second). Between the two, what has been travelled decides."""
    travel: Share = 0.025
    """A pan or tilt that travels less than this is none, frame widths."""
    zoom: Share = 0.05
    """A zoom that changes the size by less than this share is none."""
    roll: Annotated[float, Field(ge=0, le=180)] = 3.0
    """A roll through a smaller angle is none, degrees."""
    minor: Share = 0.25
    """An axis that moves the frame's side less than this share of the strongest is left out."""
    fast: Rate = 1.0
    """A faster camera is dynamic, frame widths a second at its fastest."""
    smooth_above: Share = 0.7
    """A smoother camera is smooth, one below is dynamic or handheld."""
    shaky_above: Rate = 3.0
    """An unsteady camera that reverses more often is handheld, reversals a second."""


@dataclass(frozen=True, slots=True)
class PathPoint:
    """Where the camera has got to: x and y of its middle in widths of the shot's first frame."""

    seconds: float
    x: float
    y: float
    zoom: float
    roll: float


@dataclass(frozen=True, slots=True)
class CameraMove:
    """What the camera does in one shot.

    shot:       the shot's number.
    direction:  words joined with "_" ("right", "left_up", "in", "right_clockwise"), or "none";
                an axis that comes back to where it was has no word.
    speed:      mean speed over the picture, frame widths a second.
    pan, tilt:  sums of the shifts, frame widths, right and down positive.
    zoom:       factor between first and last frame, above 1 is in.
    roll:       degrees, clockwise positive.
    smoothness: 0-1, the even part of the motion; 1 for a camera at rest.
    subject_motion: mean speed of what does not follow the camera, frame widths a second.
    confidence: mean share of tracked points behind it; 0 where nothing could be measured.
    path:       up to 12 points from the first to the last frame.
    """

    shot: int
    kind: Kind
    direction: str
    speed: float
    pan: float
    tilt: float
    zoom: float
    roll: float
    smoothness: float
    style: Style
    subject_motion: float
    confidence: float
    path: tuple[PathPoint, ...]


@dataclass(frozen=True, slots=True)
class _Motion:
    """A shot's steps. `steps` (n, 4) by axis, at the frame's side; `pace` the same a second."""

    steps: Array
    pace: Array
    seconds: Array
    support: Array
    residual: Array

    @property
    def duration(self) -> float:
        return float(self.seconds.sum())

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.duration


def describe_camera(
    measures: Measures, shots: Sequence[Shot], spec: CameraSpec | None = None
) -> list[CameraMove]:
    """Return what the camera does in every shot, in their order.

    Only frames outside transitions are looked at; a shot with fewer than two of them is
    static with confidence 0.
    """
    spec = spec or CameraSpec()
    return [_describe(_motion(measures, shot.clean), shot, spec) for shot in shots]


def as_record(move: CameraMove) -> dict[str, Any]:
    """Return the move as JSON values, numbers to six digits after the point."""
    record = asdict(move)
    record["path"] = [_rounded(point) for point in record["path"]]
    return _rounded(record)


def _motion(measures: Measures, frames: range) -> _Motion:
    rows = slice(frames.start + 1, max(frames.start + 1, frames.stop))
    ticks = np.diff(measures.pts[frames.start : max(frames.start + 1, frames.stop)])
    seconds = ticks * float(measures.time_base)
    support = measures.support[rows].astype(float)
    steps = np.stack(
        [
            -measures.tx[rows].astype(float),
            -measures.ty[rows].astype(float),
            SIDE * np.log(measures.scale[rows].astype(float)),
            -SIDE * np.radians(measures.angle[rows].astype(float)),
        ],
        axis=1,
    )
    pace = _bridged(steps / seconds[:, None], support > 0, seconds)
    return _Motion(
        pace * seconds[:, None], pace, seconds, support, measures.residual[rows].astype(float)
    )


def _bridged(pace: Array, known: NDArray[np.bool_], seconds: Array) -> Array:
    """Return the pace with short gaps between answers filled in; what is left is rest."""
    filled = np.where(known[:, None], pace, 0.0)
    answers = np.flatnonzero(known)
    for before, after in zip(answers[:-1], answers[1:], strict=True):
        gap = slice(before + 1, after)
        if after - before > 1 and seconds[gap].sum() <= BRIDGE:
            share = (np.arange(before + 1, after) - before) / (after - before)
            filled[gap] = pace[before] + share[:, None] * (pace[after] - pace[before])
    return filled


def _describe(motion: _Motion, shot: Shot, spec: CameraSpec) -> CameraMove:
    if not len(motion.steps):
        return _at_rest(shot)
    totals = motion.steps.sum(axis=0)
    moving = _moving_axes(motion, spec)
    kind, direction = _name(moving, totals, _extent(motion.steps))
    even = _averaged(_averaged(motion.pace, motion.rate / 12), motion.rate / 8)
    shake = even - _averaged(even, motion.rate / 2)
    smoothness = _smoothness(even, shake, spec)
    return CameraMove(
        shot=shot.number,
        kind=kind,
        direction=direction,
        speed=float(np.hypot(even[:, PAN], even[:, TILT]).mean()),
        pan=float(totals[PAN]),
        tilt=float(totals[TILT]),
        zoom=math.exp(totals[ZOOM] / SIDE),
        roll=math.degrees(totals[ROLL] / SIDE),
        smoothness=smoothness,
        style=_style(kind, even, shake, smoothness, motion.duration, spec),
        subject_motion=float(motion.residual.sum() / motion.duration),
        confidence=float(motion.support.mean()),
        path=_path(motion),
    )


def _at_rest(shot: Shot) -> CameraMove:
    here = (PathPoint(0.0, 0.0, 0.0, 1.0, 0.0),)
    return CameraMove(
        shot.number, "static", "none", 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, "static", 0.0, 0.0, here
    )


def _moving_axes(motion: _Motion, spec: CameraSpec) -> list[int]:
    """Return the axes that move: far enough and not too slowly, or fast; minor ones left out."""
    extent = _extent(motion.steps)
    least = [spec.travel, spec.travel, SIDE * math.log1p(spec.zoom), SIDE * math.radians(spec.roll)]
    top = np.abs(_averaged(motion.pace, motion.rate)).max(axis=0)
    mean = np.abs(motion.steps.sum(axis=0)) / motion.duration
    moves = (extent >= least) & (top >= spec.static_below)
    moves[[PAN, TILT]] |= mean[[PAN, TILT]] >= spec.moving_above
    strongest = float(extent[moves].max(initial=0.0))
    return [axis for axis in range(4) if moves[axis] and extent[axis] >= spec.minor * strongest]


def _name(moving: list[int], totals: Array, extent: Array) -> tuple[Kind, str]:
    """Return the kind of move and its direction."""
    going = [axis for axis in moving if abs(totals[axis]) >= 0.5 * extent[axis]]
    direction = "_".join(WORDS[axis][int(totals[axis] > 0)] for axis in going) or "none"
    names: dict[tuple[int, ...], Kind] = {
        (): "static",
        (PAN,): "pan",
        (TILT,): "tilt",
        (ZOOM,): "zoom",
        (ROLL,): "roll",
        (PAN, TILT): "pan_tilt",
    }
    there_and_back = going != moving
    return ("complex" if there_and_back else names.get(tuple(moving), "complex")), direction


def _smoothness(even: Array, shake: Array, spec: CameraSpec) -> float:
    """Return the even part of the motion, 0-1.

    `even` is the pace without the beat of drawings held for two or three frames, `shake` what
    it does within half a second. Below `static_below` neither matters.
    """
    drift, jitter = (float(np.sqrt(np.square(v).sum(axis=1).mean())) for v in (even - shake, shake))
    return 1 - jitter / (jitter + drift + spec.static_below)


def _style(
    kind: Kind,
    even: Array,
    shake: Array,
    smoothness: float,
    duration: float,
    spec: CameraSpec,
) -> Style:
    strength = np.sqrt(np.square(shake).mean(axis=0))
    if smoothness < spec.smooth_above and strength.max() >= spec.static_below:
        wobble = shake[:, int(strength.argmax())]
        turns = np.sign(wobble[np.abs(wobble) >= 0.5 * strength.max()])
        if np.count_nonzero(np.diff(turns)) >= spec.shaky_above * duration:
            return "handheld"
    if kind == "static":
        return "static"
    fastest = float(np.sqrt(np.square(even).sum(axis=1)).max())
    return "smooth" if smoothness >= spec.smooth_above and fastest < spec.fast else "dynamic"


def _path(motion: _Motion) -> tuple[PathPoint, ...]:
    """Return the camera's way, in the first frame's widths however it has zoomed and rolled.

    With content going z -> turn * z + shift a frame, the camera's middle moves by
    -shift / (all turns so far).
    """
    zoom, roll = motion.steps[:, ZOOM] / SIDE, motion.steps[:, ROLL] / SIDE
    turns = np.exp(np.cumsum(zoom) - 1j * np.cumsum(roll))
    places = np.cumsum((motion.steps[:, PAN] + 1j * motion.steps[:, TILT]) / turns)
    last = len(places)
    shown = np.unique(np.linspace(0, last, min(PATH, last + 1)).round().astype(int))[1:]
    clock = np.cumsum(motion.seconds)
    points = [
        PathPoint(
            seconds=float(clock[i]),
            x=float(places[i].real),
            y=float(places[i].imag),
            zoom=float(abs(turns[i])),
            roll=float(np.degrees(roll[: i + 1].sum())),
        )
        for i in shown - 1
    ]
    return (PathPoint(0.0, 0.0, 0.0, 1.0, 0.0), *points)


def _extent(steps: Array) -> Array:
    """Return how far apart the ends of each axis' way are."""
    way = np.vstack([np.zeros(4), np.cumsum(steps, axis=0)])
    return np.asarray(np.ptp(way, axis=0))


def _averaged(values: Array, frames: float) -> Array:
    """Return the running mean over about `frames` rows; the ends are held."""
    size = min(max(1, round(frames)), len(values))
    before = (size - 1) // 2
    padded = np.pad(values, ((before, size - 1 - before), (0, 0)), mode="edge")
    sums = np.cumsum(np.vstack([np.zeros(values.shape[1]), padded]), axis=0)
    return np.asarray((sums[size:] - sums[:-size]) / size)


def _rounded(record: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in record.items()}
