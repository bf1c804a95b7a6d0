"""What kind of dataset a folder is, and which pictures and captions it has."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from animstudio.dataset.inspect.coco import Annotations, coco_files, endings, read_coco
from animstudio.dataset.inspect.metadata import METADATA, read_rows
from animstudio.dataset.sources import KOHYA, MASK_ENDS, MASK_FOLDERS, SUFFIXES

Kind = Literal["kohya", "imagefolder", "coco", "plain"]
CAPTIONS: Final = (".txt", ".caption")
QUARANTINE: Final = ".quarantine"
TEXTS: Final = ("text", "caption", "prompt")
"""Columns in which metadata has captions, the first found is taken."""
_PAPERS: Final = frozenset(
    ("readme.txt", "license.txt", "requirements.txt", "notes.txt", "captions.txt")
)
"""Texts that lie in datasets and are no captions."""


@dataclass(frozen=True, slots=True)
class Found:
    """A picture of a dataset; `caption` is its file, or `said` its text from metadata."""

    file: Path
    group: str
    """The class that it is trained as: its folder, or its category."""
    caption: Path | None = None
    said: str | None = None


@dataclass(slots=True)
class Layout:
    """All that lies in a folder."""

    root: Path
    kind: Kind
    pictures: list[Found]
    orphans: list[Path] = field(default_factory=list)
    """Captions without a picture."""
    doubled: list[Path] = field(default_factory=list)
    """Captions beside one of another ending."""
    repeats: dict[str, int] = field(default_factory=dict)
    """Of each kohya folder."""
    expects_captions: bool = True
    masks: list[Path] = field(default_factory=list)
    dangling: list[Path] = field(default_factory=list)
    """Links to pictures or captions that are not there."""
    metadata: list[Path] = field(default_factory=list)
    """Hugging Face's files of rows."""
    annotations: list[Annotations] = field(default_factory=list)
    """COCO's."""
    closed: list[Path] = field(default_factory=list)
    """Folders that may not be read."""

    def name(self, path: Path) -> str:
        """Return a path as findings name it."""
        return path.relative_to(self.root).as_posix()


def read_layout(root: Path) -> Layout:
    """Return what a folder holds; hidden folders and quarantine are passed over."""
    pictures: list[Found] = []
    layout = Layout(root, "plain", pictures)
    folders = list(_folders(root, layout.closed))
    for folder, files in folders:
        _read_folder(layout, folder, files)
    kohya = [f for f, files in folders if f != root and KOHYA.fullmatch(f.name) and files]
    layout.metadata = [f / name for f, files in folders for name in METADATA if name in files]
    layout.annotations = [one for file in coco_files(root) if (one := read_coco(file))]
    if layout.metadata:
        layout.kind = "imagefolder"
        _take_metadata(layout)
    elif any(one.pictures or not one.broken for one in layout.annotations):
        layout.kind = "coco"
        _take_coco(layout)
    elif any(one.file.parent in kohya for one in pictures):
        layout.kind = "kohya"
        for folder in kohya:
            matched = KOHYA.fullmatch(folder.name)
            layout.repeats[layout.name(folder)] = int(matched[1]) if matched else 1
    layout.expects_captions = layout.kind != "coco" or any(one.said for one in pictures)
    return layout


def _folders(root: Path, closed: list[Path]) -> Iterator[tuple[Path, list[str]]]:
    """Yield every folder with its files; linked ones last, as trainers read them too.

    Each is met once, and what lies around the dataset not at all, wherever links lead. Those that
    may not be read are noted in `closed`.
    """
    met: set[str] = set()
    above = Path(os.path.realpath(root))
    waiting = [root]
    for top in waiting:
        for place, inner, files in os.walk(top, onerror=lambda e: closed.append(Path(e.filename))):
            real = os.path.realpath(place)
            shown = sorted(name for name in inner if not name.startswith("."))
            linked = [Path(place, name) for name in shown if Path(place, name).is_symlink()]
            inner[:] = [name for name in shown if Path(place, name) not in linked]
            if real in met or (top is not root and above.is_relative_to(real)):
                inner[:] = []
                continue
            met.add(real)
            waiting += linked
            yield Path(place), sorted(name for name in files if not name.startswith("."))


def _read_folder(layout: Layout, folder: Path, files: Sequence[str]) -> None:
    """Pair the pictures and captions of one folder; a name counts only within its folder."""
    ours = [name for name in files if name.lower().endswith((*SUFFIXES, *CAPTIONS))]
    gone = {name for name in ours if not (folder / name).exists()}
    layout.dangling += [folder / name for name in sorted(gone)]
    files = [name for name in files if name not in gone]
    pictures = [name for name in files if name.lower().endswith(SUFFIXES)]
    masks = {name for name in pictures if Path(name).stem.endswith(MASK_ENDS)}
    parts = folder.relative_to(layout.root).parts
    if any(_is_masks(layout.root.joinpath(*parts[:depth])) for depth in range(1, len(parts) + 1)):
        masks = set(pictures)
    layout.masks += [folder / name for name in sorted(masks)]
    pictures = [name for name in pictures if name not in masks]
    captions = {name for name in files
                if name.lower().endswith(CAPTIONS) and name.lower() not in _PAPERS}  # fmt: skip
    used: set[str] = set()
    for name in pictures:
        stem = Path(name).stem
        own = [stem + ending for ending in CAPTIONS if stem + ending in captions]
        used |= set(own)
        layout.doubled += [folder / other for other in own[1:]]
        caption = folder / own[0] if own else None
        layout.pictures.append(Found(folder / name, layout.name(folder), caption))
    if pictures:
        layout.orphans += [folder / name for name in sorted(captions - used)]


def _is_masks(folder: Path) -> bool:
    """Return whether a folder is one of masks; `10_the_mask` is so only beside `10_the`."""
    name = folder.name.lower()
    if not name.endswith(("_masks", "_mask")):
        return name in MASK_FOLDERS
    return not KOHYA.fullmatch(name) or folder.with_name(folder.name.rpartition("_")[0]).is_dir()


def _take_metadata(layout: Layout) -> None:
    """Take texts from metadata; a class is told by `character`, `label` or folder."""
    rows: dict[Path, dict[str, object]] = {}
    for file in layout.metadata:
        for _, row in read_rows(file):
            if row and isinstance(name := row.get("file_name"), str):
                rows[Path(os.path.normpath(file.parent / name))] = row
    for number, one in enumerate(layout.pictures):
        row = rows.get(one.file)
        if row is None:
            continue
        said = next((row[name] for name in TEXTS if name in row), None)
        group = row.get("character", row.get("label", one.group))
        layout.pictures[number] = Found(
            one.file, str(group), one.caption, said if isinstance(said, str) else None
        )


def _take_coco(layout: Layout) -> None:
    """Take each picture's category, and its caption where there are some."""
    known = {name: said for file in layout.annotations for name, said in file.pictures.items()}
    for number, one in enumerate(layout.pictures):
        found = next((known[end] for end in endings(layout.name(one.file)) if end in known), None)
        if found:
            layout.pictures[number] = Found(one.file, found[0] or one.group, one.caption, found[1])
