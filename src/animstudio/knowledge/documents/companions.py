"""Which other files belong to one: a film's camera, composition and sound, to its scenes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PARTS: Final = ("camera", "composition", "sound")
"""Folders beside ``scenes`` whose file of the same name tells more of the same scenes."""


def told_with_scenes(path: Path) -> bool:
    """Return whether a file's scenes are told by another that it is read with."""
    return path.parent.name in PARTS and (path.parent.parent / "scenes" / path.name).is_file()


def companions(path: Path, root: Path) -> tuple[Path, ...]:
    """Return the files that are read with one, inside `root`: `analysis/scenes/NAME.json` only."""
    if path.parent.name != "scenes" or path.suffix != ".json":
        return ()
    folder = path.parent.parent
    if not folder.is_relative_to(root):
        return ()
    found = (folder / part / path.name for part in PARTS)
    return tuple(file for file in found if file.is_file() and not file.is_symlink())
