"""WebDataset: tar files of samples, each ``KEY.png``, ``KEY.txt``, ``KEY.json``.

A key ends at its first dot, and the files of a sample follow each other.
"""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Final

from animstudio.dataset.export.entry import Entry, Key, Layout, Placed, by_split, folder_name

SHARD: Final = 1000
"""Samples a file."""


def write_webdataset(layout: Layout, folder: Path) -> Placed:
    """Write ``SPLIT-000000.tar`` and so on; equal input gives equal bytes."""
    placed: dict[Key, tuple[str, str | None]] = {}
    for split, entries in by_split(layout).items():
        for number, start in enumerate(range(0, len(entries), SHARD)):
            name = f"{split}-{number:06d}.tar"
            with tarfile.open(folder / name, "w", format=tarfile.USTAR_FORMAT) as shard:
                for one in entries[start : start + SHARD]:
                    placed[one.key] = name, name if one.mask else None
                    _sample(shard, one)
    return placed


def _sample(shard: tarfile.TarFile, one: Entry) -> None:
    key = f"{folder_name(one.record.character)}-{one.record.name}".replace(".", "-")
    facts = {"character": one.record.character, **one.record.provenance.model_dump()}
    _add(shard, f"{key}.png", one.picture.read_bytes())
    _add(shard, f"{key}.txt", one.record.caption.encode())
    _add(shard, f"{key}.json", json.dumps(facts, ensure_ascii=False).encode())
    if one.mask:
        _add(shard, f"{key}.mask.png", one.mask.read_bytes())


def _add(shard: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o644
    shard.addfile(info, io.BytesIO(content))
