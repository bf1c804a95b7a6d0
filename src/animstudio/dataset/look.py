"""One picture read, framed and measured: what is decided without knowing the others."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.machine import host_of
from animstudio.characters.records import Rle
from animstudio.characters.rle import encode
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
from animstudio.dataset.names import valid
from animstudio.dataset.quality.exposure import exposure_of
from animstudio.dataset.quality.noise import noise_level
from animstudio.dataset.quality.sharpness import edge_width, laplacian_variance
from animstudio.dataset.quality.text import FindText
from animstudio.dataset.records import Measured, Rejected
from animstudio.dataset.sources import Source
from animstudio.dataset.spec import PrepareSpec
from animstudio.dataset.upright import Unfit, Upright, read_upright, within
from animstudio.kernel.files import sha256
from animstudio.media.imaging import grey_of
from animstudio.media.png import encode_png
from animstudio.media.views import Bytes
from animstudio.models.registry import build_embedder
from animstudio.models.seams import Cutout

LEAST_SHOWN: Final = 0.1
"""Share of a crop that a picture fills at least: what is left is grey."""

Mask = NDArray[np.bool_]
Embed = Callable[[Bytes, Mask | None], NDArray[np.float32]]
Describe = Callable[[Bytes, Mask | None, Source], str]


@dataclass(frozen=True, slots=True)
class Eyes:
    """What looks at every picture; `find_text` is None where nobody looks for text."""

    embed: Embed
    find_text: FindText | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture that may be taken; `draft` is the file to train with, `learn` its mask."""

    name: str
    source: Source
    digest: str
    draft: Path
    learn: Path | None
    outline: Rle | None
    """What is the subject's own of it; none where all of it counts."""
    framing: Framing
    whole: bool
    """Whether it shows all of the source, beside another that shows the subject."""
    measured: Measured
    vector: NDArray[np.float32]
    bits: int
    said: str
    notes: tuple[str, ...]


def rejected(
    name: str, character: str, source: Source, base: Path, reason: str, said: str, **more: Any
) -> Rejected:
    """Return the record of a picture that is left out; `base` is where the dataset will lie."""
    where = Path(os.path.relpath(source.file.absolute(), base.absolute())).as_posix()
    return Rejected(
        name=name, character=character, source=valid(where), reason=reason, said=said, **more
    )


def look(
    source: Source, spec: PrepareSpec, drafts: Path, eyes: Eyes, describe: Describe,
    frame: Bytes | None = None,
) -> list[Looked]:  # fmt: skip
    """Read, frame, measure and write one source's pictures. Raises Unfit.

    `frame` is the whole frame that the source is a part of, where that is known.
    """
    forced = source.name in spec.keep
    if source.transition and not forced:
        raise Unfit("transition", "it lies in a dissolve or a fade")
    upright = read_upright(source, spec)
    inside = upright if frame is None else within(frame, upright, source, spec)
    found = []
    for whole in {"subject": [False], "full": [True], "both": [False, True]}[spec.crop]:
        if spec.crop == "both" and whole and upright.mask is None:
            continue  # without a subject, both are one picture
        name = f"{source.name}-full" if spec.crop == "both" and whole else source.name
        shown = upright if whole else inside
        found.append(_one(name, source, shown, whole, spec, drafts, eyes, describe))
    return found


def _one(
    name: str, source: Source, upright: Upright, whole: bool, spec: PrepareSpec, drafts: Path,
    eyes: Eyes, describe: Describe,
) -> Looked:  # fmt: skip
    framing = framing_of(upright, whole, spec)
    _check_size(framing, spec, source)
    _check_shape(framing, upright)
    bare = _is_cut_out(source) and upright.offset is None
    neutral = spec.background == "neutral" or bare
    shown, own, there = render(upright.picture, upright.mask, framing, neutral=neutral)
    measured = measure(shown, own if own is not None else there)
    forced = source.name in spec.keep
    if not forced:
        check(measured, spec)
    if eyes.find_text:
        measured = measured.model_copy(update={"text": round(eyes.find_text(shown), 5)})
        if not forced:
            check_text(measured, spec)
    draft = drafts / f"{name}.png"
    draft.write_bytes(encode_png(shown))
    learn = to_learn(own, there) if spec.masks else None
    if learn is not None:
        (drafts / f"{name}.mask.png").write_bytes(encode_png(learn))
    return Looked(
        name=name, source=source, digest=sha256(draft), draft=draft,
        learn=None if learn is None else drafts / f"{name}.mask.png",
        outline=None if own is None else encode(own & there),
        framing=framing.moved(upright.offset or (0, 0)), whole=whole, measured=measured,
        vector=eyes.embed(shown, own), bits=perceptual_hash(shown),
        said=describe(shown, own, source), notes=upright.notes,
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


def _check_shape(framing: Framing, upright: Upright) -> None:
    """Raise Unfit for a strip: a crop in a bucket's shape around it is all but empty, and huge."""
    tall, wide = upright.picture.shape[:2]
    share = tall * wide / (framing.box[2] * framing.box[3])
    if share < LEAST_SHOWN:
        raise Unfit("thin", f"{wide}x{tall} pixels fill {share:.1%} of a crop in a bucket's shape, "
                    f"{LEAST_SHOWN:.0%} at least", round(share, 4), LEAST_SHOWN)  # fmt: skip


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


def check_text(measured: Measured, spec: PrepareSpec) -> None:
    """Raise Unfit for a picture that text is burnt into."""
    if measured.text is not None and measured.text > spec.max_text:
        raise Unfit("text", f"text covers {measured.text:.2%} of it, {spec.max_text:.2%} at most",
                    measured.text, spec.max_text)  # fmt: skip


def embedding(spec: PrepareSpec, threads: int) -> Embed:
    """Return what turns a picture into a vector. Raises AskedWrongly for no such embedder."""
    if spec.embedder == "layout":
        return lambda picture, mask: colour_layout(picture)
    model = build_embedder(spec.embedder, host_of(spec.models_dir, spec.device, threads))

    def embed(picture: Bytes, mask: Mask | None) -> NDArray[np.float32]:
        own = mask if mask is not None else np.ones(picture.shape[:2], np.bool_)
        return np.asarray(model.embed([Cutout(picture, own)])[0], np.float32)

    return embed
