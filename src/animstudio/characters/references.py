"""References: pictures of characters whose names are known, a folder each."""

from __future__ import annotations

from pathlib import Path

from animstudio.characters.cast import check_name
from animstudio.characters.cluster_records import NOISE
from animstudio.characters.vectors import Pictured, Vectors
from animstudio.kernel.errors import AskedWrongly
from animstudio.media.png import PICTURES
from animstudio.models.seams import Floats


def reference_files(folder: Path) -> dict[str, list[Path]]:
    """Return the pictures of each reference, by its folder's name.

    Raises AskedWrongly for names that cannot be, and for folders without pictures.
    """
    if not folder.is_dir():
        raise AskedWrongly(f"{folder}: there is no such folder")
    found = {}
    for place in sorted(folder.iterdir()):
        if not place.is_dir() or place.name.startswith("."):
            continue
        if place.name != NOISE:
            check_name(place.name, str(place))
        found[place.name] = sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES)
        if not found[place.name]:
            raise AskedWrongly(f"{place}: there are no pictures of '{place.name}'",
                               hint=f"endings of pictures are {', '.join(PICTURES)}")  # fmt: skip
    if not found:
        raise AskedWrongly(
            f"{folder}: there are no references: folders of pictures are expected, NAME/*.png"
        )
    return found


def reference_vectors(folder: Path | None, vectors: Vectors) -> dict[str, Floats]:
    """Return the vectors of each reference's pictures, by its folder's name.

    A folder called noise shows what is no character. Raises AskedWrongly.
    """
    if folder is None:
        return {}
    found = reference_files(folder)
    groups = [[Pictured(file) for file in files] for files in found.values()]
    return dict(zip(found, vectors.of(groups), strict=True))
