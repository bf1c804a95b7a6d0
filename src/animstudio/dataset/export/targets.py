"""Every layout by its name, and a prepared dataset written in another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from animstudio.dataset.export.ai_toolkit import write_ai_toolkit
from animstudio.dataset.export.coco import write_coco
from animstudio.dataset.export.entry import Entry, Layout, Writer
from animstudio.dataset.export.imagefolder import write_imagefolder
from animstudio.dataset.export.kohya import write_kohya
from animstudio.dataset.export.onetrainer import write_onetrainer
from animstudio.dataset.export.webdataset import write_webdataset
from animstudio.dataset.place import new_folder
from animstudio.dataset.records import read_manifest
from animstudio.kernel.errors import AskedWrongly, WorkFailed, nearest

WRITERS: Final[Mapping[str, Writer]] = {
    "kohya": write_kohya,
    "onetrainer": write_onetrainer,
    "ai-toolkit": write_ai_toolkit,
    "imagefolder": write_imagefolder,
    "coco": write_coco,
    "webdataset": write_webdataset,
}


def writer(target: str) -> Writer:
    """Return what writes a layout. Raises AskedWrongly with the nearest one."""
    if target not in WRITERS:
        raise AskedWrongly(f"no layout is called '{target}'{nearest(target, WRITERS)}",
                           hint=f"there are: {', '.join(WRITERS)}")  # fmt: skip
    return WRITERS[target]


def export_dataset(dataset: Path, target: str, out: Path) -> int:
    """Write a prepared dataset in another layout; return how many pictures it has.

    Raises AskedWrongly where `dataset` was not prepared here or `out` has something in it, and
    WorkFailed where a picture is gone.
    """
    write = writer(target)
    if out.resolve().is_relative_to(dataset.resolve()):
        raise AskedWrongly(f"{out}: it lies in the dataset itself, and would become a part of it",
                           hint="name a folder beside it")  # fmt: skip
    manifest = read_manifest(dataset)
    entries = [
        Entry(one, dataset / one.file, dataset / one.mask if one.mask else None)
        for one in manifest.pictures
    ]
    for entry in entries:
        if not entry.picture.is_file():
            raise WorkFailed(f"{entry.picture}: a picture of the dataset is gone",
                             hint="prepare the dataset again")  # fmt: skip
    side, batch = manifest.config.get("target_size"), manifest.config.get("batch_size")
    layout = Layout(entries, manifest.characters, int(str(side)), int(str(batch)))
    with new_folder(out) as folder:
        write(layout, folder)
    return len(entries)
