"""`training_data_prep` as pipelines run it.

prepare_items     the one item: repeats and the split depend on all characters at once
prepare           -> the dataset's folder
gather_prepared   -> TrainingData
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from animstudio.characters.machine import host_of
from animstudio.dataset.info import info_of
from animstudio.dataset.prepare import prepare_dataset
from animstudio.dataset.sources import used_folders
from animstudio.dataset.spec import PrepareSpec
from animstudio.kernel.work import Committed, Item, Made, Place, Work
from animstudio.models.registry import model, weights_digest
from animstudio.models.text_finder import text_digest


class TrainingData(BaseModel):
    """What later stages can refer to: ``{prepare.dataset_dir}``."""

    model_config = ConfigDict(frozen=True)

    output_dir: Path
    dataset_dir: Path
    """What the trainer is given; for kohya the folder above ``N_name``."""
    image_count: int
    filtered_count: int
    character_count: int
    characters: list[str]
    steps_per_epoch: int


def prepare_items(spec: PrepareSpec, place: Place) -> Sequence[Item]:
    """Return the one item. Raises AskedWrongly for folders that cannot be read."""
    if spec.embedder != "layout":
        model("embedder", spec.embedder)
    inputs: dict[str, Path] = {}
    for number, folder in enumerate(spec.cluster_dirs):
        for what, path in used_folders(folder).items():
            inputs[f"{what}_{number}"] = path
    out = (place.root / place.stage).absolute()
    back = [os.path.relpath(folder.absolute(), out) for folder in spec.cluster_dirs]
    return [Item(inputs=inputs, options={"sources": back})]


def prepare_models(spec: PrepareSpec) -> Mapping[str, str]:
    """Return the digests of the weights that are used. Raises AskedWrongly for missing ones."""
    found: dict[str, str] = {}
    if spec.text and (digest := text_digest()):
        found["text"] = digest
    if spec.embedder != "layout":
        host = host_of(spec.models_dir, spec.device, 1)
        found |= weights_digest("embedder", spec.embedder, host)
    return found


def prepare(item: Item, spec: PrepareSpec, work: Work) -> Made:
    """Prepare the dataset of all characters."""
    drafts = work.draft("dataset")
    drafts.mkdir()
    manifest = prepare_dataset(
        spec, drafts, base=work.root / work.stage, threads=work.cpus,
        watch=lambda done, total: work.report(done, total, "pictures"),
    )  # fmt: skip
    info = info_of(manifest)
    facts = {
        "images": info["total_images"],
        "filtered": info["total_filtered"],
        "characters": [one.name for one in manifest.characters if one.train + one.validation],
        "steps": info["steps"]["steps_per_epoch"],
        "dataset": "train" if spec.style != "coco" else "images",
    }
    return Made({work.stage: drafts}, facts)


def gather_prepared(spec: PrepareSpec, committed: Sequence[Committed], root: Path) -> TrainingData:
    """Return what the dataset came to."""
    one = committed[0]
    folder = root / Path(one.outputs[0]).parts[0]
    names = [str(name) for name in one.facts["characters"]]  # type: ignore[attr-defined]
    return TrainingData(
        output_dir=folder,
        dataset_dir=folder / str(one.facts["dataset"]),
        image_count=int(str(one.facts["images"])),
        filtered_count=int(str(one.facts["filtered"])),
        character_count=len(names),
        characters=names,
        steps_per_epoch=int(str(one.facts["steps"])),
    )
