"""A folder a character: its pictures, what is known of them, a page to look them over."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from animstudio.characters.cluster_records import (
    NOISE,
    ClusterFolder,
    ClusterPicture,
    TrackVerdict,
)
from animstudio.characters.gathered import Tracks
from animstudio.characters.grouping import NOBODY
from animstudio.characters.naming import Answer
from animstudio.characters.records import InstanceRecord, write_record
from animstudio.characters.sheet import contact_sheet
from animstudio.kernel.errors import AskedWrongly


def lay_out(
    tracks: Tracks,
    answer: Answer,
    verdicts: Sequence[TrackVerdict],
    character_dir: Path,
    folder: Path,
    *,
    kind: str,
    back: str,
) -> None:
    """Write each character's folder, and that of noise where there is any.

    `kind` of picture is what it gets; `back` leads from `folder` to the character_dir.
    """
    by_track = {v.track: v for v in verdicts}
    for number, name in [*enumerate(answer.characters), (NOBODY, NOISE)]:
        own = np.flatnonzero(answer.labels == number).tolist()
        if not own:
            continue
        place = folder / name
        place.mkdir()
        pictures = [
            _copied(one, by_track[tracks.names[track]], character_dir, place, kind)
            for track in own
            for one in tracks.instances[track]
        ]
        found = ClusterFolder(name=name, character_dir=f"../{back}", pictures=pictures)
        write_record(found, place / "cluster.json")
        page = contact_sheet(found, by_track)
        (place / "contact_sheet.html").write_text(page, encoding="utf-8")


def _copied(
    one: InstanceRecord, verdict: TrackVerdict, character_dir: Path, place: Path, kind: str
) -> ClusterPicture:
    """Copy an instance's picture, of this kind if there is one, into a character's folder."""
    file = getattr(one, kind) or one.instance or one.context or one.blurred
    if file is None:
        raise AskedWrongly(f"{one.name}: segmentation kept no picture of it")
    name = f"{one.name}{Path(file).suffix}"
    shutil.copyfile(character_dir / file, place / name)
    return ClusterPicture(
        file=name, source=one, similarity=verdict.similarity, margin=verdict.margin
    )
