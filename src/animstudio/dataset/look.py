"""One picture read, framed and measured: what is decided without knowing the others."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.machine import host_of
from animstudio.dataset.crop import (
    Framing,
    bounds_of,
    buckets,
    frame_all,
    frame_subject,
    render,
    to_learn,
)
from animstudio.dataset.duplicates.looks import colour_layout, perceptual_hash
from animstudio.dataset.quality.exposure import exposure_of
from animstudio.dataset.quality.letterbox import bar_share, bars_of
from animstudio.dataset.quality.noise import noise_level
from animstudio.dataset.quality.sharpness import edge_width, laplacian_variance
from animstudio.dataset.records import Measured, Rejected
from animstudio.dataset.sources import Source
from animstudio.dataset.spec import PrepareSpec
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import sha256
from animstudio.media.imaging import grey_of
from animstudio.media.picture_file import fault_of, read_file
from animstudio.media.png import encode_png
from animstudio.media.views import Bytes
from animstudio.models.registry import build_embedder
from animstudio.models.seams import Cutout

Mask = NDArray[np.bool_]
Embed = Callable[[Bytes, Mask | None], NDArray[np.float32]]
Describe = Callable[[Bytes, Mask | None, Source], str]


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture that may be taken; `draft` is the file to train with, `learn` its mask."""

    name: str
    source: Source
    digest: str
    draft: Path
    learn: Path | None
    framing: Framing
    whole: bool
    """Whether it shows all of the source, beside another that shows the subject."""
    measured: Measured
    vector: NDArray[np.float32]
    bits: int
    said: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upright:
    """A source's pixels, its subject's mask if it is known, without black bars."""

    picture: Bytes
    mask: Mask | None
    notes: tuple[str, ...]


class Unfit(WorkFailed):
    """A picture that is not taken, in the words of `Rejected`."""

    def __init__(
        self, reason: str, said: str, value: float | None = None, limit: float | None = None
    ) -> None:
        super().__init__(said)
        self.reason = reason
        self.value = value
        self.limit = limit


def rejected(
    name: str, character: str, source: Source, base: Path, reason: str, said: str, **more: Any
) -> Rejected:
    """Return the record of a picture that is left out; `base` is where the dataset will lie."""
    where = Path(os.path.relpath(source.file.absolute(), base.absolute())).as_posix()
    return Rejected(name=name, character=character, source=where, reason=reason, said=said, **more)


def look(
    source: Source, spec: PrepareSpec, drafts: Path, embed: Embed, describe: Describe
) -> list[Looked]:
    """Read, frame, measure and write one source's pictures. Raises Unfit."""
    forced = source.name in spec.keep
    if source.transition and not forced:
        raise Unfit("transition", "it lies in a dissolve or a fade")
    upright = read_upright(source, spec)
    found = []
    for whole in {"subject": [False], "full": [True], "both": [False, True]}[spec.crop]:
        if spec.crop == "both" and whole and upright.mask is None:
            continue  # without a subject, both are one picture
        name = f"{source.name}-full" if spec.crop == "both" and whole else source.name
        found.append(_one(name, source, upright, whole, spec, drafts, embed, describe))
    return found


def read_upright(source: Source, spec: PrepareSpec) -> Upright:
    """Return a source's pixels and mask. Raises Unfit for what cannot be read."""
    try:
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
        luma = grey_of(picture)
        if bar_share(luma) > spec.max_bars:
            top, bottom, left, right = bars_of(luma)
            inner = np.s_[top : picture.shape[0] - bottom, left : picture.shape[1] - right]
            picture = np.ascontiguousarray(picture[inner])
            notes = (*notes, f"black bars cut away: {top}, {bottom}, {left}, {right}")
    return Upright(picture, mask, notes)


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


def _one(
    name: str, source: Source, upright: Upright, whole: bool, spec: PrepareSpec, drafts: Path,
    embed: Embed, describe: Describe,
) -> Looked:  # fmt: skip
    framing = framing_of(upright, whole, spec)
    _check_size(framing, spec, source)
    neutral = spec.background == "neutral" or _is_cut_out(source)
    shown, own, there = render(upright.picture, upright.mask, framing, neutral=neutral)
    measured = measure(shown, own if own is not None else there)
    if source.name not in spec.keep:
        check(measured, spec)
    draft = drafts / f"{name}.png"
    draft.write_bytes(encode_png(shown))
    learn = to_learn(own, there) if spec.masks else None
    if learn is not None:
        (drafts / f"{name}.mask.png").write_bytes(encode_png(learn))
    return Looked(
        name=name, source=source, digest=sha256(draft), draft=draft,
        learn=None if learn is None else drafts / f"{name}.mask.png",
        framing=framing, whole=whole, measured=measured, vector=embed(shown, own),
        bits=perceptual_hash(shown), said=describe(shown, own, source), notes=upright.notes,
    )  # fmt: skip


def _is_cut_out(source: Source) -> bool:
    """Return whether the source itself is transparent around the subject."""
    return source.mask is None and source.cut_out in (None, source.file)


def framing_of(upright: Upright, whole: bool, spec: PrepareSpec) -> Framing:
    """Return what of a picture is shown, and at which size."""
    tall, wide = upright.picture.shape[:2]
    sizes = buckets(spec.target_size, spec.buckets)
    subject = None if upright.mask is None or whole else bounds_of(upright.mask)
    if subject is None:
        return frame_all((wide, tall), sizes, spec.max_upscale)
    return frame_subject(subject, (wide, tall), spec.margin, sizes, spec.max_upscale)


def _check_size(framing: Framing, spec: PrepareSpec, source: Source) -> None:
    shortest = min(framing.box[2], framing.box[3])
    if shortest < spec.min_side and source.name not in spec.keep:
        raise Unfit("small", f"{framing.box[2]}x{framing.box[3]} pixels are shown, "
                    f"{spec.min_side} at least", shortest, spec.min_side)  # fmt: skip


def measure(shown: Bytes, where: Mask) -> Measured:
    """Return what a picture is like, where the subject is."""
    luma = grey_of(shown)
    light = exposure_of(luma, where)
    wide = edge_width(luma, where)
    return Measured(
        sharpness=round(laplacian_variance(luma, where), 2),
        noise=round(noise_level(luma), 3),
        entropy=round(light.entropy, 3),
        clipped=round(light.clipped, 4),
        dark=round(light.dark, 4),
        light=round(light.light, 4),
        softness=None if wide is None else round(wide * min(1.0, 1024 / max(luma.shape)), 3),
    )


def check(measured: Measured, spec: PrepareSpec) -> None:
    """Raise Unfit for a picture that is bad whatever the others are like."""
    if measured.dark < 0.2:
        raise Unfit("dark", f"its lights are at {measured.dark:.2f} of white, 0.20 at least",
                    measured.dark, 0.2)  # fmt: skip
    if measured.light > 0.95:
        raise Unfit("light", f"its darks are at {measured.light:.2f} of white, 0.95 at most",
                    measured.light, 0.95)  # fmt: skip
    if measured.clipped > spec.max_clipped:
        raise Unfit(
            "clipped",
            f"{measured.clipped:.0%} of it is fully black or white, {spec.max_clipped:.0%} at most",
            measured.clipped,
            spec.max_clipped,
        )
    if measured.entropy < spec.min_entropy:
        raise Unfit(
            "flat",
            f"there is little to see: {measured.entropy:.2f} bits of luma, "
            f"{spec.min_entropy:g} at least",
            measured.entropy,
            spec.min_entropy,
        )
    if measured.noise > spec.max_noise:
        raise Unfit("noisy", f"noise of {measured.noise:.1f} levels, {spec.max_noise:g} at most",
                    measured.noise, spec.max_noise)  # fmt: skip


def embedding(spec: PrepareSpec, threads: int) -> Embed:
    """Return what turns a picture into a vector. Raises AskedWrongly for no such embedder."""
    if spec.embedder == "layout":
        return lambda picture, mask: colour_layout(picture)
    model = build_embedder(spec.embedder, host_of(spec.models_dir, spec.device, threads))

    def embed(picture: Bytes, mask: Mask | None) -> NDArray[np.float32]:
        own = mask if mask is not None else np.ones(picture.shape[:2], np.bool_)
        return np.asarray(model.embed([Cutout(picture, own)])[0], np.float32)

    return embed
