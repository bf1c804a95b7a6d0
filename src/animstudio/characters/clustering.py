"""Stage `clustering`: tracks recognised as characters, named, and laid out in folders.

clustering_items      the one item: all shots together
cluster               -> a folder a character, clustering_metadata.json, characters.yaml
gather_clustering     -> Clustering
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from animstudio.characters.cast import Cast, cast_text, read_cast
from animstudio.characters.gathered import Tracks, gather_tracks
from animstudio.characters.grouping import NOBODY, silhouette
from animstudio.characters.machine import host_of
from animstudio.characters.recognise import Answer, How, Wishes, recognise
from animstudio.characters.records import (
    Attempt,
    CharacterRecord,
    ClusterFolder,
    ClusteringMetadata,
    ClusterPicture,
    InstanceRecord,
    ShotRecord,
    TrackVerdict,
    read_record,
    write_record,
)
from animstudio.characters.sheet import contact_sheet
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.spec import EXISTING, RUNTIME, Share, Spec
from animstudio.kernel.work import Committed, Item, Made, Place, Work
from animstudio.media.png import PICTURES, read_cutout
from animstudio.models.registry import build_embedder, model, weights_digest
from animstudio.models.seams import Cutout, Embedder, Floats

NOISE = "noise"
CAST = "characters.yaml"
METADATA = "clustering_metadata.json"


class ClusteringSpec(Spec):
    """How tracks are recognised as characters."""

    instances_dir: Annotated[Path, EXISTING]
    """The character_dir that segmentation wrote."""
    method: Literal["hdbscan", "kmeans"] = "hdbscan"
    """hdbscan finds how many characters there are; kmeans tries the numbers of k_range."""
    embedder: str = "appearance"
    """appearance (no weights), efficientnet-lite0, clip, siglip or dinov2; a list of them, parted
    by +, counts them all."""
    device: Annotated[str, RUNTIME] = "auto"
    """auto, cpu, cuda or cuda:N."""
    models_dir: Annotated[Path | None, RUNTIME] = None
    """The folder of weights; the machine's own unless given."""
    references: Annotated[Path, EXISTING] | None = None
    """A folder with one folder of pictures a character, which then bears its name."""
    cast: Annotated[Path, EXISTING] | None = None
    """The corrected cast; characters.yaml in the output folder, where there is one."""
    min_cluster_size: Annotated[int, Field(ge=1)] = 12
    """Pictures that a character has at least (hdbscan)."""
    min_samples: Annotated[int, Field(ge=1)] = 2
    """Neighbours that make a place dense (hdbscan)."""
    reach: Share | None = None
    """Cosine distance up to which tracks are alike; learned from the tracks unless given."""
    k_range: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = (10, 50)
    """Fewest and most characters (kmeans); the best silhouette decides."""
    fixed_k: Annotated[int, Field(ge=1)] | None = None
    """So many characters, and no other number (kmeans)."""
    best_crops: Annotated[int, Field(ge=1, le=50)] = 5
    """Pictures of a track that it is recognised by."""
    picture: Literal["instance", "context", "blurred"] = "instance"
    """Which kind of picture goes into a character's folder."""
    seed: int = 0
    """Of kmeans."""

    @model_validator(mode="after")
    def _range_rises(self) -> ClusteringSpec:
        if self.k_range[0] > self.k_range[1]:
            raise ValueError("k_range: the first number is the smaller one")
        return self

    def how(self) -> How:
        """Return the options of grouping."""
        numbers = [self.fixed_k] if self.fixed_k else range(self.k_range[0], self.k_range[1] + 1)
        return How(self.method, self.min_cluster_size, self.min_samples, numbers, self.seed,
                   self.reach)  # fmt: skip


class Clustering(BaseModel):
    """What later stages can refer to: ``{cluster.cluster_dirs}``."""

    model_config = ConfigDict(frozen=True)

    output_dir: Path
    cluster_dirs: list[Path]
    """A folder a character, the one with most pictures first; noise is not among them."""
    characters: list[str]
    cluster_count: int
    noise_count: int
    """Pictures that belong to nobody."""
    instance_count: int
    silhouette_score: float | None


def clustering_items(spec: ClusteringSpec, place: Place) -> Sequence[Item]:
    """Return the one item. Raises AskedWrongly for what cannot be clustered."""
    for name in spec.embedder.split("+"):
        model("embedder", name)
    if not any((spec.instances_dir / "shots").glob("*.json")):
        raise AskedWrongly(
            f"{spec.instances_dir}: this is no character_dir: there are no shots in it",
            hint="name the character_dir that segmentation wrote",
        )
    inputs = {"instances": spec.instances_dir}
    cast = spec.cast or place.root / CAST
    if cast.is_file():
        inputs["cast"] = cast
        read_cast(cast)
    if spec.references:
        inputs["references"] = spec.references
    back = os.path.relpath(spec.instances_dir.absolute(), (place.root / place.stage).absolute())
    return [Item(inputs=inputs, options={"character_dir": back})]


def clustering_models(spec: ClusteringSpec) -> Mapping[str, str]:
    """Return the digests of the weights that are used. Raises AskedWrongly for missing ones."""
    host = host_of(spec.models_dir, spec.device, 1)
    found: dict[str, str] = {}
    for name in spec.embedder.split("+"):
        found |= weights_digest("embedder", name, host)
    return found


def cluster(item: Item, spec: ClusteringSpec, work: Work) -> Made:
    """Recognise the characters of all shots, and lay their pictures out."""
    embedder = embedder_of(spec, work.cpus)
    drafts = work.draft("clusters")
    drafts.mkdir()
    cast = read_cast(item.inputs["cast"]) if "cast" in item.inputs else Cast()
    metadata = cluster_shots(
        item.inputs["instances"], spec, embedder, cast, drafts,
        back=str(item.options["character_dir"]),
        watch=lambda done, total: work.report(done, total, "pictures"),
    )  # fmt: skip
    facts = {
        "characters": [one.name for one in metadata.characters],
        "instances": sum(one.instances for one in metadata.characters),
        "noise": metadata.noise_instances,
        "silhouette": metadata.silhouette_score,
    }
    return Made({work.stage: drafts}, facts)


def gather_clustering(
    spec: ClusteringSpec, committed: Sequence[Committed], root: Path
) -> Clustering:
    """Return what the characters came to."""
    one = committed[0]
    folder = root / Path(one.outputs[0]).parts[0]
    names = [str(name) for name in one.facts["characters"]]  # type: ignore[attr-defined]
    score = one.facts["silhouette"]
    noise, found = int(str(one.facts["noise"])), int(str(one.facts["instances"]))
    return Clustering(
        output_dir=folder,
        cluster_dirs=[folder / name for name in names],
        characters=names,
        cluster_count=len(names),
        noise_count=noise,
        instance_count=noise + found,
        silhouette_score=None if score is None else float(str(score)),
    )


def embedder_of(spec: ClusteringSpec, threads: int) -> Embedder:
    """Return the embedder, or several that count alike. Raises AskedWrongly, MissingExtra."""
    host = host_of(spec.models_dir, spec.device, threads)
    found = [build_embedder(name, host) for name in spec.embedder.split("+")]
    return found[0] if len(found) == 1 else Joined(tuple(found))


class Joined:
    """Several embedders as one: their vectors side by side, each of the same weight."""

    def __init__(self, parts: tuple[Embedder, ...]) -> None:
        self._parts = parts

    @property
    def name(self) -> str:
        """The names of its parts."""
        return "+".join(part.name for part in self._parts)

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        return sum(part.dimensions for part in self._parts)

    def embed(self, pictures: Sequence[Cutout]) -> Floats:
        """Return (n, dimensions) float32 vectors of length 1."""
        vectors = [part.embed(pictures) for part in self._parts]
        return np.concatenate(vectors, axis=1) / np.float32(len(vectors) ** 0.5)


def cluster_shots(
    character_dir: Path,
    spec: ClusteringSpec,
    embedder: Embedder,
    cast: Cast,
    folder: Path,
    *,
    back: str,
    watch: object = None,
) -> ClusteringMetadata:
    """Recognise the characters of a character_dir, and write everything below an empty folder.

    `back` leads from where the folder will lie to the character_dir.
    """
    shots = [
        read_record(ShotRecord, file) for file in sorted((character_dir / "shots").glob("*.json"))
    ]
    seen = watch if callable(watch) else lambda done, total: None
    tracks = gather_tracks(shots, character_dir, embedder, best=spec.best_crops, watch=seen)
    wishes = Wishes(cast.named, cast.rejected, reference_vectors(spec.references, embedder))
    answer = recognise(tracks, spec.how(), wishes)
    verdicts = verdicts_of(tracks, answer)
    metadata = _metadata(tracks, answer, verdicts, spec, embedder, wishes)
    _lay_out(tracks, answer, verdicts, character_dir, folder, spec, back)
    write_record(metadata, folder / METADATA)
    named = {name: [v.track for v in verdicts if v.character == name] for name in answer.characters}
    left = [v.track for v in verdicts if v.character is None]
    (folder / CAST).write_text(cast_text(named, left), encoding="utf-8")
    return metadata


def reference_vectors(folder: Path | None, embedder: Embedder) -> dict[str, Floats]:
    """Return the vectors of each reference's pictures, by its folder's name."""
    if folder is None:
        return {}
    found = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES)
        pictures = [read_cutout(file) for file in files]
        cutouts = [Cutout(np.ascontiguousarray(p[:, :, :3]), p[:, :, 3] > 127) for p in pictures]
        if cutouts:
            found[place.name] = embedder.embed(cutouts)
    if not found:
        raise AskedWrongly(
            f"{folder}: there are no references: folders of pictures are expected, NAME/*.png"
        )
    return found


def verdicts_of(tracks: Tracks, answer: Answer) -> list[TrackVerdict]:
    """Return to whom each track belongs, and how surely."""
    found = []
    for number, name in enumerate(tracks.names):
        label = int(answer.labels[number])
        likes = answer.centres @ tracks.vectors[number] if len(answer.centres) else np.zeros(0)
        own = label if label != NOBODY else int(likes.argmax()) if len(likes) else NOBODY
        like = float(likes[own]) if own != NOBODY else 0.0
        others = np.delete(likes, own) if own != NOBODY else likes
        margin = like - float(others.max()) if len(others) else like
        found.append(
            TrackVerdict(
                track=name,
                instances=len(tracks.instances[number]),
                character=answer.characters[label] if label != NOBODY else None,
                similarity=round(like, 4),
                margin=round(margin, 4),
                by=answer.by[number],
                noise=answer.noise[number],
            )
        )
    return found


def _metadata(
    tracks: Tracks,
    answer: Answer,
    verdicts: Sequence[TrackVerdict],
    spec: ClusteringSpec,
    embedder: Embedder,
    wishes: Wishes,
) -> ClusteringMetadata:
    score = silhouette(tracks.vectors, answer.labels)
    noise = [v for v in verdicts if v.character is None]
    known = [*wishes.named, *wishes.references]
    parameters = spec.model_dump(
        mode="json", exclude={"instances_dir", "device", "models_dir", "references", "cast"}
    )
    return ClusteringMetadata(
        embedder=embedder.name,
        dimensions=embedder.dimensions,
        method=spec.method,
        parameters=parameters | {"reach": answer.reach},
        characters=[_character(tracks, answer, n) for n in range(len(answer.characters))],
        noise_tracks=len(noise),
        noise_instances=sum(v.instances for v in noise),
        silhouette_score=None if score is None else round(score, 4),
        attempts=[Attempt(clusters=k, silhouette=s) for k, s in answer.tried],
        tracks=list(verdicts),
        unseen=[name for name in dict.fromkeys(known) if name not in answer.characters],
        notes=_notes(tracks, answer, noise),
    )


def _character(tracks: Tracks, answer: Answer, number: int) -> CharacterRecord:
    own = np.flatnonzero(answer.labels == number).tolist()
    sources = [one for track in own for one in tracks.instances[track]]
    likes = tracks.vectors[own] @ answer.centres[number]
    return CharacterRecord(
        name=answer.characters[number],
        folder=answer.characters[number],
        named_by=answer.named_by[number],
        tracks=len(own),
        shots=len({(one.film, one.shot) for one in sources}),
        films=sorted({one.film for one in sources}),
        instances=len(sources),
        cohesion=round(float(likes.mean()), 4),
    )


def _notes(tracks: Tracks, answer: Answer, noise: Sequence[TrackVerdict]) -> list[str]:
    if not tracks.names:
        return ["segmentation found no character in any shot, so there is nothing to recognise"]
    if not answer.characters:
        few = sum(v.noise in ("few", "unlike") for v in noise)
        return [
            f"no character: {few} of {len(noise)} tracks are of groups with too few pictures; "
            "a smaller min_cluster_size, or more films, would let them count"
        ]
    return []


def _lay_out(
    tracks: Tracks,
    answer: Answer,
    verdicts: Sequence[TrackVerdict],
    character_dir: Path,
    folder: Path,
    spec: ClusteringSpec,
    back: str,
) -> None:
    """Write each character's folder, and that of noise where there is any."""
    by_track = {v.track: v for v in verdicts}
    for number, name in [*enumerate(answer.characters), (NOBODY, NOISE)]:
        own = np.flatnonzero(answer.labels == number).tolist()
        if not own:
            continue
        place = folder / name
        place.mkdir()
        pictures = [
            _copied(one, by_track[tracks.names[track]], character_dir, place, spec.picture)
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
