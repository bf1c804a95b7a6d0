"""Grounding DINO through transformers: boxes around what a sentence names.

Liu et al., "Grounding DINO: marrying DINO with grounded pre-training for open-set object
detection", 2023.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from animstudio.media.views import Bytes
from animstudio.models.boxes import boxes_of, surest
from animstudio.models.registry import Host, Model
from animstudio.models.seams import Found
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
from animstudio.models.tokenizers import tokenizer_of

TEXT: Final = "a cartoon character. a person. an animal."
"""What is looked for; each sentence ends with a full stop, as the model was taught."""
SURE: Final = 0.3
"""Score from which a box counts."""
WORDS: Final = 0.25
"""Score from which a word names it."""


@dataclass(frozen=True, slots=True)
class GroundingDino:
    """Finds characters, people and animals in a picture."""

    name: str
    model: Any
    tokenizer: Any
    device: str
    threads: int
    shortest: int = 800
    longest: int = 1333
    least: float = SURE

    def find(self, picture: Bytes) -> list[Found]:
        """Return what is there, the surest first."""
        torch = torch_for("Grounding DINO")
        height, width = picture.shape[:2]
        scale = min(self.shortest / min(height, width), self.longest / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        words = self.tokenizer(TEXT, return_tensors="pt").to(self.device)
        with inference(self.threads, self.device):
            pixels = tensor_of(picture, size, IMAGENET_MEAN, IMAGENET_STD, self.device)
            answer = self.model(
                pixel_values=pixels[None].to(self.model.dtype),
                pixel_mask=torch.ones((1, size[1], size[0]), dtype=torch.long, device=self.device),
                input_ids=words["input_ids"],
                attention_mask=words["attention_mask"],
                token_type_ids=words.get("token_type_ids"),
            )
            odds = torch.sigmoid(answer.logits[0].float())
            scores = odds.max(dim=1).values
            kept = torch.nonzero(scores > self.least).flatten().tolist()
            boxes = boxes_of(answer.pred_boxes[0].float().cpu().numpy(), (width, height))
            named = [self._label(words["input_ids"][0], odds[n]) for n in kept]
        found = [Found(boxes[n], label, float(scores[n]))
                 for n, label in zip(kept, named, strict=True)]  # fmt: skip
        return surest(found)

    def _label(self, ids: Any, odds: Any) -> str:
        special = set(self.tokenizer.all_special_ids)
        own = [i for i, odd in zip(ids.tolist(), odds.tolist(), strict=False)
               if odd > WORDS and i not in special]  # fmt: skip
        return str(self.tokenizer.decode(own)).replace(".", "").strip()


def build(model: Model, host: Host) -> GroundingDino:
    """Load it from its folder. Raises AskedWrongly, MissingExtra, WorkFailed."""
    device = device_of(host.device, "Grounding DINO")
    folder = model.folder(host)
    size = settings_of(folder).get("size") or {}
    return GroundingDino(
        model.name, load("GroundingDinoForObjectDetection", folder, device),
        tokenizer_of(folder, "Grounding DINO"), device, host.threads,
        int(size.get("shortest_edge", 800)), int(size.get("longest_edge", 1333)),
    )  # fmt: skip
