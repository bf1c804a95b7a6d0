"""``animstudio film shots|frames|camera|composition|sound FILE``: one thing at a time."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from animstudio.cli.flags import Camera, Composed, Frames, Shots
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import show_table, write_json
from animstudio.film.camera import CameraSpec, as_record, describe_camera
from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import FrameSpec
from animstudio.film.shots import ShotSpec
from animstudio.kernel.machine import Machine
from animstudio.kernel.progress_views import board_for

if TYPE_CHECKING:
    from animstudio.film.one import Taken, Watch


def shots(file: Path, *, as_json: Json = False, shots: Shots = ShotSpec()) -> None:
    """The shots of a film: where each begins and ends, and how.

    For example:

        animstudio film shots luca.mp4
        animstudio film shots luca.mp4 --json > luca.json

    Parameters
    ----------
    file
        The film.
    """
    from animstudio.film.export.scenes_json import scenes_json
    from animstudio.film.one import measure_film

    with _watching(file) as watch:
        taken = measure_film(file, shots, threads=_threads(), watch=watch)
    _say_what_is_lost(taken)
    text = scenes_json(
        taken.shots, taken.measures, film=file.stem, file=file.name, detector=shots.detector
    )
    if as_json:
        sys.stdout.write(text)
        return
    rows = [
        [
            str(scene["scene"]),
            scene["start_timecode"],
            scene["end_timecode"],
            f"{scene['length_seconds']:.2f} s",
            scene["opening"]["kind"].replace("_", " ") if scene["opening"] else "start",
        ]
        for scene in json.loads(text)["scenes"]
    ]
    show_table(["shot", "from", "to", "length", "opens with"], rows)


def frames(
    file: Path,
    out: Path,
    *,
    as_json: Json = False,
    shots: Shots = ShotSpec(),
    frames: Frames = FrameSpec(),
) -> None:
    """The chosen frames of a film, as pictures in a folder.

    For example:

        animstudio film frames luca.mp4 pictures --per-scene 5
        animstudio film frames luca.mp4 pictures --mode interval --every 2 --crop-bars

    Parameters
    ----------
    file
        The film.
    out
        The folder for the pictures.
    """
    from animstudio.film.one import picture_film

    with _watching(file) as watch:
        pictured = picture_film(
            file, shots, frames, CompositionSpec(), folder=out, threads=_threads(), watch=watch
        )
    _say_what_is_lost(pictured.taken)
    if as_json:
        write_json(pictured.records)
    else:
        rows = [
            [str(r["scene"]), f"{r['seconds']:.3f} s", str(r["sharpness"]), str(r["file"])]
            for r in pictured.records
        ]
        show_table(["shot", "at", "sharpness", "picture"], rows)


def camera(
    file: Path,
    *,
    as_json: Json = False,
    shots: Shots = ShotSpec(),
    camera: Camera = CameraSpec(),
) -> None:
    """What the camera does in every shot of a film.

    For example:

        animstudio film camera luca.mp4

    Parameters
    ----------
    file
        The film.
    """
    from animstudio.film.one import measure_film

    with _watching(file) as watch:
        taken = measure_film(file, shots, threads=_threads(), watch=watch)
    _say_what_is_lost(taken)
    moves = [as_record(move) for move in describe_camera(taken.measures, taken.shots, camera)]
    if as_json:
        write_json(moves)
        return
    rows = [
        [
            str(m["shot"]),
            m["kind"].replace("_", " "),
            m["direction"].replace("_", " "),
            f"{m['speed']:.3f}",
            m["style"],
            f"{m['zoom']:.2f}x",
            f"{m['roll']:.1f}°",
        ]
        for m in moves
    ]
    show_table(["shot", "move", "direction", "widths/s", "style", "zoom", "roll"], rows)


def composition(
    file: Path,
    *,
    as_json: Json = False,
    shots: Shots = ShotSpec(),
    frames: Frames = FrameSpec(),
    composition: Composed = CompositionSpec(),
) -> None:
    """The composition of a film's chosen frames.

    For example:

        animstudio film composition luca.mp4 --json

    Parameters
    ----------
    file
        The film.
    """
    from animstudio.film.one import picture_film

    with _watching(file) as watch:
        pictured = picture_film(file, shots, frames, composition, threads=_threads(), watch=watch)
    _say_what_is_lost(pictured.taken)
    if as_json:
        write_json(pictured.compositions)
        return
    rows = [
        [
            c["file"].split("_frame")[0],
            (c["shot_size"] or "").replace("_", " "),
            f"{c['score']:.2f}",
            f"{c['thirds']:.2f}",
            f"{c['balance']:.2f}",
            f"{c['depth']:.2f}",
            " ".join(swatch["hex"] for swatch in c["palette"]),
        ]
        for c in pictured.compositions
    ]
    show_table(["picture", "size", "score", "thirds", "balance", "depth", "palette"], rows)


def _say_what_is_lost(taken: Taken) -> None:
    """Say on stderr what of a film did not decode, so that half a film is not taken for one."""
    lost = []
    if taken.missing:
        lost.append(f"{taken.missing:.1%} of the film did not decode")
    if count := taken.damage.packets:
        were = "packet was" if count == 1 else "packets were"
        lost.append(f"{count} damaged {were} passed over")
    if lost:
        say(f"{taken.probe.path}: {'; '.join(lost)}")


def _threads() -> int:
    from animstudio.media.threads import single_threaded

    single_threaded()
    return max(1, round(1.5 * Machine().cpus()))


@contextmanager
def _watching(file: Path) -> Iterator[Watch]:
    """Show how many frames are decoded while a film is measured."""
    with board_for(sys.stderr, os.environ) as reporter:
        task = reporter.task(file.name, None, "frames")
        told = 0

        def watch(frames: int) -> None:
            nonlocal told
            task.advance(frames - told)
            told = frames

        try:
            yield watch
        except BaseException as error:
            task.fail(str(error))
            raise
        task.finish()
