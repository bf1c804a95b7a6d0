"""A source's pixels, upright and in BGR, and which of them are the subject's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animstudio.dataset.quality.letterbox import bar_share, bars_of
from animstudio.dataset.sources import Source
from animstudio.dataset.spec import PrepareSpec
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import check_text
from animstudio.media.imaging import grey_of
from animstudio.media.picture_file import fault_of, read_file
from animstudio.media.views import Bytes

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Upright:
    """A source's pixels, its subject's mask if it is known, without black bars."""

    picture: Bytes
    mask: Mask | None
    notes: tuple[str, ...]
    offset: tuple[int, int] | None = None
    """Of a frame around the source: where its upper left corner lies in the source's pixels."""


class Unfit(WorkFailed):
    """A picture that is not taken, in the words of `Rejected`."""

    def __init__(
        self, reason: str, said: str, value: float | None = None, limit: float | None = None
    ) -> None:
        super().__init__(said)
        self.reason = reason
        self.value = value
        self.limit = limit


def read_upright(source: Source, spec: PrepareSpec) -> Upright:
    """Return a source's pixels and mask. Raises Unfit for what cannot be read."""
    try:
        check_text(source.file.name)
        if source.file.stat().st_size < 1 << 28 and (fault := fault_of(source.file.read_bytes())):
            raise Unfit("unreadable", fault)
        file = read_file(source.file)
        mask, note = _mask_of(source, file.alpha, file.bgr.shape[:2])
    except Unfit:
        raise
    except WorkFailed as error:
        raise Unfit("unreadable", error.message) from error
    except OSError as error:
        raise Unfit("unreadable", f"cannot be read: {error.strerror}") from error
    picture, notes = file.bgr, (*file.notes, *note)
    if min(picture.shape[:2]) < 16:
        tall, wide = picture.shape[:2]
        raise Unfit("small", f"{wide}x{tall} pixels, {spec.min_side} at least",
                    min(tall, wide), spec.min_side)  # fmt: skip
    if mask is None:
        picture, (top, bottom, left, right) = _without_bars(picture, spec)
        if top or bottom or left or right:
            notes = (*notes, f"black bars cut away: {top}, {bottom}, {left}, {right}")
    return Upright(picture, mask, notes)


def _without_bars(picture: Bytes, spec: PrepareSpec) -> tuple[Bytes, tuple[int, int, int, int]]:
    """Return a picture without its black bars, and how many pixels these have on each side."""
    luma = grey_of(picture)
    if bar_share(luma) <= spec.max_bars:
        return picture, (0, 0, 0, 0)
    top, bottom, left, right = bars_of(luma)
    inner = np.s_[top : picture.shape[0] - bottom, left : picture.shape[1] - right]
    return np.ascontiguousarray(picture[inner]), (top, bottom, left, right)


def within(frame: Bytes, upright: Upright, source: Source, spec: PrepareSpec) -> Upright:
    """Return a source in the whole frame (h, w, 3) that it is a part of, without black bars."""
    box = source.source_box
    if box is None or upright.mask is None or upright.mask.shape != (box[3], box[2]):
        return upright
    tall, wide = frame.shape[:2]
    mask = np.zeros((tall, wide), np.bool_)
    mask[box[1] : box[1] + box[3], box[0] : box[0] + box[2]] = upright.mask
    picture, (top, bottom, left, right) = _without_bars(frame, spec)
    inner = mask[top : tall - bottom, left : wide - right]
    if np.count_nonzero(inner) < np.count_nonzero(mask):
        picture, inner, top, left = frame, mask, 0, 0
    notes = (*upright.notes, "around it: the frame that it was seen in")
    return Upright(picture, np.ascontiguousarray(inner), notes, (left - box[0], top - box[1]))


def _mask_of(
    source: Source, alpha: Bytes | None, size: tuple[int, ...]
) -> tuple[Mask | None, tuple[str, ...]]:
    """Return where the subject is, from a mask file or from transparency, and a note."""
    if source.mask is not None:
        mask = read_file(source.mask).bgr[:, :, 0]
        if mask.shape == size:
            return (mask > 127 if (mask > 127).any() else None), ()
        note = (f"its mask is {mask.shape[1]}x{mask.shape[0]}, the picture "
                f"{size[1]}x{size[0]}: not used",)  # fmt: skip
        return (alpha > 127 if alpha is not None and (alpha > 127).any() else None), note
    if alpha is None and source.cut_out is not None and source.cut_out != source.file:
        alpha = read_file(source.cut_out).alpha
    if alpha is None or alpha.shape != size or not (alpha > 127).any():
        return None, ()
    return alpha > 127, ()
