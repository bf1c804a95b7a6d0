"""Films whose every picture says its own number, in whatever container and codec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

BITS = 8
WIDTH, HEIGHT = 160, 96
CELL = WIDTH // BITS

X264 = {"preset": "fast", "g": "24", "bf": "3", "sc_threshold": "0", "forced-idr": "1",
        "x264-params": "mbtree=0"}  # fmt: skip
MPEG = {"g": "24", "bf": "2"}


def numbered(number: int) -> NDArray[np.uint8]:
    """Return a picture (96, 160, 3) whose upper half is a bar code of its number."""
    picture = np.full((HEIGHT, WIDTH, 3), (90, 120, 60), np.uint8)
    for bit in range(BITS):
        picture[8:44, bit * CELL : (bit + 1) * CELL] = 235 if number >> bit & 1 else 20
    x = 3 * number % (WIDTH - 20)
    picture[60:80, x : x + 20] = (30, 200, 220)
    return picture


def number_of(picture: NDArray[np.uint8]) -> int:
    """Read a picture's number, however it was scaled."""
    height, width = picture.shape[:2]
    rows = picture[round(height * 0.16) : round(height * 0.38)]
    cells = [rows[:, round((b + 0.3) * width / BITS) : round((b + 0.7) * width / BITS)]
             for b in range(BITS)]  # fmt: skip
    return sum(int(cell.mean() > 128) << bit for bit, cell in enumerate(cells))


@dataclass(frozen=True)
class Drawn:
    """How to write a film. `times` are in ticks of `base`; None is one frame after another."""

    suffix: str
    codec: str = "libx264"
    form: str = "yuv420p"
    options: Mapping[str, str] = field(default_factory=lambda: X264)
    rate: int = 24
    start: int = 0
    times: Sequence[int] | None = None
    base: Fraction | None = None
    container: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, object] = field(default_factory=dict)
    turn: tuple[int, bool, bool] | None = None


def draw(path: Path, film: Drawn, pictures: Iterable[NDArray[np.uint8]] | int = 72) -> Path:
    """Write BGR pictures, or so many numbered ones."""
    if isinstance(pictures, int):
        pictures = (numbered(number) for number in range(pictures))
    frames = (av.VideoFrame.from_ndarray(np.ascontiguousarray(p), format="bgr24") for p in pictures)
    return mux(path, film, frames)


def mux(path: Path, film: Drawn, frames: Iterable[av.VideoFrame]) -> Path:
    """Write frames in the film's pixel format, converted if they are not in it."""
    base = film.base or Fraction(1, film.rate)
    with av.open(str(path), "w", options=dict(film.container)) as container:
        stream = None
        for number, given in enumerate(frames):
            if stream is None:
                stream = container.add_stream(film.codec, film.rate, options=dict(film.options))
                stream.width, stream.height, stream.pix_fmt = given.width, given.height, film.form
                stream.codec_context.time_base = base
                for name, value in film.tags.items():
                    setattr(stream.codec_context, name, value)
                if film.turn:
                    degrees, hflip, vflip = film.turn
                    stream.set_display_rotation(degrees, hflip=hflip, vflip=vflip)
            frame = given if given.format.name == film.form else given.reformat(format=film.form)
            frame.time_base = base
            frame.pts = film.start + (film.times[number] if film.times is not None else number)
            container.mux(stream.encode(frame))
        assert stream is not None
        container.mux(stream.encode())
    return path


OPEN = "mbtree=0:open-gop=1:keyint=24:min-keyint=24:scenecut=0:bframes=3"
REFRESH = "mbtree=0:intra-refresh=1:keyint=24"
CONTAINERS = {
    "mp4": Drawn(".mp4"),
    "mp4-open": Drawn(".mp4", options={**X264, "x264-params": OPEN}),
    "mp4-refresh": Drawn(".mp4", options={**X264, "x264-params": REFRESH}),
    "mov": Drawn(".mov"),
    "mkv": Drawn(".mkv"),
    "mkv-late": Drawn(".mkv", start=24 * 5),
    "mkv-hevc": Drawn(".mkv", codec="libx265",
                      options={"preset": "ultrafast", "x265-params": "keyint=24:log-level=none"}),
    "avi-mpeg4": Drawn(".avi", codec="mpeg4", options=MPEG),
    "avi-h264": Drawn(".avi"),
    "webm": Drawn(".webm", codec="libvpx",
                  options={"g": "24", "deadline": "realtime", "cpu-used": "8"}),
    "ts": Drawn(".ts", start=round(1.4 * 24)),
    "ts-hours": Drawn(".ts", start=24 * 3600 * 9),
    "ts-open": Drawn(".ts", options={**X264, "x264-params": OPEN}),
    "ts-mpeg2": Drawn(".ts", codec="mpeg2video", options=MPEG),
    "m2ts": Drawn(".m2ts"),
    "mpg": Drawn(".mpg", codec="mpeg2video", options=MPEG),
    "flv": Drawn(".flv", start=7),
    "flv-sorenson": Drawn(".flv", codec="flv", options={"g": "24"}),
    "wmv": Drawn(".wmv", codec="wmv2", options={"g": "24"}),
    "gif": Drawn(".gif", codec="gif", form="rgb8", options={}, rate=20),
}  # fmt: skip
"""Every container that films come in, and what is odd about some."""
