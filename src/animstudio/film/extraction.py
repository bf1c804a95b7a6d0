"""Stage `frame_extraction`: each film decoded once; its shots, its best frames, its index.

extraction_items      one a film
extract               the film -> frames/, times.npy, film.json
gather_extraction     -> FrameExtraction
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from animstudio.film.bars import bars_of_shots
from animstudio.film.composition import CompositionSpec
from animstudio.film.extracted import INDEX, TIMES, FilmIndex, FrameEntry, ShotEntry
from animstudio.film.frames import FrameSpec
from animstudio.film.one import Pictured, Taken, Watch, picture_film
from animstudio.film.shots import ShotSpec
from animstudio.kernel.errors import UnreadableFilm
from animstudio.kernel.files import sha256
from animstudio.kernel.spec import EXISTING, Seconds, Spec
from animstudio.kernel.work import Committed, CorruptInput, Item, Made, Place, Work
from animstudio.media.find import film_names, find_films
from animstudio.media.geometry import Geometry

FRAMES = "frames"
"""Folder of the pictures, beside the index."""


class FrameExtractionSpec(Spec):
    """Which frames of films become pictures."""

    input_dir: Annotated[Path, EXISTING]
    """A folder with films, or one film."""
    mode: Literal["scenes", "interval", "hybrid"] = "scenes"
    """scenes: some of every shot; interval: one every so often; hybrid: both."""
    detector: Literal["adaptive", "transnetv2"] = "adaptive"
    """Rules over measures, or the TransNetV2 network (extra `models`; slower)."""
    scene_threshold: Annotated[float, Field(gt=0)] = ShotSpec.model_fields["threshold"].default
    """How much must change for a cut, on PySceneDetect's scale; higher finds fewer."""
    min_scene: Seconds = ShotSpec.model_fields["min_shot"].default
    """Seconds; shorter shots join their neighbour."""
    frames_per_scene: Annotated[int, Field(ge=1, le=100)] = 3
    """Pictures a shot, spread evenly."""
    interval: Annotated[float, Field(gt=0)] = FrameSpec.model_fields["every"].default
    """Seconds between pictures in the modes interval and hybrid."""
    quality: Annotated[int, Field(ge=1, le=100)] = FrameSpec.model_fields["quality"].default
    """JPEG quality."""
    crop_bars: bool = False
    """Cut black bars off."""

    def shots(self) -> ShotSpec:
        """Return the options of shot detection."""
        return ShotSpec(
            detector=self.detector, threshold=self.scene_threshold, min_shot=self.min_scene
        )

    def frames(self) -> FrameSpec:
        """Return the options of frame choice."""
        return FrameSpec(
            mode="scene" if self.mode == "scenes" else self.mode,
            per_scene=self.frames_per_scene,
            every=self.interval,
            quality=self.quality,
            crop_bars=self.crop_bars,
        )


class FrameExtraction(BaseModel):
    """What later stages can refer to: ``{extract.output_dir}``, ``{extract.frame_count}``."""

    model_config = ConfigDict(frozen=True)

    output_dir: Path
    """A folder with one folder a film, each with `film.json` and `frames/`."""
    films: list[str]
    film_count: int
    scene_count: int
    frame_count: int
    """Pictures written."""


def extraction_items(spec: FrameExtractionSpec, place: Place) -> Sequence[Item]:
    """Return one item a film, so that three new films are the only ones decoded."""
    names = film_names(find_films(spec.input_dir))
    return [
        Item(name, {"film": film}, {"film": _beside(film, place.root / place.stage / name)})
        for film, name in names.items()
    ]


def _beside(film: Path, folder: Path) -> str:
    return os.path.relpath(film.absolute(), folder.absolute())


def extract(item: Item, spec: FrameExtractionSpec, work: Work) -> Made:
    """Take one film apart into its drafts. Raises CorruptInput if nothing of it decodes."""
    draft = work.draft(item.name)
    try:
        index = extract_film(
            item.inputs["film"], draft, spec, name=item.name, film=str(item.options["film"]),
            threads=max(1, work.cpus), watch=lambda frames: work.report(frames, unit="frames"),
        )  # fmt: skip
    except UnreadableFilm as error:
        raise CorruptInput(error.message, hint=error.hint) from error
    facts = {"scenes": len(index.shots), "frames": len(index.frames), "missing": index.missing}
    return Made({f"{work.stage}/{item.name}": draft}, facts)


def gather_extraction(
    spec: FrameExtractionSpec, committed: Sequence[Committed], root: Path
) -> FrameExtraction:
    """Return what all films came to."""
    stage = Path(committed[0].outputs[0]).parts[0] if committed else ""
    return FrameExtraction(
        output_dir=root / stage,
        films=[one.item for one in committed],
        film_count=len(committed),
        scene_count=sum(int(str(one.facts["scenes"])) for one in committed),
        frame_count=sum(int(str(one.facts["frames"])) for one in committed),
    )


def extract_film(
    file: Path,
    folder: Path,
    spec: FrameExtractionSpec,
    *,
    name: str,
    film: str,
    threads: int = 3,
    watch: Watch = lambda frames: None,
) -> FilmIndex:
    """Decode a film once, and leave its frames, their times and its index in an empty folder.

    `film` is how the index refers to the file, relative to where the folder will lie.

    Raises UnreadableFilm if nothing decodes.
    """
    found = picture_film(
        file, spec.shots(), spec.frames(), CompositionSpec(), folder=folder / FRAMES,
        threads=threads, watch=watch,
    )  # fmt: skip
    index = _index(found, name, film, sha256(file))
    np.save(folder / TIMES, found.taken.measures.pts, allow_pickle=False)
    (folder / INDEX).write_text(index.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return index


def _index(found: Pictured, name: str, film: str, digest: str) -> FilmIndex:
    taken = found.taken
    width, height = Geometry.of(taken.probe).display_size
    kept = set(FrameEntry.model_fields)
    return FilmIndex(
        name=name,
        film=film,
        sha256=digest,
        frame_rate=str(taken.measures.rate),
        time_base=str(taken.measures.time_base),
        width=width,
        height=height,
        frame_count=len(taken.measures),
        missing=taken.missing,
        shots=_shots(taken, (width, height)),
        frames=[
            FrameEntry.model_validate(
                {k: v for k, v in record.items() if k in kept}
                | {"file": f"{FRAMES}/{record['file']}"}
            )
            for record in found.records
        ],
    )


def _shots(taken: Taken, size: tuple[int, int]) -> list[ShotEntry]:
    pts = taken.measures.pts
    bars = bars_of_shots(taken.measures, taken.shots, size)
    return [
        ShotEntry(
            number=shot.number,
            start=shot.start,
            end=shot.end,
            clean_start=shot.clean.start,
            clean_end=shot.clean.stop,
            start_pts=int(pts[shot.start]),
            end_pts=int(pts[shot.end - 1]),
            opening=shot.opening.kind if shot.opening else None,
            closing=shot.closing.kind if shot.closing else None,
            bars=(edge.top, edge.bottom, edge.left, edge.right),
        )
        for shot, edge in zip(taken.shots, bars, strict=True)
    ]
