"""The files that `segmentation` leaves, as types: the formats others may rely on.

    character_dir/                          of `segmentation`
      instances/NAME.png                    the character cut out (BGRA, transparent around it)
      instances_context/NAME.jpg            the same crop of the frame as it is
      instances_blurred/NAME.jpg            the same crop, its background blurred
      masks/NAME.png                        the mask within the crop: 255 is the character
      backgrounds/FILM_sNNNN.png            the shot without its characters, where it was seen
      shots/FILM_sNNNN.json                 ShotRecord: everything known of one shot
                                            and of `segmentation_summary`, all shots together:
      instances_metadata.json               InstancesMetadata
      tracks.jsonl                          TrackRecord, a line each
      failed_frames.json                    FailedFrames
      segmentation_summary.json             SegmentationSummary

Frames are counted from 0 in the film, shots from 1; `pts` are ticks of the film's time base.
Boxes are (x, y, width, height) in pixels of the whole frame. Paths in records are relative to
the folder that the record lies in, unless they say otherwise, and use ``/``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from animstudio.kernel.errors import AskedWrongly

VERSION = 1

Box = tuple[int, int, int, int]
Share = Annotated[float, Field(ge=0, le=1)]


class Record(BaseModel):
    """A part of a file of ours: frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Backends(Record):
    """What found the characters, as `models.registry` names it."""

    detector: str
    segmenter: str


class Rle(Record):
    """A mask as COCO's compressed run lengths: column by column, the first run is of zeros."""

    size: tuple[int, int]
    """Height and width of the whole frame."""
    counts: str


class TrackRecord(Record):
    """A line of ``tracks.jsonl``: one character through one shot. Lists go frame by frame."""

    track: str
    """``FILM_sNNNN_tNN``: unique in the output folder."""
    film: str
    shot: int
    label: str
    """What the detector called it, such as ``a cartoon character``; may be empty."""
    size: tuple[int, int]
    """Width and height of the frames."""
    frames: list[int]
    pts: list[int]
    boxes: list[Box]
    scores: list[Share]
    """How sure the segmenter is."""
    areas: list[int]
    """Pixels that the mask covers."""
    masks: list[Rle]
    backends: Backends


class InstanceRecord(Record):
    """A track in one frame, cut out and written. Files are relative to character_dir."""

    name: str
    """``FILM_sNNNN_tNN_fNNNNNN``: the stem of all its files."""
    track: str
    film: str
    film_sha256: str
    shot: int
    frame: int
    pts: int
    seconds: float
    """Since the film's first frame."""
    instance: str | None
    context: str | None
    blurred: str | None
    mask: str | None
    background: str | None
    box: Box
    """Of the mask."""
    crop: Box
    """The part of the frame that the pictures show: `box` and the padding around it."""
    frame_size: tuple[int, int]
    """Width and height of the frame."""
    area: int
    """Pixels that the mask covers."""
    score: Share
    sharpness: float
    """Variance of the Laplacian of luma within the mask, in the frame's own pixels."""
    cut_off: bool
    """Whether the character reaches the frame's edge, or a black bar."""
    label: str
    backends: Backends
    seen_in: str | None = None
    """The film, or the picture file, that shows the whole frame; None where nobody noted it."""


class FailedFrame(Record):
    """A frame that could not be looked at, and why."""

    film: str
    shot: int
    frame: int
    pts: int
    reason: str


class ShotRecord(Record):
    """All that `segmentation` knows of one shot; the other files are made of these."""

    version: int = VERSION
    film: str
    film_sha256: str
    shot: int
    frames_processed: int
    """Frames that were decoded and looked at."""
    sightings: int
    """Masks in them, all tracks together."""
    tracks: list[TrackRecord]
    instances: list[InstanceRecord]
    failed: list[FailedFrame]
    backends: Backends


class InstancesMetadata(Record):
    """``instances_metadata.json``."""

    version: int = VERSION
    backends: Backends
    films: list[str]
    instances: list[InstanceRecord]


class FailedFrames(Record):
    """``failed_frames.json``."""

    version: int = VERSION
    failed: list[FailedFrame]


class SegmentationSummary(Record):
    """``segmentation_summary.json``."""

    version: int = VERSION
    backends: Backends
    films: list[str]
    shots: int
    shots_without_characters: list[str]
    """As ``FILM_sNNNN``."""
    frames_processed: int
    frames_failed: int
    tracks: int
    sightings: int
    instance_count: int
    avg_instances_per_frame: float
    """Sightings a processed frame."""


R = TypeVar("R", bound=Record)


def read_record(kind: type[R], file: Path, hint: str | None = None) -> R:
    """Return a file of ours as its type. Raises AskedWrongly naming the file and the field."""
    try:
        return kind.model_validate_json(file.read_bytes())
    except OSError as error:
        raise AskedWrongly(f"{file}: cannot be read: {error.strerror}", hint=hint) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        parts = [str(file), ".".join(str(word) for word in first["loc"]), first["msg"]]
        raise AskedWrongly(": ".join(part for part in parts if part), hint=hint) from error


def write_record(record: Record, file: Path) -> None:
    """Write a record as readable JSON; the file is a draft, nothing is synced."""
    file.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
