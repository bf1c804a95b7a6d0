"""Which shots there are to look at, and which of their frames: out of films, or of pictures."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from animstudio.characters.shot_frames import ShotFrames, Wanted
from animstudio.film.extracted import film_folders, film_of, read_index, read_times
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.work import Item
from animstudio.media.png import PICTURES

RUN: Final = 64
"""Pictures of a folder without scenes in their names that are followed as one shot."""
_SCENE: Final = re.compile(r"scene[_-]?(\d+)", re.IGNORECASE)
_FRAME: Final = re.compile(r"frame[_-]?(\d+)", re.IGNORECASE)
_TIME: Final = re.compile(r"_t(\d+(?:\.\d+)?)s")


def shot_items(frames_dir: Path, rate: float) -> list[Item]:
    """Return an item for each shot of the films that `frames_dir` is the extraction of.

    A folder of pictures will do: those of one scene are followed together.

    Raises AskedWrongly for a folder with neither.
    """
    if not frames_dir.is_dir():
        raise AskedWrongly(f"{frames_dir}: there is no such folder")
    folders = film_folders(frames_dir)
    found = [item for folder in folders for item in _of_film(folder, rate)]
    if not folders:
        found = list(_of_pictures(frames_dir))
    if not found:
        raise AskedWrongly(
            f"{frames_dir}: neither the result of frame_extraction nor pictures are there",
            hint="name the folder that frame_extraction wrote, or one with pictures",
        )
    return found


def _of_film(folder: Path, rate: float) -> Iterator[Item]:
    index, times = read_index(folder), read_times(folder)
    step = max(1, round(float(index.rate) / rate))
    film = film_of(index, folder)
    begin = int(times[0]) if len(times) else 0
    for shot in index.shots:
        usable = range(shot.clean_start, shot.clean_end) or range(shot.start, shot.end)
        frames = list(usable[::step])
        pts = [int(times[frame]) for frame in frames]
        options = {
            "film": index.name, "sha256": index.sha256, "shot": shot.number, "frames": frames,
            "pts": pts, "seconds": [round(float((t - begin) * index.tick), 6) for t in pts],
            "bars": list(shot.bars),
        }  # fmt: skip
        yield Item(f"{index.name}_s{shot.number:04d}", {"film": film}, options)


def _of_pictures(folder: Path) -> Iterator[Item]:
    places = [folder, *sorted(path for path in folder.rglob("*") if path.is_dir())]
    for place in places:
        pictures = sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES)
        name = place.parent.name if place.name == "frames" else place.name
        yield from _runs(name, pictures)


def _runs(film: str, pictures: Sequence[Path]) -> Iterator[Item]:
    scenes: dict[int, list[Path]] = defaultdict(list)
    loose: list[Path] = []
    for picture in pictures:
        found = _SCENE.search(picture.stem)
        (scenes[int(found[1])] if found else loose).append(picture)
    after = max(scenes, default=0)
    for number, first in enumerate(range(0, len(loose), RUN), after + 1):
        scenes[number] = loose[first : first + RUN]
    for scene, files in sorted(scenes.items()):
        frames = [_number(file, place) for place, file in enumerate(files)]
        if len(set(frames)) < len(frames):
            frames = list(range(len(files)))
        seconds = [float(t[1]) if (t := _TIME.search(f.name)) else n / 6
                   for n, f in zip(frames, files, strict=True)]  # fmt: skip
        options: dict[str, Any] = {
            "film": film, "sha256": "", "shot": scene, "frames": frames, "pts": frames,
            "seconds": seconds, "bars": [0, 0, 0, 0],
        }  # fmt: skip
        names = {f"{place:06d}": file for place, file in enumerate(files)}
        yield Item(f"{film}_s{scene:04d}", names, options)


def _number(file: Path, place: int) -> int:
    found = _FRAME.search(file.stem) or re.search(r"(\d+)$", file.stem)
    return int(found[1]) if found else place


def shot_of(item: Item) -> ShotFrames:
    """Return the shot that an item stands for."""
    o: Any = item.options
    film = item.inputs.get("film")
    files = [None] * len(o["frames"]) if film else [item.inputs[n] for n in sorted(item.inputs)]
    wanted = [Wanted(*one) for one in zip(o["frames"], o["pts"], o["seconds"], files, strict=True)]
    return ShotFrames(o["film"], o["sha256"], o["shot"], film or Path(), wanted, tuple(o["bars"]))
