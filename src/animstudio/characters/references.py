"""References: pictures of characters whose names are known, a folder each."""

from __future__ import annotations

from pathlib import Path

from animstudio.characters.cast import check_name
from animstudio.characters.cluster_records import NOISE
from animstudio.characters.vectors import Pictured, Vectors
from animstudio.kernel.errors import AskedWrongly
from animstudio.media.png import PICTURES
from animstudio.models.seams import Floats


def reference_vectors(folder: Path | None, vectors: Vectors) -> dict[str, Floats]:
    """Return the vectors of each reference's pictures, by its folder's name.

    A folder called noise shows what is no character. Raises AskedWrongly.
    """
    if folder is None:
        return {}
    found: dict[str, list[Pictured]] = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES)
        if files and place.name != NOISE:
            check_name(place.name, str(place))
        if files:
            found[place.name] = [Pictured(file) for file in files]
    if not found:
        raise AskedWrongly(
            f"{folder}: there are no references: folders of pictures are expected, NAME/*.png"
        )
    return dict(zip(found, vectors.of(list(found.values())), strict=True))
