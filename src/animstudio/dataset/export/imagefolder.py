"""Hugging Face ImageFolder: ``train/metadata.jsonl`` inside the split's folder."""

from __future__ import annotations

import json
from pathlib import Path

from animstudio.dataset.export.entry import (
    Key,
    Layout,
    Placed,
    by_split,
    folder_name,
    put,
    put_masks,
    put_text,
)


def write_imagefolder(layout: Layout, folder: Path) -> Placed:
    """Write the layout; masks lie outside of the splits, or they would be taken for pictures."""
    placed: dict[Key, tuple[str, str | None]] = {}
    for split, entries in by_split(layout).items():
        places = {
            one.key: f"masks/{split}/{folder_name(one.record.character)}/{one.record.name}.png"
            for one in entries
        }
        masked = put_masks(entries, folder, places)
        lines = []
        for one in entries:
            name = f"{folder_name(one.record.character)}/{one.record.name}.png"
            placed[one.key] = (
                put(one, folder, f"{split}/{name}"),
                places[one.key] if one.key in masked else None,
            )
            row = {"file_name": name, "text": one.record.caption,
                   "character": one.record.character}  # fmt: skip
            lines.append(json.dumps(row, ensure_ascii=False))
        put_text(folder, f"{split}/metadata.jsonl", "\n".join(lines))
    return placed
