"""What can be put away without loss, moved into quarantine, and moved back exactly.

The list of moves is written before the first one, so a kill in the middle is undone as well.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from animstudio.dataset.inspect.finding import Finding
from animstudio.dataset.inspect.layout import CAPTIONS, QUARANTINE
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.files import contained, make_folder, sync_folder, write_atomic

LIST: Final = "moves.json"


def quarantine(folder: Path, findings: Iterable[Finding]) -> list[str]:
    """Move what findings call redundant, captions with their pictures; return what was moved.

    What lies in a linked folder is somebody else's, and stays.
    Files go to ``.quarantine/NUMBER/`` of the dataset under their own paths.
    """
    names: dict[str, None] = {}
    for one in findings:
        for name in one.redundant:
            if _is_inside(folder, name):
                names |= dict.fromkeys(_with_caption(folder, name))
    if not names:
        return []
    home = folder / QUARANTINE
    number = max([int(p.name) for p in home.glob("*") if p.name.isdecimal()], default=0) + 1
    place = home / f"{number:04d}"
    try:
        make_folder(place)
        write_atomic(place / LIST, json.dumps(list(names), indent=1) + "\n")
    except OSError:  # a full disk, a folder that may not be written: nothing was moved
        _drop_bare(place, home)
        raise
    for name in names:
        target = place / "files" / name
        make_folder(target.parent)
        (folder / name).rename(target)
        sync_folder(target.parent)
    return list(names)


def undo(folder: Path) -> list[str]:
    """Move the last quarantine back; return what was moved.

    Raises AskedWrongly if there is none, and WorkFailed where a place was taken since: then
    nothing is moved.
    """
    home = folder / QUARANTINE
    places = sorted(file.parent for file in home.glob(f"*/{LIST}"))
    if not places:
        raise AskedWrongly(f"{folder}: nothing is in quarantine")
    place = places[-1]
    names: Sequence[str] = json.loads((place / LIST).read_bytes())
    waiting = [name for name in names if os.path.lexists(_inside(place / "files", name))]
    for name in waiting:
        if os.path.lexists(_inside(folder, name)):
            raise WorkFailed(f"{folder / name}: something stands there now; nothing was moved",
                             hint="move it away and undo again")  # fmt: skip
    for name in waiting:
        make_folder((folder / name).parent)
        (place / "files" / name).rename(folder / name)
        sync_folder((folder / name).parent)
    (place / LIST).unlink()
    _drop_empty(place)
    if not any(home.iterdir()):
        home.rmdir()
    return waiting


def _is_inside(folder: Path, name: str) -> bool:
    return (folder / name).parent.resolve().is_relative_to(folder.resolve())


def _inside(root: Path, name: str) -> Path:
    """Return ``root / name``, whose folder must lie in `root`; a link may lead anywhere."""
    contained(root, os.path.normpath(Path(name).parent))
    return root / name if Path(name).name != ".." else contained(root, name)


def _with_caption(folder: Path, name: str) -> list[str]:
    path = Path(name)
    whole = folder / name
    found = [name] if os.path.lexists(whole) else []
    if found and path.suffix.lower() not in CAPTIONS:
        twins = [p for p in (folder / path.parent).glob("*") if p.stem == path.stem]
        others = [p for p in twins if p.name != path.name and p.suffix.lower() not in CAPTIONS]
        if not others:
            found += [path.with_suffix(end).as_posix() for end in CAPTIONS
                      if (folder / path).with_suffix(end).is_file()]  # fmt: skip
    return found


def _drop_bare(*folders: Path) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _drop_empty(place: Path) -> None:
    for path in sorted(place.rglob("*"), reverse=True):
        path.rmdir()
    place.rmdir()
