"""Finding films in folders, and naming them."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

from animstudio.kernel.errors import AskedWrongly, WorkFailed

EXTENSIONS = (
    ".mp4", ".mkv", ".mov", ".avi", ".webm", ".ts", ".m2ts", ".mts", ".m4v",
    ".mpg", ".mpeg", ".flv", ".wmv", ".ogv", ".gif",
)  # fmt: skip
"""What a film's name ends with, in lower or upper case."""

LONGEST_NAME = 200
"""Bytes of UTF-8 that a film's name may have: file systems allow 255 with what is added to it."""


def find_films(place: Path) -> list[Path]:
    """Return the films in a folder and its subfolders in natural order; a file stands for itself.

    A folder's own films come before those of its subfolders, episode_2 before episode_10. Hidden
    files and folders are passed over, as are folders that may not be read; links are followed, but
    no folder is entered and no file taken twice. A link that leads nowhere counts as a film, so
    that whoever opens it says so.

    Raises AskedWrongly where there is nothing at `place`, WorkFailed for a folder without films.
    """
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise AskedWrongly(f"{place}: there is no such file or folder")
    films: dict[Path, Path] = {}
    for film in sorted(_films_under(place), key=lambda film: _natural(film.relative_to(place))):
        films.setdefault(_target(film), film)
    if not films and not os.access(place, os.R_OK | os.X_OK):
        raise WorkFailed(f"{place}: you have no permission to look into this folder")
    if not films:
        raise WorkFailed(f"{place}: no films there, nor in its subfolders (looked for {_LOOKED})")
    return list(films.values())


_LOOKED = " ".join(EXTENSIONS)


def _films_under(folder: Path) -> Iterator[Path]:
    entered = {_target(folder)}
    for here, subfolders, files in os.walk(folder, followlinks=True):
        for name in list(subfolders):
            target = _target(Path(here, name))
            if name.startswith(".") or target in entered:
                subfolders.remove(name)
            entered.add(target)
        for name in files:
            film = Path(here, name)
            known = name.lower().endswith(EXTENSIONS)
            if known and _is_file_or_link(film) and not name.startswith("."):
                yield film


def _is_file_or_link(path: Path) -> bool:
    """Say so, but not of what lies in a folder that may be listed and not entered."""
    try:
        return path.is_file() or path.is_symlink()
    except OSError:
        return False


def _target(path: Path) -> Path:
    """Return what a path leads to; the path itself where links lead around in a circle."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # before Python 3.13 a circle is a RuntimeError
        return path.absolute()


def _natural(film: Path) -> list[tuple[bool, list[str | int], str]]:
    """Return a key that compares digits as numbers, and files before folders."""
    return [
        (
            part_number < len(film.parts) - 1,
            [
                int(text) if odd % 2 else text
                for odd, text in enumerate(re.split(r"(\d+)", part.casefold()))
            ],
            part,
        )
        for part_number, part in enumerate(film.parts)
    ]


def film_names(films: Sequence[Path]) -> dict[Path, str]:
    """Return a name for every film: its file's name without the ending, as it stands.

    Films that would share a name (also where only the case differs: some file systems do not tell)
    get their folder's name before it, or their ending behind it, or a number. A name is safe as
    one part of a path: no separators or control characters, at most 200 bytes of UTF-8.
    """
    groups: dict[str, list[Path]] = {}
    for film in dict.fromkeys(films):
        groups.setdefault(_folded(_name(film.stem)), []).append(film)
    names = {group[0]: _name(group[0].stem) for group in groups.values() if len(group) == 1}
    taken = {_folded(name) for name in names.values()}
    for group in groups.values():
        if len(group) > 1:
            chosen = _told_apart(group, taken)
            names.update(chosen)
            taken.update(map(_folded, chosen.values()))
    return {film: names[film] for film in films}


def _told_apart(group: list[Path], taken: set[str]) -> dict[Path, str]:
    """Name films of one stem in the plainest way that keeps them apart."""
    ways: Iterable[Callable[[Path], str]] = (
        lambda film: _name(film.stem, before=f"{film.absolute().parent.name}_"),
        lambda film: _name(film.stem, behind=f"_{film.suffix[1:]}"),
    )
    for way in ways:
        chosen = {film: way(film) for film in group}
        folded = {_folded(name) for name in chosen.values()}
        if len(folded) == len(group) and not folded & taken:
            return chosen
    numbered = {}
    free = (
        name for n in count(1) if _folded(name := _name(group[0].stem, behind=f"_{n}")) not in taken
    )
    for film in group:
        numbered[film] = next(free)
    return numbered


def _name(stem: str, *, before: str = "", behind: str = "") -> str:
    """Return before + stem + behind, made safe; what is too long is cut from the stem's end.

    No name begins with a dot: its folder would be hidden, or pass for one of ours.
    """
    before, behind = _cut(_safe(before), 80), _cut(_safe(behind), 20)
    room = LONGEST_NAME - len(f"{before}{behind}".encode())
    name = f"{before}{_cut(_safe(stem), room)}{behind}"
    return name.lstrip(".") or "_"


def _safe(text: str) -> str:
    """Replace separators, control characters and bytes that are no text."""
    return "".join(
        "_" if letter in "/\\" or unicodedata.category(letter) in ("Cc", "Cs") else letter
        for letter in text
    )


def _cut(text: str, size: int) -> str:
    """Return as many whole characters as fit into `size` bytes of UTF-8."""
    return text.encode()[:size].decode(errors="ignore")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
