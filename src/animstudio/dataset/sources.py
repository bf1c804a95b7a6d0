"""Folders of pictures, whoever made them, as pictures that know where they come from.

A folder of `clustering` (``cluster.json``), one of `frame_extraction` (``film.json``), or any
folder: pictures, each perhaps with ``NAME.txt`` (its caption) and ``masks/NAME.png`` or
``NAME-masklabel.png`` (255 is the character).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from animstudio.characters.cast import alike
from animstudio.characters.cluster_records import (
    METADATA,
    ClusteringMetadata,
    ClusterPicture,
    read_cluster,
)
from animstudio.characters.records import read_record
from animstudio.dataset.names import tidy
from animstudio.film.extracted import film_folders, read_index
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.files import check_text

SUFFIXES: Final = (
    ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".jfif", ".avif",
)  # fmt: skip
"""What a picture's name ends with, in lower case."""
KOHYA: Final = re.compile(r"(\d+)_(.+)")
"""What kohya's folders are called: repeats, then the class."""
MASK_ENDS: Final = ("-masklabel", "-condlabel")
MASK_FOLDERS: Final = ("masks", "mask")


@dataclass(frozen=True, slots=True)
class Source:
    """A picture before it is prepared; `name` is unique in its character.

    cut_out: the same picture, transparent around the character, where `file` is not.
    """

    name: str
    file: Path
    mask: Path | None = None
    cut_out: Path | None = None
    caption: Path | None = None
    film: str | None = None
    film_sha256: str | None = None
    shot: int | None = None
    frame: int | None = None
    pts: int | None = None
    seconds: float | None = None
    track: str | None = None
    box: tuple[int, int, int, int] | None = None
    source_box: tuple[int, int, int, int] | None = None
    frame_size: tuple[int, int] | None = None
    transition: bool = False
    seen_in: Path | None = None
    """The film, or the picture, that shows all of the frame."""

    @property
    def scene(self) -> str:
        """What pictures have in common that must not be parted: the shot, or only itself."""
        return self.name if self.shot is None else f"{self.film}/{self.shot}"


@dataclass(frozen=True, slots=True)
class Cast:
    """A character and its pictures."""

    name: str
    folder: Path
    sources: Sequence[Source]


def read_sources(folder: Path) -> Cast:
    """Return the pictures of one folder. Raises AskedWrongly if there is no such folder.

    People take wrong pictures out of a folder of `clustering`, and put others in: what lies there
    counts, and of what was put in nothing more is known.
    """
    if not folder.is_dir():
        raise AskedWrongly(f"{folder}: there is no such folder")
    check_text(str(folder.absolute()))
    if (folder / "cluster.json").is_file():
        cluster = read_cluster(folder)
        home = Path(os.path.normpath(folder / cluster.character_dir))
        known = {one.file for one in cluster.pictures}
        there = {file.name for file in picture_files(folder)}
        found = [_clustered(one, folder, home) for one in cluster.pictures if one.file in there]
        found += [one for one in _plain(folder) if one.file.name not in known]
        return Cast(cluster.name, folder, _unique(found))
    if films := film_folders(folder):
        found = [source for film in films for source in _extracted(film)]
        return Cast(folder.name, folder, _unique(found))
    return Cast(folder.resolve().name, folder, _unique(_plain(folder)))


def without_repeats(casts: Sequence[Cast]) -> list[Cast]:
    """Return characters without the repeats before their names: of kohya's 10_luca, luca.

    Where two would bear one name, or somebody gave the name, it stays.
    """
    bare = [_bare(cast) for cast in casts]
    count = Counter(alike(name) for name in bare)
    return [replace(cast, name=name) if count[alike(name)] == 1 else cast
            for cast, name in zip(casts, bare, strict=True)]  # fmt: skip


def _bare(cast: Cast) -> str:
    found = KOHYA.fullmatch(cast.name)
    given = (cast.folder / "cluster.json").is_file()
    return found[2] if found and not given else cast.name


def character_folders(folder: Path) -> list[Path]:
    """Return a folder itself, or its folders of characters where it has some and no pictures.

    What `clustering` gave no name stays out. Raises AskedWrongly if there is no such folder, and
    WorkFailed where clustering found no character.
    """
    if not folder.is_dir():
        raise AskedWrongly(f"{folder}: there is no such folder")
    if (folder / "cluster.json").is_file() or picture_files(folder) or film_folders(folder):
        return [folder]
    inner = [
        path
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith(".") and path.name != "noise"
    ]
    found = [path for path in inner if picture_files(path)]
    if not found and (folder / METADATA).is_file():
        notes = read_record(ClusteringMetadata, folder / METADATA).notes
        raise WorkFailed(f"{folder}: no character was found",
                         hint="; ".join(notes) or "look at its noise folder")  # fmt: skip
    return found or [folder]


def picture_files(folder: Path) -> list[Path]:
    """Return the pictures directly in a folder, without masks, by name."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES
        and not path.name.startswith(".")
        and not path.stem.endswith(MASK_ENDS)
        and path.is_file()
    )


def _clustered(one: ClusterPicture, folder: Path, home: Path) -> Source:
    """Return a picture of `clustering`; its surroundings are shown where they were kept."""
    seen = one.source
    own = folder / one.file
    context = home / seen.context if seen.context else own
    mask = home / seen.mask if seen.mask else None
    return Source(
        name=tidy(seen.name),
        file=context if context.is_file() else own,
        mask=mask if mask and mask.is_file() else None,
        cut_out=own,
        film=seen.film,
        film_sha256=seen.film_sha256,
        shot=seen.shot,
        frame=seen.frame,
        pts=seen.pts,
        seconds=seen.seconds,
        track=seen.track,
        box=seen.box,
        source_box=seen.crop,
        frame_size=seen.frame_size,
        seen_in=Path(os.path.normpath(home / seen.seen_in)) if seen.seen_in else None,
    )


def _extracted(folder: Path) -> list[Source]:
    index = read_index(folder)
    return [
        Source(
            name=tidy(f"{index.name}-{Path(one.file).stem}"),
            file=folder / one.file,
            film=index.name,
            film_sha256=index.sha256,
            shot=one.scene,
            frame=one.frame,
            pts=one.pts,
            seconds=one.seconds,
            frame_size=(one.width, one.height),
            transition=one.transition,
        )
        for one in index.frames
    ]


def _plain(folder: Path) -> list[Source]:
    found = []
    for path in picture_files(folder):
        beside = [path.with_name(f"{path.stem}-masklabel.png")]
        beside += [folder / name / f"{path.stem}.png" for name in MASK_FOLDERS]
        caption = path.with_suffix(".txt")
        found.append(
            Source(
                name=tidy(path.stem),
                file=path,
                mask=next((mask for mask in beside if mask.is_file()), None),
                caption=caption if caption.is_file() else None,
            )
        )
    return found


def _unique(sources: Sequence[Source]) -> list[Source]:
    """Return the sources by name; of equal names (a.png, a.jpg) the later ones get a number."""
    taken: set[str] = set()
    found = []
    for source in sorted(sources, key=lambda one: (one.name, str(one.file))):
        name, number = source.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{source.name}-{number}"
        taken.add(name.casefold())
        found.append(_named(source, name))
    return found


def _named(source: Source, name: str) -> Source:
    return source if source.name == name else replace(source, name=name)


def used_folders(folder: Path) -> dict[str, Path]:
    """Return every folder and film that is read for a character's folder, by what it is."""
    found = {"pictures": folder}
    if (folder / "cluster.json").is_file():
        cluster = read_cluster(folder)
        home = Path(os.path.normpath(folder / cluster.character_dir))
        found["instances"] = home
        seen = sorted({one.source.seen_in for one in cluster.pictures if one.source.seen_in})
        frames = [Path(os.path.normpath(home / one)) for one in seen]
        found |= {f"frames_{n}": file for n, file in enumerate(frames) if file.is_file()}
    return found
