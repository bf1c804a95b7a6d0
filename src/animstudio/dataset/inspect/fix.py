"""What can be put away without loss, moved into quarantine, and moved back exactly.

The list of moves is written before the first one, so a kill in the middle is undone as well.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from animstudio.dataset.inspect.finding import Finding
from animstudio.dataset.inspect.layout import CAPTIONS, QUARANTINE
from animstudio.dataset.sources import MASK_ENDS, MASK_FOLDERS
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.files import contained, make_folder, sync_folder, write_atomic

LIST: Final = "moves.json"


def quarantine(folder: Path, findings: Iterable[Finding]) -> list[str]:
    """Move what findings call redundant, with its captions and masks; return what was moved.

    What lies in a linked folder is somebody else's, and stays.
    Files go to ``.quarantine/NUMBER/`` of the dataset under their own paths.
    """
    named = {name for one in findings for name in one.redundant if _is_inside(folder, name)}
    names = _with_company(folder, sorted(named))
    if not names:
        return []
    home = folder / QUARANTINE
    number = max([int(p.name) for p in home.glob("*") if p.name.isdecimal()], default=0) + 1
    place = home / f"{number:04d}"
    try:
        make_folder(place)
        write_atomic(place / LIST, json.dumps(names, indent=1) + "\n")
    except OSError:  # a full disk, a folder that may not be written: nothing was moved
        _drop_bare(place, home)
        raise
    for name in names:
        target = place / "files" / name
        make_folder(target.parent)
        (folder / name).rename(target)
        sync_folder(target.parent)
    return names


def undo(folder: Path) -> list[str]:
    """Move the last quarantine back; return what was moved.

    Raises AskedWrongly if there is none, and WorkFailed where a place was taken since, or where
    the list of moves was changed: then nothing is moved.
    """
    home = folder / QUARANTINE
    places = sorted(file.parent for file in home.glob(f"*/{LIST}"))
    if not places:
        raise AskedWrongly(f"{folder}: nothing is in quarantine")
    place = places[-1]
    names = _listed(place)
    waiting = [name for name in names if os.path.lexists(_inside(place / "files", name))]
    for name in waiting:
        if taken := _taken(folder, name):
            raise WorkFailed(f"{taken}: something stands there now; nothing was moved",
                             hint="move it away and undo again")  # fmt: skip
    for name in waiting:
        make_folder((folder / name).parent)
        (place / "files" / name).rename(folder / name)
        sync_folder((folder / name).parent)
    (place / LIST).unlink()
    _drop_empty(place)
    _drop_bare(home)
    return waiting


def _listed(place: Path) -> list[str]:
    """Return what was moved to a place. Raises WorkFailed for a list that is none."""
    try:
        names = json.loads((place / LIST).read_bytes())
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise WorkFailed(f"{place / LIST}: this is no list of what was moved; nothing was moved",
                         hint=f"what {place / 'files'} holds lay so in the dataset")  # fmt: skip
    return names


def _taken(folder: Path, name: str) -> Path | None:
    """Return what stands where a file is to come back to, or where a folder above it was."""
    if os.path.lexists(_inside(folder, name)):
        return folder / name
    above = [folder / part for part in PurePosixPath(name).parents]
    return next((path for path in above if os.path.lexists(path) and not path.is_dir()), None)


def _is_inside(folder: Path, name: str) -> bool:
    return (folder / name).parent.resolve().is_relative_to(folder.resolve())


def _inside(root: Path, name: str) -> Path:
    """Return ``root / name``, whose folder must lie in `root`; a link may lead anywhere."""
    contained(root, os.path.normpath(Path(name).parent))
    return root / name if Path(name).name != ".." else contained(root, name)


def _with_company(folder: Path, names: Sequence[str]) -> list[str]:
    """Return files, and with each picture its captions and masks, unless another has them too."""
    going = {name: None for name in names if os.path.lexists(folder / name)}

    @cache
    def files(place: PurePosixPath) -> Mapping[str, Sequence[str]]:
        return _by_stem(folder / place)

    found: dict[str, None] = {}
    for name in going:
        found[name] = None
        path = PurePosixPath(name)
        beside = [path.with_name(other) for other in files(path.parent).get(path.stem, ())]
        stays = [other for other in beside if other.as_posix() not in going
                 and other.suffix.lower() not in CAPTIONS]  # fmt: skip
        if path.suffix.lower() in CAPTIONS or stays:
            continue
        found |= {one.as_posix(): None for one in beside if one.suffix in CAPTIONS}
        for place, stem in _masks(path):
            masks = [(place / one).as_posix() for one in files(place).get(stem, ())]
            found |= {one: None for one in masks if _is_inside(folder, one)}
    return list(found)


def _masks(picture: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield the folders, and the names without ending, at which a picture's mask may lie."""
    yield from ((picture.parent, picture.stem + end) for end in MASK_ENDS)
    for name in MASK_FOLDERS:
        yield picture.parent / name, picture.stem
        yield from ((up / name / picture.parent.name, picture.stem) for up in picture.parents)


def _by_stem(folder: Path) -> dict[str, list[str]]:
    """Return the names of a folder's files by what they are without their ending."""
    found: dict[str, list[str]] = {}
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if not entry.is_dir(follow_symlinks=False):
                found.setdefault(PurePosixPath(entry.name).stem, []).append(entry.name)
    return found


def _drop_bare(*folders: Path) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _drop_empty(place: Path) -> None:
    """Remove a place's folders; what somebody else put there stays, and the folders around it."""
    inner = [path for path in place.rglob("*") if path.is_dir() and not path.is_symlink()]
    _drop_bare(*sorted(inner, reverse=True), place)
