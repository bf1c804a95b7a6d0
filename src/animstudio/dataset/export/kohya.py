"""kohya's sd-scripts: ``train/N_name/img.png + img.txt``, masks, and ``dataset.toml``.

The trainer's own default for captions is ``.caption``, so the TOML names ``.txt``. Its paths are
relative: the trainer is started in the dataset's folder, or given ``--train_data_dir train``.
"""

from __future__ import annotations

import json
from pathlib import Path

from animstudio.dataset.crop import STEP, buckets
from animstudio.dataset.export.entry import (
    Key,
    Layout,
    Placed,
    folder_name,
    put,
    put_masks,
    put_text,
)
from animstudio.dataset.records import CharacterRecord


def write_kohya(layout: Layout, folder: Path) -> Placed:
    """Write the layout; `dataset.toml` speaks of the training pictures only."""
    placed: dict[Key, tuple[str, str | None]] = {}
    subsets = []
    for character in layout.characters:
        for split in ("train", "validation"):
            repeats = character.repeats if split == "train" else 1
            home = f"{repeats}_{folder_name(character.name)}"
            entries = layout.of(character.name, split)
            masks = "masks" if split == "train" else "validation_masks"
            places = {one.key: f"{masks}/{home}/{one.record.name}.png" for one in entries}
            masked = put_masks(entries, folder, places)
            for one in entries:
                place = put(one, folder, f"{split}/{home}/{one.record.name}.png")
                put_text(folder, place.removesuffix(".png") + ".txt", one.record.caption)
                placed[one.key] = place, places[one.key] if one.key in masked else None
            if split == "train" and entries:
                subsets.append(_subset(character, home, bool(masked)))
    put_text(folder, "dataset.toml", _head(layout) + "".join(subsets))
    return placed


def _head(layout: Layout) -> str:
    sides = [side for size in buckets(layout.side, True) for side in size]
    sides += [side for one in layout.entries for side in (one.record.width, one.record.height)]
    return (
        "# Paths are relative: start the trainer in this folder, with --dataset_config"
        " dataset.toml\n\n"
        "[general]\n"
        'caption_extension = ".txt"\n'
        "shuffle_caption = false\n"
        "keep_tokens = 1\n\n"
        "[[datasets]]\n"
        f"resolution = {layout.side}\n"
        f"batch_size = {layout.batch}\n"
        "enable_bucket = true\n"
        "bucket_no_upscale = true\n"
        f"bucket_reso_steps = {STEP}\n"
        f"min_bucket_reso = {min(sides)}\n"
        f"max_bucket_reso = {max(sides)}\n"
    )


def _subset(character: CharacterRecord, home: str, masked: bool) -> str:
    lines = [
        "\n[[datasets.subsets]]",
        f"image_dir = {_quoted(f'train/{home}')}",
        f"class_tokens = {_quoted(character.trigger)}",
        f"num_repeats = {character.repeats}",
    ]
    if masked:
        lines.append(f"conditioning_data_dir = {_quoted(f'masks/{home}')}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's is one."""
    return json.dumps(text, ensure_ascii=False)
