"""``dataset_info.json``, ``rejected.json``: what a dataset came to, for programs."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from animstudio.dataset.balance import Steps, reckon
from animstudio.dataset.records import INFO, Manifest


def steps_of(manifest: Manifest) -> Steps:
    """Return how long the training takes that the dataset was balanced for."""
    counts = {one.name: one.train for one in manifest.characters}
    repeats = {one.name: one.repeats for one in manifest.characters}
    epochs, batch = manifest.config["epochs"], manifest.config["batch_size"]
    return reckon(counts, repeats, epochs=int(str(epochs)), batch_size=int(str(batch)))


def info_of(manifest: Manifest) -> dict[str, Any]:
    """Return the content of ``dataset_info.json``."""
    steps = steps_of(manifest)
    return {
        "total_images": len(manifest.pictures),
        "total_filtered": len(manifest.rejected),
        "character_count": sum(1 for one in manifest.characters if one.train + one.validation),
        "characters": {
            one.name: {
                "images": one.train + one.validation,
                "train": one.train,
                "validation": one.validation,
                "repeats": one.repeats,
                "trigger": one.trigger,
                "filtered": sum(gone.character == one.name for gone in manifest.rejected),
                **({"note": one.note} if one.note else {}),
            }
            for one in manifest.characters
        },
        "filtered": dict(sorted(Counter(one.reason for one in manifest.rejected).items())),
        "steps": {"pictures_per_epoch": steps.pictures_per_epoch,
                  "steps_per_epoch": steps.steps_per_epoch,
                  "epochs": steps.epochs, "total": steps.total},
        "config": manifest.config,
        "not_checked": manifest.not_checked,
    }  # fmt: skip


def write_info(manifest: Manifest, folder: Path) -> None:
    """Write both files below a folder of drafts."""
    rejected = [one.model_dump(exclude_none=True) for one in manifest.rejected]
    for name, content in ((INFO, info_of(manifest)), ("rejected.json", rejected)):
        text = json.dumps(content, indent=1, ensure_ascii=False)
        (folder / name).write_text(text + "\n", encoding="utf-8")
