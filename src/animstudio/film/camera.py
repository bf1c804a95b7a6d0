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
from pydantic import Field

from animstudio.film.measures import Measures
from animstudio.film.shot import Shot
from animstudio.film.trajectory import (
    PAN,
    ROLL,
    SIDE,
    TILT,
    ZOOM,
    Array,
    PathPoint,
    Trajectory,
    averaged,
    trajectory,
)
from animstudio.kernel.spec import Share, Spec

Kind = Literal["static", "pan", "tilt", "zoom", "roll", "pan_tilt", "complex"]
Style = Literal["static", "smooth", "dynamic", "handheld"]
Rate = Annotated[float, Field(ge=0)]

WORDS: Final = (("left", "right"), ("up", "down"), ("out", "in"), ("counterclockwise", "clockwise"))
"""Direction words of each axis, below and above 0."""


class CameraSpec(Spec):
    """When a camera counts as moving, and how its style is told."""

    static_below: Rate = 0.00625
    """Slower is static, frame widths a second (0.5 pixels a frame at 1920 wide, 24 a second)."""
    moving_above: Rate = 0.025
    """Faster is a pan or tilt however short the shot, frame widths a second (2 pixels a frame
    at 1920 wide, 24 a second). Between the two, what has been travelled decides."""
    travel_above: Share = 0.025
    """A pan or tilt that travels less than this is none, frame widths."""
    zoom_above: Share = 0.05
    """A zoom that changes the size by less than this share is none."""
    roll_above: Annotated[float, Field(ge=0, le=180)] = 3.0
    """A roll through a smaller angle is none, degrees."""
    axis_above: Share = 0.25
    """An axis that moves the frame's side less than this share of the strongest is left out."""
    dynamic_above: Rate = 1.0
    """A faster camera is dynamic, frame widths a second at its fastest."""
    smooth_above: Share = 0.8
    """A smoother camera is smooth, one below is dynamic or handheld."""
    shaky_above: Rate = 3.0
    """An unsteady camera that reverses more often is handheld, reversals a second."""


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


def describe_camera(
    measures: Measures,
    shots: Sequence[Shot],
    spec: CameraSpec = CameraSpec(),
) -> list[CameraMove]:
    """Return what the camera does in every shot, in their order.

    Only frames outside transitions are looked at; a shot with fewer than two of them is
    static with confidence 0.
    """
    return [_describe(trajectory(measures, shot.clean), shot, spec) for shot in shots]


def as_record(move: CameraMove) -> dict[str, Any]:
    """Return the move as JSON values, numbers to six digits after the point."""
    record = asdict(move)
    record["path"] = [_rounded(point) for point in record["path"]]
    return _rounded(record)


def _describe(way: Trajectory, shot: Shot, spec: CameraSpec) -> CameraMove:
    if not len(way.steps):
        return _at_rest(shot)
    totals = way.steps.sum(axis=0)
    moving = _moving_axes(way, spec)
    kind, direction = _name(moving, totals, way.extent)
    even = averaged(averaged(way.pace, way.rate / 12), way.rate / 8)
    shake = even - averaged(even, way.rate / 2)
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
        style=_style(kind, even, shake, smoothness, way.duration, spec),
        subject_motion=float(way.residual.sum() / way.duration),
        confidence=float(way.support.mean()),
        path=way.path(),
    )


def _at_rest(shot: Shot) -> CameraMove:
    here = (PathPoint(0.0, 0.0, 0.0, 1.0, 0.0),)
    return CameraMove(
        shot.number, "static", "none", 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, "static", 0.0, 0.0, here
    )


def _moving_axes(way: Trajectory, spec: CameraSpec) -> list[int]:
    """Return the axes that move: far enough and not too slowly, or fast; minor ones left out."""
    extent, pace = way.extent, np.abs(averaged(way.pace, way.rate))
    mean = np.abs(way.steps.sum(axis=0)) / way.duration
    shift = float(np.hypot(*extent[[PAN, TILT]]))
    fastest = float(np.hypot(*pace[:, [PAN, TILT]].T).max())
    shifts = shift >= spec.travel_above and fastest >= spec.static_below
    shifts = shifts or float(np.hypot(*mean[[PAN, TILT]])) >= spec.moving_above
    least = {ZOOM: SIDE * math.log1p(spec.zoom_above), ROLL: SIDE * math.radians(spec.roll_above)}
    moving = [PAN, TILT] if shifts else []
    moving += [
        axis
        for axis, far in least.items()
        if extent[axis] >= far and pace[:, axis].max() >= spec.static_below
    ]
    strongest = max((extent[axis] for axis in moving), default=0.0)
    return [axis for axis in moving if extent[axis] >= spec.axis_above * strongest]


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
    return (
        "smooth" if smoothness >= spec.smooth_above and fastest < spec.dynamic_above else "dynamic"
    )


def _rounded(record: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in record.items()}
