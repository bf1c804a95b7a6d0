"""Stage `segmentation`: characters found, followed and cut out, shot by shot.

segmentation_items     one a shot
segment                a shot -> its tracks, its pictures, its ShotRecord
gather_segmentation    -> Segmentation
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from animstudio.characters.background import write_background
from animstudio.characters.find import find_in_shot, records_of
from animstudio.characters.instances import ContextMode, Cutting, choose_instances, write_instances
from animstudio.characters.machine import backends_of, host_of
from animstudio.characters.marked import write_marked
from animstudio.characters.records import (
    Backends,
    InstanceRecord,
    ShotRecord,
    TrackRecord,
    write_record,
)
from animstudio.characters.shot_frames import ShotFrames
from animstudio.characters.shots_of import shot_items, shot_of
from animstudio.kernel.errors import UnreadableFilm
from animstudio.kernel.spec import EXISTING, RUNTIME, Spec
from animstudio.kernel.work import Committed, CorruptInput, Item, Made, Place, Work
from animstudio.models.devices import check_device
from animstudio.models.registry import model, weights_digest
from animstudio.models.seams import Detector, Segmenter

FULL_HD = 1920 * 1080


class FindSpec(Spec):
    """How characters are found and cut out."""

    model: str = "foreground"
    """foreground (no weights), sam2_hiera_tiny, _small, _base or _large."""
    detector: str = "grounding-dino"
    """What finds boxes for SAM 2: grounding-dino, owlv2, or grid (no weights, what moves)."""
    device: Annotated[str, RUNTIME] = "auto"
    """auto, cpu, cuda or cuda:N."""
    models_dir: Annotated[Path | None, RUNTIME] = None
    """The folder of weights; the machine's own unless given."""
    rate: Annotated[float, Field(gt=0, le=60)] = 6.0
    """Frames a second that are looked at."""
    detect_every: Annotated[int, Field(ge=1)] = 8
    """Frames looked at between two searches for further characters."""
    min_size: Annotated[int, Field(ge=1)] = 16384
    """Pixels that a character covers at least, in a picture of 1920x1080; scaled to others."""
    per_track: Annotated[int, Field(ge=1, le=1000)] = 12
    """Pictures of a track at most, spread over its time."""
    context_mode: ContextMode = "all"
    """Pictures cut out (transparent), as they are (context), background blurred, or all."""
    context_padding: Annotated[int, Field(ge=0)] = 20
    """Pixels around a character that its pictures show."""
    save_masks: bool = True
    """Keep the mask of every picture."""
    save_backgrounds: bool = True
    """Keep every shot's ground without its characters."""
    visualize: bool = False
    """Also write frames with the characters marked."""

    @property
    def smallest(self) -> float:
        """Share of the frame that a character covers at least."""
        return self.min_size / FULL_HD


class SegmentationSpec(FindSpec):
    """How characters are found and cut out, and where."""

    frames_dir: Annotated[Path, EXISTING]
    """What frame_extraction wrote, or a folder with pictures."""


class Segmentation(BaseModel):
    """What later stages can refer to: ``{segment.character_dir}``."""

    model_config = ConfigDict(frozen=True)

    output_dir: Path
    character_dir: Path
    instance_count: int
    frames_processed: int
    avg_instances_per_frame: float
    track_count: int
    failed_frames: int


def segmentation_items(spec: SegmentationSpec, place: Place) -> Sequence[Item]:
    """Return one item a shot. Raises AskedWrongly for models that do not exist."""
    check_models(spec)
    return shot_items(spec.frames_dir, spec.rate)


def check_models(spec: FindSpec) -> None:
    """Raise AskedWrongly for a model or a device that is not there, and for missing weights."""
    host = host_of(spec.models_dir, spec.device, 1)
    segmenter, detector = model("segmenter", spec.model), model("detector", spec.detector)
    if segmenter.weights:
        check_device(spec.device)
        segmenter.folder(host)
        if detector.weights:
            detector.folder(host)


def segmentation_models(spec: SegmentationSpec) -> Mapping[str, str]:
    """Return the digests of the weights that are used. Raises AskedWrongly for missing ones."""
    host = host_of(spec.models_dir, spec.device, 1)
    found = dict(weights_digest("segmenter", spec.model, host))
    return found | dict(weights_digest("detector", spec.detector, host)) if found else found


def segment(item: Item, spec: SegmentationSpec, work: Work) -> Made:
    """Find the characters of one shot. Raises CorruptInput for a film that does not decode."""
    host = host_of(spec.models_dir, spec.device, work.cpus)
    shot = shot_of(item)
    drafts = work.drafts / "character_dir"
    drafts.mkdir()
    try:
        record = segment_shot(
            shot, spec, drafts, *backends_of(spec.model, spec.detector, host), threads=work.cpus,
            home=work.root / work.stage / "character_dir",
        )  # fmt: skip
    except UnreadableFilm as error:
        raise CorruptInput(error.message, hint=error.hint) from error
    if not record.frames_processed:
        raise CorruptInput(f"{shot.name}: not one of its {len(shot.wanted)} frames decodes")
    path = drafts / "shots" / f"{shot.name}.json"
    path.parent.mkdir(exist_ok=True)
    write_record(record, path)
    facts = {
        "instances": len(record.instances),
        "frames": record.frames_processed,
        "sightings": record.sightings,
        "tracks": len(record.tracks),
        "failed": len(record.failed),
    }
    return Made({f"{work.stage}/character_dir": drafts}, facts)


def gather_segmentation(
    spec: SegmentationSpec, committed: Sequence[Committed], root: Path
) -> Segmentation:
    """Return what all shots came to."""

    def total(name: str) -> int:
        return sum(int(str(one.facts[name])) for one in committed)

    frames = total("frames")
    stage = root / Path(committed[0].outputs[0]).parts[0]
    return Segmentation(
        output_dir=stage,
        character_dir=stage / "character_dir",
        instance_count=total("instances"),
        frames_processed=frames,
        avg_instances_per_frame=round(total("sightings") / frames, 4) if frames else 0.0,
        track_count=total("tracks"),
        failed_frames=total("failed"),
    )


def segment_shot(
    shot: ShotFrames,
    spec: FindSpec,
    folder: Path,
    segmenter: Segmenter,
    detector: Detector | None,
    *,
    threads: int = 1,
    home: Path | None = None,
) -> ShotRecord:
    """Find a shot's characters and write their pictures below `folder`; return all of it.

    `home` is where that folder will lie in the end; `folder` unless given.

    The frames are decoded twice: to follow the characters, and to cut out those that were
    chosen then. So memory does not grow with the shot. Raises UnreadableFilm.
    """
    backends = Backends(detector=detector.name if detector else segmenter.name,
                        segmenter=segmenter.name)  # fmt: skip
    seen = find_in_shot(
        shot, segmenter, detector,
        every=spec.detect_every, smallest=spec.smallest, threads=threads,
    )  # fmt: skip
    tracks = records_of(shot, seen, backends)
    instances, lost = _instances(shot, tracks, spec, folder, home or folder, threads)
    kept = {one.track for one in instances}
    return ShotRecord(
        film=shot.film,
        film_sha256=shot.sha256,
        shot=shot.shot,
        frames_processed=seen.processed,
        sightings=sum(len(track.frames) for track in tracks if track.track in kept),
        tracks=[track for track in tracks if track.track in kept],
        instances=instances,
        failed=shot.failed({*seen.missing, *lost}),
        backends=backends,
    )


def _instances(
    shot: ShotFrames,
    tracks: Sequence[TrackRecord],
    spec: FindSpec,
    folder: Path,
    home: Path,
    threads: int,
) -> tuple[list[InstanceRecord], set[int]]:
    """Write the chosen pictures; return them, and the frames that did not decode again."""
    seconds = {w.frame: w.seconds for w in shot.wanted}
    chosen: dict[int, list[tuple[TrackRecord, int]]] = defaultdict(list)
    for track in tracks:
        times = [seconds[frame] for frame in track.frames]
        for number in choose_instances(track, times, spec.per_track, spec.smallest):
            chosen[track.frames[number]].append((track, number))
    if not chosen:
        return [], set()
    background = None
    if spec.save_backgrounds:
        background = write_background(shot, tracks, folder, threads)
    cutting = Cutting(spec.context_mode, spec.context_padding, spec.save_masks, spec.smallest, home)
    found: list[InstanceRecord] = []
    lost = set(chosen)
    for wanted, frame in shot.pictures(threads, only=chosen.keys()):
        sightings = chosen[wanted.frame]
        found += write_instances(frame, wanted, sightings, shot, cutting, folder, background)
        if spec.visualize:
            write_marked(
                frame, sightings, folder / "marked" / f"{shot.name}_f{wanted.frame:06d}.jpg"
            )
        lost.discard(wanted.frame)
    return sorted(found, key=lambda one: one.name), lost
