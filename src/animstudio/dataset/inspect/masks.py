"""Masks beside the pictures that they belong to, which are found by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from animstudio.dataset.inspect.finding import Finding, counted
from animstudio.dataset.inspect.layout import Layout
from animstudio.dataset.inspect.look import Seen, content_of
from animstudio.dataset.sources import MASK_ENDS
from animstudio.kernel.errors import WorkFailed
from animstudio.media.picture_file import Header, fault_of, header_of


def mask_findings(layout: Layout, seen: Sequence[Seen]) -> Iterable[Finding]:
    """Yield masks that are broken, not of their picture's size, or of no picture.

    `seen` is of each picture.
    """
    pictures = {
        (one.file.parent.name, one.file.stem): look
        for one, look in zip(layout.pictures, seen, strict=True)
    }
    stems = {one.file.stem for one in layout.pictures}
    wrong, broken, alone = [], [], []
    for mask in layout.masks:
        stem = _stem(mask)
        home = mask.parent
        own = pictures.get((home.name, stem)) or pictures.get((home.parent.name, stem))
        try:
            header = _header(mask)
        except (WorkFailed, OSError) as error:
            fault = error.strerror if isinstance(error, OSError) else str(error)
            broken.append((layout.name(mask), fault or "cannot be read"))
            continue
        if own is None:
            alone += [] if stem in stems else [layout.name(mask)]
        elif said := _apart(own.header, header):
            wrong.append((layout.name(mask), said))
    if broken:
        yield Finding("mask_corrupt", "corruption", "critical",
                      f"{counted(len(broken), 'mask')} that cannot be read",
                      "Make each mask anew from its picture.",
                      tuple(name for name, _ in broken),
                      tuple(fault for _, fault in broken))  # fmt: skip
    if wrong:
        yield Finding("mask_size", "format", "high",
                      f"{counted(len(wrong), 'mask')} not of the picture's size",
                      "Make each mask anew from its picture.",
                      tuple(name for name, _ in wrong),
                      tuple(said for _, said in wrong))  # fmt: skip
    if alone:
        yield Finding("mask_orphaned", "format", "medium",
                      f"{counted(len(alone), 'mask')} without a picture of the same name",
                      "Call them like their pictures, or take them away: some trainers stop at "
                      "masks that belong to nothing.", tuple(alone))  # fmt: skip


def _stem(mask: Path) -> str:
    for end in MASK_ENDS:
        if mask.stem.endswith(end):
            return mask.stem.removesuffix(end)
    return mask.stem


def _header(mask: Path) -> Header:
    """Return what a mask's file says of itself. Raises WorkFailed for a broken one, OSError."""
    content = content_of(mask)
    if fault := fault_of(content):
        raise WorkFailed(fault)
    return header_of(content)


def _apart(picture: Header | None, mask: Header) -> str:
    """Return how the sizes of a picture and its mask differ, "" if they do not."""
    if picture is None or (picture.width, picture.height) == (mask.width, mask.height):
        return ""
    return f"{mask.width}x{mask.height}, its picture {picture.width}x{picture.height}"
