"""Which frames of a track become pictures, and the pictures: cut out, in context, blurred."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from animstudio.characters import rle
from animstudio.characters.records import Box, InstanceRecord, TrackRecord
from animstudio.characters.shot_frames import ShotFrames, Wanted
from animstudio.media.imaging import blurred, grey_of
from animstudio.media.jpeg import encode_jpeg
from animstudio.media.png import encode_png
from animstudio.media.views import Bytes

ContextMode = Literal["all", "transparent", "context", "blurred"]
APART: Final = 0.25
"""Seconds between two pictures of a track, at the least."""
QUALITY: Final = 95


@dataclass(frozen=True, slots=True)
class Cutting:
    """How pictures are cut: see `SegmentationSpec`."""

    mode: ContextMode
    padding: int
    masks: bool
    smallest: float
    home: Path | None = None
    """Where the folder will lie in the end, to which files elsewhere are relative."""


def choose_instances(
    track: TrackRecord, seconds: Sequence[float], most: int, smallest: float
) -> list[int]:
    """Return which of a track's sightings become pictures, at most `most`, spread over its time.

    In each stretch of time it is the one that is whole (not cut off by the frame's edge), sure
    and large. Masks that cover less than `smallest` of the frame are passed over.
    """
    width, height = track.size
    usable = [n for n, area in enumerate(track.areas) if area >= smallest * width * height]
    if not usable:
        return []
    length = seconds[usable[-1]] - seconds[usable[0]]
    slots = max(1, min(most, len(usable), int(length / APART) + 1))
    edges = np.linspace(0, len(usable), slots + 1).round().astype(int)
    chosen = []
    for first, last in pairwise(edges.tolist()):
        stretch = usable[first:last]
        chosen.append(max(stretch, key=lambda n: (_worth(track, n), -n)))
    return chosen


def _worth(track: TrackRecord, number: int) -> float:
    whole = 0.5 if _cut_off(track.boxes[number], track.size, (0, 0, 0, 0)) else 1.0
    return whole * track.scores[number] * float(track.areas[number] ** 0.5)


def _cut_off(box: Box, size: tuple[int, int], bars: tuple[int, int, int, int]) -> bool:
    x, y, width, height = box
    top, bottom, left, right = bars
    return (
        x <= left + 1
        or y <= top + 1
        or x + width >= size[0] - right - 1
        or y + height >= size[1] - bottom - 1
    )


def padded(box: Box, padding: int, size: tuple[int, int]) -> Box:
    """Return a box with some pixels around it, within the frame."""
    x, y, width, height = box
    left, top = max(0, x - padding), max(0, y - padding)
    right, bottom = min(size[0], x + width + padding), min(size[1], y + height + padding)
    return left, top, right - left, bottom - top


def write_instances(
    frame: Bytes,
    wanted: Wanted,
    sightings: Sequence[tuple[TrackRecord, int]],
    shot: ShotFrames,
    cutting: Cutting,
    folder: Path,
    background: str | None,
) -> Iterator[InstanceRecord]:
    """Write the pictures of some tracks in one frame below `folder`; yield what they are."""
    for track, number in sightings:
        mask = rle.decode(track.masks[number])
        box = track.boxes[number]
        crop = padded(box, cutting.padding, track.size)
        x, y, width, height = crop
        inside = np.s_[y : y + height, x : x + width]
        name = f"{track.track}_f{wanted.frame:06d}"
        files = _write(name, frame[inside], mask[inside], cutting, folder)
        yield InstanceRecord(
            name=name,
            track=track.track,
            film=shot.film,
            film_sha256=shot.sha256,
            shot=shot.shot,
            frame=wanted.frame,
            pts=wanted.pts,
            seconds=round(wanted.seconds, 6),
            background=background,
            box=box,
            crop=crop,
            frame_size=track.size,
            area=track.areas[number],
            score=track.scores[number],
            sharpness=round(sharpness(frame[inside], mask[inside]), 2),
            cut_off=_cut_off(box, track.size, shot.bars),
            label=track.label,
            backends=track.backends,
            seen_in=_seen_in(wanted.file or shot.source, cutting.home),
            **files,
        )


def _seen_in(file: Path, home: Path | None) -> str | None:
    if home is None:
        return None
    return Path(os.path.relpath(file.absolute(), home.absolute())).as_posix()


def _write(
    name: str, picture: Bytes, mask: NDArray[np.bool_], cutting: Cutting, folder: Path
) -> dict[str, str | None]:
    """Write one instance in every form that is wanted; return the files by their fields."""
    alpha = mask.astype(np.uint8) * 255
    forms: dict[str, tuple[str, bytes]] = {}
    if cutting.mode in ("all", "transparent"):
        content = encode_png(np.dstack([picture * mask[:, :, None], alpha]))
        forms["instance"] = (f"instances/{name}.png", content)
    if cutting.mode in ("all", "context"):
        forms["context"] = (f"instances_context/{name}.jpg", encode_jpeg(picture, QUALITY))
    if cutting.mode in ("all", "blurred"):
        content = encode_jpeg(before_blur(picture, mask), QUALITY)
        forms["blurred"] = (f"instances_blurred/{name}.jpg", content)
    if cutting.masks:
        forms["mask"] = (f"masks/{name}.png", encode_png(alpha))
    found: dict[str, str | None] = dict.fromkeys(("instance", "context", "blurred", "mask"))
    for field, (file, content) in forms.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        found[field] = file
    return found


def before_blur(picture: Bytes, mask: NDArray[np.bool_]) -> Bytes:
    """Return a picture whose background is blurred; its thing does not glow into it."""
    sigma = max(4.0, max(mask.shape) / 24)
    ground = (~mask).astype(np.float32)
    weight = blurred(ground, sigma)
    soft = blurred(picture.astype(np.float32) * ground[:, :, None], sigma)
    soft = (soft / np.maximum(weight, 1e-3)[:, :, None]).astype(np.float32)
    edge = blurred(mask.astype(np.float32), 1.0)[:, :, None]
    return np.asarray(np.clip(picture * edge + soft * (1 - edge), 0, 255), np.uint8)


def sharpness(picture: Bytes, mask: NDArray[np.bool_]) -> float:
    """Return the variance of the Laplacian of luma within a mask; 0 of a mask without inside."""
    luma = grey_of(picture).astype(np.float32)
    around = np.pad(luma, 1, mode="edge")
    inner = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
    own = (inner - 4 * luma)[mask]
    return float(own.var()) if own.size else 0.0
