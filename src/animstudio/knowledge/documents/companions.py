"""Which other files are read with one: the rest of a film's analysis, the scenes of its words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

PARTS: Final = ("camera", "composition", "sound")
"""Folders beside ``scenes`` whose file of the same name tells more of the same scenes."""
_WORDS: Final = (".srt", ".ass", ".ssa", ".vtt")


def told_with_scenes(path: Path) -> bool:
    """Return whether a file's scenes are told by another that it is read with."""
    return path.parent.name in PARTS and (path.parent.parent / "scenes" / path.name).is_file()


def companions(path: Path, root: Path) -> tuple[Path, ...]:
    """Return the files that are read with one, inside `root`.

    With ``analysis/scenes/luca.json`` the same film's camera, composition and sound; with
    ``subtitles/luca.it.srt`` its scenes, ``analysis/scenes/luca.json``.
    """
    folder = path.parent.parent
    if not folder.is_relative_to(root):
        return ()
    found: Iterator[Path] = iter(())
    if path.parent.name == "scenes" and path.suffix == ".json":
        found = (folder / part / path.name for part in PARTS)
    elif path.parent.name == "subtitles" and path.suffix.lower() in _WORDS:
        found = (folder / "analysis" / "scenes" / f"{film}.json" for film in _films(path))
    there = [file for file in found if file.is_file() and not file.is_symlink()]
    return tuple(there if path.parent.name == "scenes" else there[:1])


def _films(path: Path) -> Iterator[str]:
    """Yield what a subtitle file's film may be called, the longest first."""
    parts = path.name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        yield ".".join(parts[:count])
