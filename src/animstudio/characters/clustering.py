"""Stage `clustering`: tracks recognised as characters, named, and laid out in folders.

clustering_items      the one item: all shots together
cluster               -> a folder a character, clustering_metadata.json, characters.yaml
gather_clustering     -> Clustering
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from animstudio.characters.cast import CAST, Cast, cast_text
from animstudio.characters.cast_file import cast_of, read_cast
from animstudio.characters.cluster_records import METADATA, ClusteringMetadata
from animstudio.characters.folders import lay_out
from animstudio.characters.gathered import gather_tracks
from animstudio.characters.joining import How
from animstudio.characters.machine import cache_of, host_of
from animstudio.characters.merged import read_shots
from animstudio.characters.naming import Wishes
from animstudio.characters.recognise import recognise
from animstudio.characters.records import write_record
from animstudio.characters.references import reference_files, reference_vectors
from animstudio.characters.vectors import Vectors, Watch, remembered_vectors
from animstudio.characters.verdicts import metadata_of, verdicts_of
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.spec import EXISTING, RUNTIME, Share, Spec
from animstudio.kernel.work import Committed, Item, Made, Place, Work
from animstudio.models.devices import check_device
from animstudio.models.registry import model, scale_of, weights_digest

MACHINE = ("device", "models_dir", "references", "cast")
"""Options whose values are places and machines."""


class RecogniseSpec(Spec):
    """How tracks are recognised as characters."""

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
    """A folder with one folder of pictures a character, which then bears its name; one called
    noise shows what is no character."""
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
    def _range_rises(self) -> RecogniseSpec:
        if self.k_range[0] > self.k_range[1]:
            raise ValueError("k_range: the first number is the smaller one")
        return self

    def how(self) -> How:
        """Return the options of grouping."""
        numbers = [self.fixed_k] if self.fixed_k else range(self.k_range[0], self.k_range[1] + 1)
        return How(self.method, self.min_cluster_size, self.min_samples, numbers, self.seed,
                   self.reach, scale_of(self.embedder))  # fmt: skip


class ClusteringSpec(RecogniseSpec):
    """How tracks are recognised as characters, and which."""

    instances_dir: Annotated[Path, EXISTING]
    """The character_dir that segmentation wrote."""


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
    check_embedders(spec)
    if not any((spec.instances_dir / "shots").glob("*.json")):
        raise AskedWrongly(
            f"{spec.instances_dir}: this is no character_dir: there are no shots in it",
            hint="name the character_dir that segmentation wrote",
        )
    inputs = {
        name: spec.instances_dir / name
        for name in ("shots", "instances", "instances_context", "instances_blurred", "masks")
        if (spec.instances_dir / name).is_dir()
    }
    if cast := cast_of(spec.cast, place.root):
        inputs["cast"] = cast
    if spec.references:
        inputs["references"] = spec.references
        reference_files(spec.references)
    back = os.path.relpath(spec.instances_dir.absolute(), (place.root / place.stage).absolute())
    return [Item(inputs=inputs, options={"character_dir": back})]


def check_embedders(spec: RecogniseSpec) -> None:
    """Raise AskedWrongly for an embedder or a device that is not there, and for missing weights."""
    host = host_of(spec.models_dir, spec.device, 1)
    for name in spec.embedder.split("+"):
        found = model("embedder", name)
        if found.packages:
            check_device(spec.device)
        if found.weights:
            found.folder(host)


def clustering_models(spec: ClusteringSpec) -> Mapping[str, str]:
    """Return the digests of the weights that are used. Raises AskedWrongly for missing ones."""
    host = host_of(spec.models_dir, spec.device, 1)
    found: dict[str, str] = {}
    for name in spec.embedder.split("+"):
        found |= weights_digest("embedder", name, host)
    return found


def cluster(item: Item, spec: ClusteringSpec, work: Work) -> Made:
    """Recognise the characters of all shots, and lay their pictures out."""
    host = host_of(spec.models_dir, spec.device, work.cpus)
    drafts = work.draft("clusters")
    drafts.mkdir()
    cast = read_cast(item.inputs["cast"]) if "cast" in item.inputs else Cast()
    with remembered_vectors(spec.embedder, host, cache_of()) as vectors:
        metadata = cluster_shots(
            item.inputs["shots"].parent, spec, vectors, cast, drafts,
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


def cluster_shots(
    character_dir: Path,
    spec: RecogniseSpec,
    vectors: Vectors,
    cast: Cast,
    folder: Path,
    *,
    back: str,
    watch: Watch = lambda done, total: None,
) -> ClusteringMetadata:
    """Recognise the characters of a character_dir, and write everything below an empty folder.

    `back` leads from where the folder will lie to the character_dir.
    """
    shots = read_shots(character_dir / "shots")
    tracks = gather_tracks(shots, character_dir, vectors, best=spec.best_crops, watch=watch)
    wishes = Wishes(cast.named, cast.rejected, reference_vectors(spec.references, vectors))
    answer = recognise(tracks, spec.how(), wishes)
    verdicts = verdicts_of(tracks, answer)
    parameters = spec.model_dump(
        mode="json", include=set(RecogniseSpec.model_fields) - set(MACHINE)
    )
    metadata = metadata_of(tracks, answer, verdicts, wishes, vectors, parameters)
    lay_out(tracks, answer, verdicts, character_dir, folder, kind=spec.picture, back=back)
    write_record(metadata, folder / METADATA)
    named = {name: [v.track for v in verdicts if v.character == name] for name in answer.characters}
    left = [v.track for v in verdicts if v.character is None]
    (folder / CAST).write_text(cast_text(named, left), encoding="utf-8")
    return metadata
