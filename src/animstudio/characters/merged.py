"""Stage `segmentation_summary`: what all shots came to, in four files of the character_dir.

`segmentation` leaves a record a shot, since a shot is what it can lose at most; this puts them
together: instances_metadata.json, tracks.jsonl, failed_frames.json, segmentation_summary.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from animstudio.characters.records import (
    Backends,
    FailedFrames,
    InstancesMetadata,
    SegmentationSummary,
    ShotRecord,
    read_record,
)
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.files import write_atomic
from animstudio.kernel.spec import EXISTING, Spec
from animstudio.kernel.work import Committed, Item, Made, Place, Work

SUMMARY = "segmentation_summary.json"
FILES = ("instances_metadata.json", "tracks.jsonl", "failed_frames.json", SUMMARY)


class SegmentationSummarySpec(Spec):
    """Which shots are put together."""

    character_dir: Annotated[Path, EXISTING]
    """What segmentation wrote."""


class Summarised(BaseModel):
    """What later stages can refer to."""

    model_config = ConfigDict(frozen=True)

    character_dir: Path
    instances_metadata: Path
    tracks: Path
    summary: Path
    instance_count: int


def summary_items(spec: SegmentationSummarySpec, place: Place) -> Sequence[Item]:
    """Return the one item. Raises AskedWrongly for a folder that is not in the output folder."""
    folder = spec.character_dir.absolute()
    if not folder.is_relative_to(place.root.absolute()):
        raise AskedWrongly(f"{folder}: it does not lie in the output folder {place.root}")
    below = folder.relative_to(place.root.absolute()).as_posix()
    return [Item(inputs={"shots": folder / "shots"}, options={"folder": below})]


def summarise(item: Item, spec: SegmentationSummarySpec, work: Work) -> Made:
    """Put the shots together."""
    texts = merged(read_shots(item.inputs["shots"]))
    outputs = {}
    for name, text in texts.items():
        draft = work.draft(name)
        draft.write_text(text, encoding="utf-8")
        outputs[f"{item.options['folder']}/{name}"] = draft
    summary = SegmentationSummary.model_validate_json(texts[SUMMARY])
    return Made(outputs, {"folder": item.options["folder"], "count": summary.instance_count})


def gather_summary(
    spec: SegmentationSummarySpec, committed: Sequence[Committed], root: Path
) -> Summarised:
    """Return where the files lie."""
    folder = root / str(committed[0].facts["folder"])
    return Summarised(
        character_dir=folder,
        instances_metadata=folder / FILES[0],
        tracks=folder / FILES[1],
        summary=folder / SUMMARY,
        instance_count=int(str(committed[0].facts["count"])),
    )


def read_shots(folder: Path) -> list[ShotRecord]:
    """Return all shots' records, by film and number. Raises AskedWrongly."""
    found = [read_record(ShotRecord, file) for file in folder.glob("*.json")]
    if not found:
        raise AskedWrongly(f"{folder}: there are no shots; segmentation writes them")
    return sorted(found, key=lambda shot: (shot.film, shot.shot))


def write_merged(character_dir: Path) -> SegmentationSummary:
    """Put the shots of a character_dir together in it, for whoever ran no pipeline."""
    texts = merged(read_shots(character_dir / "shots"))
    for name, text in texts.items():
        write_atomic(character_dir / name, text)
    return SegmentationSummary.model_validate_json(texts[SUMMARY])


def merged(shots: Sequence[ShotRecord]) -> Mapping[str, str]:
    """Return the text of each file. Raises WorkFailed for shots of different models."""
    backends = _backends(shots)
    films = sorted({shot.film for shot in shots})
    instances = [one for shot in shots for one in shot.instances]
    frames = sum(shot.frames_processed for shot in shots)
    sightings = sum(shot.sightings for shot in shots)
    failed = [one for shot in shots for one in shot.failed]
    summary = SegmentationSummary(
        backends=backends,
        films=films,
        shots=len(shots),
        shots_without_characters=[
            f"{shot.film}_s{shot.shot:04d}" for shot in shots if not shot.tracks
        ],
        frames_processed=frames,
        frames_failed=len(failed),
        tracks=sum(len(shot.tracks) for shot in shots),
        sightings=sightings,
        instance_count=len(instances),
        avg_instances_per_frame=round(sightings / frames, 4) if frames else 0.0,
    )
    metadata = InstancesMetadata(backends=backends, films=films, instances=instances)
    tracks = [track for shot in shots for track in shot.tracks]
    contents = (
        metadata.model_dump_json(indent=1) + "\n",
        "".join(track.model_dump_json() + "\n" for track in tracks),
        FailedFrames(failed=failed).model_dump_json(indent=1) + "\n",
        summary.model_dump_json(indent=1) + "\n",
    )
    return dict(zip(FILES, contents, strict=True))


def _backends(shots: Sequence[ShotRecord]) -> Backends:
    found = {(shot.backends.detector, shot.backends.segmenter) for shot in shots}
    if len(found) > 1:
        names = ", ".join(sorted(" + ".join(pair) for pair in found))
        raise WorkFailed(f"the shots were made by different models ({names})",
                         hint="segment all of them with one")  # fmt: skip
    return shots[0].backends
