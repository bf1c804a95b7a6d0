"""ai-toolkit: a folder a character with ``img.txt``, masks in a folder of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from animstudio.dataset.export.entry import (
    Key,
    Layout,
    Placed,
    folder_name,
    put,
    put_masks,
    put_text,
)


def write_ai_toolkit(layout: Layout, folder: Path) -> Placed:
    """Write the layout, and ``datasets.yaml`` to be pasted under ``process[].datasets``."""
    import yaml

    placed: dict[Key, tuple[str, str | None]] = {}
    datasets: list[dict[str, Any]] = []
    for character in layout.characters:
        for split in ("train", "validation"):
            entries = layout.of(character.name, split)
            home = f"{split}/{folder_name(character.name)}"
            masks = f"{split}_masks/{folder_name(character.name)}"
            places = {one.key: f"{masks}/{one.record.name}.png" for one in entries}
            masked = put_masks(entries, folder, places)
            for one in entries:
                place = put(one, folder, f"{home}/{one.record.name}.png")
                put_text(folder, f"{home}/{one.record.name}.txt", one.record.caption)
                placed[one.key] = place, places[one.key] if one.key in masked else None
            if entries and split == "train":
                found = {"folder_path": home, "caption_ext": "txt",
                         "num_repeats": character.repeats, "resolution": [layout.side]}  # fmt: skip
                datasets.append(found | ({"mask_path": masks} if masked else {}))
    text = yaml.safe_dump({"datasets": datasets}, sort_keys=False, allow_unicode=True)
    put_text(folder, "datasets.yaml", text)
    return placed
