"""OneTrainer: pictures, ``img.txt``, ``img-masklabel.png``, and a list of concepts."""

from __future__ import annotations

import json
from pathlib import Path

from animstudio.dataset.export.entry import (
    Key,
    Layout,
    Placed,
    folder_name,
    put,
    put_masks,
    put_text,
)


def write_onetrainer(layout: Layout, folder: Path) -> Placed:
    """Write the layout, and ``concepts.json`` with each character's repeats."""
    placed: dict[Key, tuple[str, str | None]] = {}
    concepts = []
    for character in layout.characters:
        for split in ("train", "validation"):
            entries = layout.of(character.name, split)
            home = f"{split}/{folder_name(character.name)}"
            places = {one.key: f"{home}/{one.record.name}-masklabel.png" for one in entries}
            masked = put_masks(entries, folder, places)
            for one in entries:
                place = put(one, folder, f"{home}/{one.record.name}.png")
                put_text(folder, f"{home}/{one.record.name}.txt", one.record.caption)
                placed[one.key] = place, places[one.key] if one.key in masked else None
            if entries:
                concepts.append(
                    {
                        "name": character.name,
                        "path": home,
                        "enabled": True,
                        "type": "STANDARD" if split == "train" else "VALIDATION",
                        "balancing": float(character.repeats if split == "train" else 1),
                        "balancing_strategy": "REPEATS",
                        "text": {"prompt_source": "sample"},
                    }
                )
    put_text(folder, "concepts.json", json.dumps(concepts, indent=1, ensure_ascii=False))
    return placed
