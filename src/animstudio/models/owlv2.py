"""OWLv2 through transformers: boxes around what words name.

Minderer, Gritsenko and Houlsby, "Scaling open-vocabulary object detection", 2023.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from animstudio.media.views import Bytes
from animstudio.models.boxes import boxes_of, surest
from animstudio.models.registry import Host, Model
from animstudio.models.seams import Found
from animstudio.models.tensors import device_of, inference, load, tensor_of, torch_for
from animstudio.models.tokenizers import tokenizer_of
from animstudio.models.vision_tower import CLIP_MEAN, CLIP_STD

QUERIES: Final = ("a cartoon character", "a person", "an animal")
SURE: Final = 0.2
"""Score from which a box counts."""
GREY: Final = 127
"""What a picture is padded with, to the right and below, until it is square."""


@dataclass(frozen=True, slots=True)
class Owlv2:
    """Finds characters, people and animals in a picture."""

    name: str
    model: Any
    tokenizer: Any
    device: str
    threads: int
    least: float = SURE

    def find(self, picture: Bytes) -> list[Found]:
        """Return what is there, the surest first."""
        torch = torch_for("OWLv2")
        height, width = picture.shape[:2]
        side = max(height, width)
        square = np.full((side, side, 3), GREY, np.uint8)
        square[:height, :width] = picture
        own = self.model.config.vision_config.image_size
        length = self.model.config.text_config.max_position_embeddings
        words = self.tokenizer(
            list(QUERIES), padding="max_length", max_length=length, truncation=True,
            return_tensors="pt",
        ).to(self.device)  # fmt: skip
        with inference(self.threads, self.device):
            pixels = tensor_of(square, (own, own), CLIP_MEAN, CLIP_STD, self.device)
            answer = self.model(
                pixel_values=pixels[None].to(self.model.dtype),
                input_ids=words["input_ids"],
                attention_mask=words["attention_mask"],
            )
            odds = torch.sigmoid(answer.logits[0].float())
            scores, queries = (part.tolist() for part in odds.max(dim=1))
            boxes = boxes_of(answer.pred_boxes[0].float().cpu().numpy(), (side, side))
        found = [
            Found(_inside(box, width, height), QUERIES[query], score)
            for box, query, score in zip(boxes, queries, scores, strict=True)
            if score > self.least
        ]
        return surest(found)


def _inside(box: tuple[int, int, int, int], width: int, height: int) -> tuple[int, int, int, int]:
    x, y, w, h = box
    return x, y, max(0, min(w, width - x)), max(0, min(h, height - y))


def build(model: Model, host: Host) -> Owlv2:
    """Load it from its folder. Raises AskedWrongly, MissingExtra, WorkFailed."""
    device = device_of(host.device, "OWLv2")
    folder = model.folder(host)
    return Owlv2(
        model.name, load("Owlv2ForObjectDetection", folder, device),
        tokenizer_of(folder, "OWLv2"), device, host.threads,
    )  # fmt: skip
