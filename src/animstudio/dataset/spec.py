"""The options of preparing and of inspecting; the one home of their defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from animstudio.kernel.spec import EXISTING, RUNTIME, Share, Spec

Style = Literal["kohya", "onetrainer", "ai-toolkit", "imagefolder", "coco"]
Target = Literal["kohya", "onetrainer", "ai-toolkit", "imagefolder", "coco", "webdataset"]
Side = Annotated[int, Field(ge=64, le=4096, multiple_of=64)]


class PickSpec(Spec):
    """Which pictures are good enough, and which of these are taken."""

    min_side: Annotated[int, Field(ge=1)] = 256
    """Pixels that the shorter side of what is shown has at least."""
    min_sharpness: Annotated[float, Field(ge=0)] = 100.0
    """Variance of the Laplacian, on the subject at the target size, that is always enough."""
    median_share: Share = 0.5
    """A softer picture passes too where it reaches this share of the set's median."""
    sharp_edges: Annotated[float, Field(ge=0)] = 1.2
    """Width of edges, as a Gaussian's sigma in pixels at 1024, up to which a picture is sharp
    whatever the others are like."""
    max_clipped: Share = 0.6
    """Share of pixels that are fully black or white, at most."""
    min_entropy: Annotated[float, Field(ge=0, le=8)] = 2.0
    """Bits of a picture's histogram of luma, at least; a fade has fewer."""
    max_bars: Share = 0.05
    """Share of a picture that black bars cover, at most; wider ones are cut away first."""
    max_noise: Annotated[float, Field(ge=0)] = 12.0
    """Deviation of noise, in levels of 255, at most."""
    text: bool = True
    """Look for text burnt into pictures, where the extra `text` is installed."""
    max_text: Share = 0.001
    """Share of a picture that lines of text (subtitles, credits, marks) cover, at most."""
    near_bits: Annotated[int, Field(ge=0, le=64)] = 6
    """Bits of 64 in which the perceptual hashes of twins differ at most."""
    near_seconds: Annotated[float, Field(ge=0)] = 2.0
    """Seconds between two pictures of one film up to which their hashes make them twins."""
    near_cosine: Share = 0.95
    """Cosine of two pictures' vectors from which they are twins, however far apart."""
    embedder: str = "layout"
    """What makes these vectors: layout (which colours are where; no weights), or a model's name
    as in clustering."""
    device: Annotated[str, RUNTIME] = "auto"
    """auto, cpu, cuda or cuda:N."""
    models_dir: Annotated[Path | None, RUNTIME] = None
    """The folder of weights; the machine's own unless given."""
    max_images_per_char: Annotated[int, Field(ge=1)] = 200
    """Pictures of a character that are taken at most, the most different ones."""
    keep: tuple[str, ...] = ()
    """Names of pictures that are taken whatever was found against them."""


class SetSpec(PickSpec):
    """How pictures become a set to train with."""

    target_size: Side = 1024
    """Side of the square that has as many pixels as a picture gets."""
    style: Style = "kohya"
    """The layout: kohya, onetrainer, ai-toolkit, imagefolder or coco."""
    crop: Literal["subject", "full", "both"] = "subject"
    """Close around the character, all of the picture, or one of each."""
    buckets: bool = True
    """Shapes from 3:4 of the target size to 5:4 in steps of 64; else squares only."""
    margin: Share = 0.12
    """Room around the character, as a share of its longer side."""
    max_upscale: Annotated[float, Field(ge=1)] = 1.5
    """How many times larger a crop may get; what would need more comes out smaller."""
    background: Literal["keep", "neutral"] = "keep"
    """What is around the character: as it was where that is known, or grey."""
    masks: bool = True
    """Write a mask beside each picture: white is to be learned."""
    caption: str = "{trigger}, {shot_size}, {view}, {palette}"
    """Template of captions; what is not known of a picture is left out."""
    captions: Literal["template", "beside"] = "template"
    """Written by the template; or those that lie beside the pictures, behind the trigger."""
    trigger: str = ""
    """The word that calls the character, {character} standing for its name; its name if empty."""
    validation: Share = 0.0
    """Share of pictures, by whole shots, that is kept aside to validate with."""
    epochs: Annotated[int, Field(ge=1)] = 10
    """Epochs that are trained, to reckon steps with."""
    batch_size: Annotated[int, Field(ge=1)] = 1
    """Pictures a step, to reckon steps with."""
    max_repeats: Annotated[int, Field(ge=1)] = 20
    """How often a picture is repeated an epoch at most, where a character has few."""

    @model_validator(mode="after")
    def _trigger_leads(self) -> SetSpec:
        if not self.caption.startswith("{trigger}"):
            raise ValueError("caption: the template begins with {trigger}")
        return self


class PrepareSpec(SetSpec):
    """How characters' pictures become a set to train with."""

    cluster_dirs: list[Annotated[Path, EXISTING]]
    """A folder of pictures for each character: clustering's, or any."""


class InspectSpec(Spec):
    """What is expected of a dataset."""

    min_resolution: Annotated[int, Field(ge=1)] = 512
    """Pixels that a picture's shorter side has at least."""
    max_softness: Annotated[float, Field(gt=0)] = 2.2
    """Width of a picture's sharper edges at most, as a Gaussian's sigma in pixels at 1024."""
    max_noise: Annotated[float, Field(ge=0)] = 6.0
    """Deviation of noise, in levels of 255, at most."""
    text: bool = False
    """Look for text burnt into pictures (extra `text`): it takes ten times as long as all else."""
    max_text: Share = 0.001
    """Share of a picture that lines of text (subtitles, credits, marks) cover, at most."""
    max_tokens: Annotated[int, Field(ge=1)] = 75
    """Tokens of a caption at most, as CLIP counts them, without the two at its ends."""
    imbalance: Annotated[float, Field(ge=1)] = 3.0
    """How many times more steps the largest class may have than the smallest."""
    near_cosine: Share = 0.96
    """Cosine of two pictures' colours from which they may be twins."""
    near_change: Annotated[float, Field(ge=0)] = 0.22
    """How much twins differ where they differ most, at most, as a share of their contrast."""
    workers: Annotated[int, Field(ge=0, le=64), RUNTIME] = 0
    """Threads that look at pictures; 0: one a processor."""
