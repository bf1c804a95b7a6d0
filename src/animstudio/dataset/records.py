"""``manifest.json`` of a dataset, as types: every picture and where it comes from."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from animstudio.characters.records import Record, read_record

MANIFEST = "manifest.json"
INFO = "dataset_info.json"
VERSION = 1

Box = tuple[int, int, int, int]


class Provenance(Record):
    """Where a picture was seen; None where nobody knows."""

    source: str
    """The picture file that it was made of, relative to the dataset's folder."""
    source_sha256: str
    film: str | None = None
    film_sha256: str | None = None
    shot: int | None = None
    frame: int | None = None
    pts: int | None = None
    seconds: float | None = None
    track: str | None = None
    box: Box | None = None
    """Of the character in the film's frame: x, y, width, height."""
    source_box: Box | None = None
    """The part of the film's frame that the source shows."""


class Measured(Record):
    """What was measured of a picture as it will be trained with."""

    sharpness: float
    noise: float
    entropy: float
    clipped: float
    dark: float
    light: float
    softness: float | None = None
    """How wide its edges are, in pixels at 1024; None where it has none."""
    text: float | None = None
    """The share of it that lines of text cover; None where nobody looked."""


class PictureRecord(Record):
    """A picture of the dataset. Files are relative to the dataset's folder."""

    name: str
    character: str
    file: str
    mask: str | None
    split: str
    """train or validation."""
    caption: str
    caption_author: str
    width: int
    height: int
    crop: Box
    """The part of the source that it shows. It may reach beyond: what is there is from the frame
    that the source was seen in, or grey where that is not known or ends."""
    scale: float
    """Pixels of the picture a pixel of the source."""
    notes: list[str]
    """What was done to the source to read it."""
    twins: list[str]
    """Names of pictures left out for being like this one."""
    kept_by_hand: bool
    measured: Measured
    provenance: Provenance
    outline: str | None = None
    """What is the subject's own of it, as COCO's run lengths; none where all of it counts. The mask
    to learn by is wider."""


class Rejected(Record):
    """A picture that was left out, and why. Its source stays where it is."""

    name: str
    character: str
    source: str
    reason: str
    """In one word: unreadable, small, soft, dark, light, clipped, flat, noisy, text,
    transition, duplicate or surplus."""
    said: str
    """For people, with the number and the limit."""
    value: float | None = None
    limit: float | None = None
    like: str | None = None
    """The picture that was kept instead."""


class CharacterRecord(Record):
    """A character of the dataset."""

    name: str
    trigger: str
    source: str
    """The folder it was made of, relative to the dataset's."""
    seen: int
    """Pictures that there were."""
    train: int
    validation: int
    repeats: int
    note: str = ""
    """Why it has no pictures, where it has none."""


class Manifest(Record):
    """All of a dataset."""

    version: int = VERSION
    style: str
    characters: list[CharacterRecord]
    pictures: list[PictureRecord]
    rejected: list[Rejected]
    config: dict[str, object]
    not_checked: list[str] = Field(default_factory=list)
    """What was not looked for in the pictures, and why."""


def read_manifest(folder: Path) -> Manifest:
    """Return what is known of a dataset that was prepared here. Raises AskedWrongly."""
    hint = "name the folder that `animstudio dataset prepare` wrote, or prepare it again"
    return read_record(Manifest, folder / MANIFEST, hint)
