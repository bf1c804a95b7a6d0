"""Inputs as a recipe declares them: files, folders and patterns, by name or as a list."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import check_text

Inputs = dict[str, str] | list[str]


def declared(inputs: Inputs, folder: Path) -> dict[str, Path]:
    """Return every declared file and folder by name; paths are relative to the folder.

    A pattern stands for all that matches it, each named after it and its place among them.
    Raises WorkFailed for what is missing.
    """
    named: Mapping[str, str] = (
        inputs if isinstance(inputs, Mapping) else {text: text for text in inputs}
    )
    found: dict[str, Path] = {}
    for name, text in named.items():
        paths = matching(text, folder)
        for path in paths:
            check_text(str(path), "input ")
            found[name if len(paths) == 1 else f"{name}:{path.name}:{len(found)}"] = path
    return found


def matching(text: str, folder: Path) -> Sequence[Path]:
    """Return what a path or a pattern stands for, sorted. Raises WorkFailed for nothing."""
    whole = folder / os.path.expanduser(text)  # noqa: PTH111 - of thousands of texts
    if os.path.lexists(whole):
        return [whole]
    found = sorted(glob.glob(str(whole), recursive=True))  # noqa: PTH207 - of absolute patterns
    if not found:
        what = "matches nothing" if glob.has_magic(text) else "there is no such file"
        raise WorkFailed(f"input {text}: {what}")
    folders: dict[str, Path] = {}  # read once, as a path's text is slow to take apart
    paths = []
    for folder_text, _, name in (path.rpartition("/") for path in found):
        if folder_text not in folders:
            folders[folder_text] = Path(folder_text or "/")
        paths.append(folders[folder_text] / name)
    return paths
