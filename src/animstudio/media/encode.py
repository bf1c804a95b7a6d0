"""Writing films: what tests, benchmarks and media tools encode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_film(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    rate: Fraction | int = 24,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    sound: NDArray[np.float32] | None = None,
    sound_rate: int = 48_000,
    options: Mapping[str, str] | None = None,
) -> int:
    """Encode BGR pictures (h, w, 3) at a constant rate; return how many were written.

    Height and width must be even for 4:2:0. `sound` is mono or (channels, samples), -1 to 1.
    The container follows from the file's suffix. `options` go to the encoder, for example
    ``{"crf": "18", "preset": "fast", "g": "48"}``. The same pictures give the same bytes.
    """
    import av

    count = 0
    with av.open(str(path), "w") as container:
        stream: Any = None
        tone: Any = None
        for picture in pictures:
            if stream is None:
                chosen = _STEADY.get(codec, {}) | dict(options or {})
                stream = container.add_stream(codec, rate=rate, options=chosen)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = pixel_format
                if sound is not None:
                    tone = container.add_stream(_SOUND.get(path.suffix, "aac"), rate=sound_rate)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
            frame.pts, frame.time_base = count, 1 / Fraction(rate)
            container.mux(stream.encode(frame))
            count += 1
        if stream is not None:
            container.mux(stream.encode())
        if tone is not None and sound is not None:
            _mux_sound(container, tone, sound, sound_rate)
    return count


_STEADY = {"libx264": {"x264-params": "mbtree=0"}}
"""On small pictures x264's macroblock tree reads what it never wrote: each run would differ."""
_SOUND = {".webm": "libopus", ".avi": "mp3", ".mpg": "mp2", ".flv": "aac"}


def _mux_sound(container: Any, stream: Any, sound: NDArray[np.float32], rate: int) -> None:
    import av

    samples = np.atleast_2d(np.asarray(sound, np.float32))
    layout = "mono" if len(samples) == 1 else "stereo"
    step = 1024
    for start in range(0, samples.shape[1], step):
        piece = np.ascontiguousarray(samples[:, start : start + step])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())
