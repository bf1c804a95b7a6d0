"""COCO: pictures, and one JSON a split with boxes, masks as run lengths, and captions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from animstudio.characters.records import Rle
from animstudio.characters.rle import decode, encode
from animstudio.dataset.crop import bounds_of
from animstudio.dataset.export.entry import (
    Entry,
    Key,
    Layout,
    Placed,
    by_split,
    folder_name,
    put,
    put_text,
)
from animstudio.kernel.files import link


def write_coco(layout: Layout, folder: Path) -> Placed:
    """Write the layout: ``images/`` and ``annotations/instances_SPLIT.json``."""
    placed: dict[Key, tuple[str, str | None]] = {}
    kinds = {one.name: number for number, one in enumerate(layout.characters, 1)}
    for split, entries in by_split(layout).items():
        images, marks = [], []
        for number, one in enumerate(entries, 1):
            name = f"{folder_name(one.record.character)}/{one.record.name}.png"
            if one.mask:
                link(one.mask, folder / f"masks/{split}/{name}")
            mask = f"masks/{split}/{name}" if one.mask else None
            placed[one.key] = put(one, folder, f"images/{split}/{name}"), mask
            images.append({"id": number, "file_name": f"{split}/{name}",
                           "width": one.record.width, "height": one.record.height,
                           "caption": one.record.caption})  # fmt: skip
            marks.append(_annotation(one, number, kinds[one.record.character]))
        categories = [{"id": number, "name": name} for name, number in kinds.items()]
        content = {"info": {"description": "prepared by Animation AI Studio"}, "licenses": [],
                   "images": images, "annotations": marks, "categories": categories}  # fmt: skip
        text = json.dumps(content, ensure_ascii=False)
        put_text(folder, f"annotations/instances_{split}.json", text)
    return placed


def _annotation(entry: Entry, number: int, kind: int) -> dict[str, Any]:
    size = entry.record.height, entry.record.width
    outline = entry.record.outline
    rle = Rle(size=size, counts=outline) if outline else encode(np.ones(size, np.bool_))
    mask = decode(rle)
    return {
        "id": number,
        "image_id": number,
        "category_id": kind,
        "segmentation": {"size": list(rle.size), "counts": rle.counts},
        "area": int(np.count_nonzero(mask)),
        "bbox": list(bounds_of(mask) or (0, 0, 0, 0)),
        "iscrowd": 0,
    }
