"""The files that `clustering` leaves, as types: the formats others may rely on.

    clusters/                               of `clustering`
      character_01/ or luca/                one folder a character: the chosen kind of picture
        NAME.png ...                        the same NAME as in character_dir
        cluster.json                        ClusterFolder: all that is known of its pictures
        contact_sheet.html
      noise/                                the same, for what was given no name
      clustering_metadata.json              ClusteringMetadata
      characters.yaml                       the cast as it was found, to be copied and edited

Paths are as in `records`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from animstudio.characters.records import VERSION, InstanceRecord, Record, read_record

METADATA = "clustering_metadata.json"

NOISE = "noise"
"""The folder of what belongs to nobody; and, among references, of what is no character."""

Noise = Literal["unlike", "few", "rejected", "together", "unclear", "reference"]
"""Why a track belongs to nobody: unlike everything else; of a group with too few pictures;
rejected in the cast; like one that is seen together with it; between two characters; like what
the references call noise."""


class TrackVerdict(Record):
    """To whom a track belongs, how surely, and why."""

    track: str
    instances: int
    character: str | None
    """None: noise."""
    similarity: float
    """Cosine to the centre of its character (of the nearest one, for noise)."""
    margin: float
    """By how much that exceeds the cosine to the next one; below 0.05 is worth a look."""
    by: Literal["cluster", "reference", "cast", "rescue", "noise"]
    noise: Noise | None = None


class CharacterRecord(Record):
    """One character."""

    name: str
    folder: str
    named_by: Literal["number", "reference", "cast"]
    tracks: int
    shots: int
    films: list[str]
    instances: int
    cohesion: float
    """Mean cosine of its tracks to their centre."""


class Attempt(Record):
    """A number of clusters that was tried, and how well it parted the tracks."""

    clusters: int
    silhouette: float


class ClusteringMetadata(Record):
    """``clustering_metadata.json``."""

    version: int = VERSION
    embedder: str
    dimensions: int
    method: str
    parameters: dict[str, object]
    characters: list[CharacterRecord]
    noise_tracks: int
    noise_instances: int
    silhouette_score: float | None
    """Mean silhouette (cosine) of the tracks that have a character; None below two of these."""
    attempts: list[Attempt]
    tracks: list[TrackVerdict]
    unseen: list[str]
    """Characters of the references or of the cast that no track belongs to."""
    notes: list[str]
    """What is worth knowing, such as why there are no characters."""


class ClusterPicture(Record):
    """A picture of a cluster's folder, with all that is known of where it comes from."""

    file: str
    """In the cluster's folder."""
    source: InstanceRecord
    similarity: float
    margin: float


class ClusterFolder(Record):
    """``cluster.json`` in each character's folder: what the dataset is made of."""

    version: int = VERSION
    name: str
    character_dir: str
    """From this folder to `segmentation`'s, to which the files of `source` are relative."""
    pictures: list[ClusterPicture]


def read_cluster(folder: Path) -> ClusterFolder:
    """Return what is known of the pictures in a character's folder. Raises AskedWrongly."""
    return read_record(ClusterFolder, folder / "cluster.json")
