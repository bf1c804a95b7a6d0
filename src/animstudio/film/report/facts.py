"""What the report is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypedDict

from animstudio.film.export.timecode import elapsed_seconds
from animstudio.film.measures import Floats, Measures
from animstudio.film.shot import Shot

PictureMaker = Callable[[str, int], bytes | None]
"""(file of ``frames.jsonl``, longest side in pixels) -> a JPEG, or None where there is none."""


class Camera(TypedDict, total=False):
    """A shot's camera.

    kind: static, pan, tilt, zoom, roll, pan_tilt or complex. direction: in words. style: static,
    dynamic, smooth or handheld. speed: frame widths a second. dx, dy: which way the camera
    went over the shot, shares of the frame's width, right and down positive. zoom: factor over
    the shot, above 1 is in. roll: degrees over the shot, clockwise positive.
    """

    kind: str
    direction: str
    style: str
    speed: float
    dx: float
    dy: float
    zoom: float
    roll: float


class Subject(TypedDict):
    """A box round a subject: shares 0-1 of the picture's width and height, from top left."""

    x: float
    y: float
    w: float
    h: float


class Swatch(TypedDict):
    """A colour (``#rrggbb``) and the share 0-1 of the picture or film that it covers."""

    hex: str
    share: float


class Composition(TypedDict, total=False):
    """A picture's composition; scores are 0-1."""

    score: float
    thirds_score: float
    balance_score: float
    depth_score: float
    subjects_score: float
    shot_size: str
    subjects: Sequence[Subject]
    palette: Sequence[Swatch]


class FrameRecord(TypedDict, total=False):
    """A line of ``frames.jsonl``; the report needs these of it."""

    file: str
    scene: int
    position: int
    frame: int


class Speech(TypedDict):
    """A span in which somebody speaks, seconds since the film's first frame."""

    start: float
    end: float


class Sound(TypedDict, total=False):
    """The film's sound. loudness: LUFS every `step` seconds from the film's first frame."""

    loudness_lufs: float
    loudness: Sequence[float]
    step: float
    speech: Sequence[Speech]


class Failure(TypedDict):
    """A film that failed, and why."""

    film: str
    error: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """A stage that did not run, or not to its end, and why."""

    stage: str
    why: str


@dataclass(frozen=True, slots=True)
class Link:
    """A file that belongs to the film: what it is, and its path relative to the report."""

    label: str
    path: str


@dataclass(frozen=True)
class FilmFacts:
    """Everything known about one film.

    file: name of the film's file.      width, height: as displayed, pixels.
    score: (n,) the number that cuts were found by; threshold: what it was held against.
    camera: by shot number.             compositions: by the frame's file.
    frames_folder: path of the chosen frames relative to the report, to link them.
    palette: the film's main colours, largest first.
    missing: share 0-1 of the film that could not be decoded.
    """

    name: str
    file: str
    width: int
    height: int
    codec: str
    shots: Sequence[Shot]
    measures: Measures
    score: Floats
    picture: PictureMaker
    threshold: float | None = None
    camera: Mapping[int, Camera] = field(default_factory=dict)
    compositions: Mapping[str, Composition] = field(default_factory=dict)
    frames: Sequence[FrameRecord] = ()
    frames_folder: str = ""
    sound: Sound | None = None
    palette: Sequence[Swatch] = ()
    missing: float = 0.0
    notes: Sequence[str] = ()
    links: Sequence[Link] = ()

    @cached_property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last."""
        return elapsed_seconds(self.measures, len(self.measures))


FilmLoader = Callable[[], FilmFacts]
"""Reads everything known about one film; asked up to twice, and gives the same each time."""


@dataclass(frozen=True)
class RunFacts:
    """One run over some films. duration: seconds of work.

    films: one loader a film, so that a page never holds the measures of two.
    """

    title: str
    started: datetime
    duration: float
    films: Sequence[FilmLoader] = ()
    failed: Sequence[Failure] = ()
    not_run: Sequence[NotRun] = ()
    links: Sequence[Link] = ()
