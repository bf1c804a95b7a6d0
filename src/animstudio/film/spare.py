"""Pictures written while the film is decoded, before it is certain that they are wanted.

A spare is named by its presentation time and how it was made, so that it can be found again
from a choice alone; spares nobody chose are deleted with their folder.
"""

from __future__ import annotations

import json
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from animstudio.film.bars import Bars
from animstudio.film.composition import CompositionSpec, compose
from animstudio.film.frames import FrameSpec
from animstudio.kernel.files import sync_file, sync_folder
from animstudio.media.jpeg import decode_jpeg, encode_jpeg
from animstudio.media.picture import Picture


class Spares:
    """A folder of spare pictures and what is known of them, written on a thread of its own.

    Encoding and composing release the interpreter, so they run beside the decoding.
    """

    waiting = 2
    """Pictures that may wait for the writer; each holds a decoded frame."""

    def __init__(self, folder: Path, frames: FrameSpec, composition: CompositionSpec) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._frames, self._composition = folder, frames, composition
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._pending: deque[Future[None]] = deque()

    def write(self, picture: Picture, bars: Bars) -> None:
        """Queue a picture; waits when too many are queued. Raises what an earlier one raised."""
        self._pending.append(self._writer.submit(self._write, picture, bars))
        while len(self._pending) > self.waiting:
            self._pending.popleft().result()

    def close(self) -> None:
        """Wait until every picture is written and synced."""
        self._writer.shutdown()
        for pending in self._pending:
            pending.result()
        sync_folder(self._folder)

    def _write(self, picture: Picture, bars: Bars) -> None:
        content = picture_bytes(picture, bars, self._frames)
        path = spare_path(self._folder, picture.pts, bars, self._frames)
        path.write_bytes(content)
        sync_file(path)
        left = None if self._frames.crop_bars else bars
        record = record_path(path, self._composition)
        record.write_text(json.dumps(composition_record(content, left, self._composition)))
        sync_file(record)


def picture_bytes(picture: Picture, bars: Bars, spec: FrameSpec) -> bytes:
    """Return the picture as the JPEG that these options ask for."""
    whole = picture.bgr()
    return encode_jpeg(bars.inside(whole) if spec.crop_bars else whole, spec.quality)


def composition_record(jpeg: bytes, bars: Bars | None, spec: CompositionSpec) -> dict[str, Any]:
    """Return the composition of a written picture: of the file, so that it can be redone.

    `bars` are what is still on it. Shares in the record are of what lies `inside` them, which
    is given as [x, y, width, height] in shares of the file's picture.
    """
    picture = decode_jpeg(jpeg, reduced=2)
    height, width = picture.shape[:2]
    inside = (bars.halved() if bars else Bars()).inside(picture)
    if not inside.size:
        inside = picture
    top, left = (bars.top // 2, bars.left // 2) if bars else (0, 0)
    box = [left / width, top / height, inside.shape[1] / width, inside.shape[0] / height]
    record = compose(inside, spec).as_record()
    return {"inside": [round(share, 4) for share in box], **record}


def spare_path(folder: Path, pts: int, bars: Bars, spec: FrameSpec) -> Path:
    """Return where the spare of a picture lies: its name says all that its content depends on."""
    edges = f"{bars.top}_{bars.bottom}_{bars.left}_{bars.right}"
    return folder / f"{pts}_{encoding(spec)}_{edges}.jpg"


def encoding(spec: FrameSpec) -> str:
    """Return in a word how a picture is written: same frame, bars and word, same file."""
    return f"q{spec.quality}{'_cropped' if spec.crop_bars else ''}"


def record_path(spare: Path, spec: CompositionSpec) -> Path:
    """Return where the composition of a spare lies, as these options see it."""
    return spare.with_suffix(f".{spec.fingerprint()[:12]}.json")
