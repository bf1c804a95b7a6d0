"""CLIP, SigLIP and DINOv2 through transformers: what a picture looks like, as one vector.

Radford et al., "Learning transferable visual models from natural language supervision", 2021;
Zhai et al., "Sigmoid loss for language image pre-training", 2023; Oquab et al., "DINOv2:
learning robust visual features without supervision", 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from animstudio.models.registry import Host, Model
from animstudio.models.seams import Cutout, Floats
from animstudio.models.square import in_square
from animstudio.models.tensors import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    device_of,
    inference,
    load,
    settings_of,
    tensor_of,
    torch_for,
)

CLIP_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD: Final = (0.26862954, 0.26130258, 0.27577711)
NORMS: Final = {
    "clip": (CLIP_MEAN, CLIP_STD),
    "siglip": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "dinov2": (IMAGENET_MEAN, IMAGENET_STD),
}
"""How pictures were normalised when each was taught; a model's folder may say otherwise."""
SIDE: Final = 224


@dataclass(frozen=True, slots=True)
class VisionTower:
    """Embeds with the picture side of a model."""

    name: str
    model: Any
    device: str
    threads: int
    side: int
    mean: Sequence[float]
    std: Sequence[float]

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        config = self.model.config
        if hasattr(config, "vision_config"):
            return int(getattr(config, "projection_dim", 0) or config.vision_config.hidden_size)
        return int(config.hidden_size)

    def embed(self, pictures: Sequence[Cutout]) -> Floats:
        """Return (n, dimensions) float32 vectors of length 1."""
        if not pictures:
            return np.zeros((0, self.dimensions), np.float32)
        torch = torch_for(self.name)
        with inference(self.threads, self.device):
            batch = torch.stack(
                [
                    tensor_of(in_square(one), (self.side, self.side), self.mean, self.std,
                              self.device)
                    for one in pictures
                ]
            ).to(self.model.dtype)  # fmt: skip
            vectors = self._features(batch).float()
            vectors = torch.nn.functional.normalize(vectors, dim=1)
            return np.asarray(vectors.cpu().numpy(), np.float32)

    def _features(self, batch: Any) -> Any:
        if hasattr(self.model, "get_image_features"):
            answer = self.model.get_image_features(pixel_values=batch)
            return getattr(answer, "pooler_output", answer)
        return self.model(pixel_values=batch).last_hidden_state[:, 0]


def build(model: Model, host: Host) -> VisionTower:
    """Load it from its folder. Raises AskedWrongly, MissingExtra, WorkFailed."""
    device = device_of(host.device, model.name)
    folder = model.folder(host)
    found = load("AutoModel", folder, device)
    settings = settings_of(folder)
    mean, std = NORMS[model.name]
    config = getattr(found.config, "vision_config", None)
    size = settings.get("crop_size") or settings.get("size") or {}
    side = config.image_size if config is not None else size.get("height", SIDE)
    return VisionTower(
        model.name, found, device, host.threads, int(side),
        settings.get("image_mean", mean), settings.get("image_std", std),
    )  # fmt: skip
