"""Where words are written in a picture: subtitles, credits, a channel's mark.

The network is PP-OCRv6's small detector (PaddleOCR, Apache-2.0), as the package `rapidocr` ships
it; of that package only this file is used, so that nothing is ever fetched. It answers with a map
of how likely each pixel lies in the core of a line: Liao et al., "Real-time scene text detection
with differentiable binarization", AAAI 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from animstudio.kernel.errors import MissingExtra, WorkFailed
from animstudio.kernel.files import sha256
from animstudio.media.imaging import patches
from animstudio.media.resample import resample
from animstudio.media.views import Bytes

EXTRA: Final = "text"
FILE: Final = "models/PP-OCRv6_det_small.onnx"
SIDE: Final = 640
"""Pixels of the longer side at which a picture is looked at: a subtitle is some 15 high there."""
STEP: Final = 32
"""Sides are multiples of it, as the network halves them five times."""
CORE: Final = 0.3
"""Likelihood from which a pixel lies in a line's core."""
SURE: Final = 0.75
"""Mean likelihood that a line has at least."""
TALL: Final = 0.05
"""Height of a line's core, as a share of the picture's shorter side, from which it must be surer,
and found at `AGAIN` too: the network takes a figure that stands alone for a letter."""
SURER: Final = 0.93
AGAIN: Final = 256
"""Pixels of the longer side at which a title still reads, and most figures are none any more."""
TALLEST: Final = 0.35
WIDE: Final = 1.8
"""How many times longer than high a line is at least. Eyes and wheels are not; nor are limbs, for
the sake of which text that runs downwards does not count."""
GROWN: Final = 1.6
"""By which share of area / outline a core is grown to its line (the paper's unclipping)."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text: its box as shares of the picture's width and height, and how sure it is."""

    x: float
    y: float
    width: float
    height: float
    score: float

    def is_one_of(self, others: list[TextLine]) -> bool:
        """Return whether it is sure, and has half of the area of one of the others."""
        return self.score >= SURER and any(
            self._shared(other) >= 0.5 * other.width * other.height for other in others
        )

    def _shared(self, other: TextLine) -> float:
        wide = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        tall = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0.0, wide) * max(0.0, tall)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A line, and how high its core is as a share of the picture's shorter side."""

    line: TextLine
    tall: float


@dataclass(frozen=True)
class TextFinder:
    """Finds lines of text; may be asked by several threads at once."""

    weights: Path

    def lines(self, picture: Bytes) -> list[TextLine]:
        """Return the lines of text in a BGR picture (h, w, 3)."""
        found = self._seen(picture, SIDE)
        if any(one.tall > TALL for one in found):
            again = [one.line for one in self._seen(picture, AGAIN)]
            found = [one for one in found if one.tall <= TALL or one.line.is_one_of(again)]
        return [one.line for one in found]

    def _seen(self, picture: Bytes, side: int) -> list[_Seen]:
        likely = self._likelihood(picture, side)
        tall, wide = likely.shape
        found = []
        for one in patches(likely > CORE):
            score = float(likely[one.pixels].mean())
            if is_line(one.width, one.height, min(tall, wide), score):
                grow = GROWN * one.width * one.height / (2 * (one.width + one.height))
                left, top = max(0.0, one.x - grow), max(0.0, one.y - grow)
                right = min(wide, one.x + one.width + grow)
                below = min(tall, one.y + one.height + grow)
                line = TextLine(left / wide, top / tall, (right - left) / wide,
                                (below - top) / tall, round(score, 3))  # fmt: skip
                found.append(_Seen(line, one.height / min(tall, wide)))
        return found

    def _likelihood(self, picture: Bytes, side: int) -> NDArray[np.float32]:
        tall, wide = picture.shape[:2]
        less = min(1.0, side / max(tall, wide))
        size = tuple(max(STEP, round(length * less / STEP) * STEP) for length in (tall, wide))
        small = resample(picture, (size[0], size[1])).astype(np.float32) / 127.5 - 1
        batch = np.ascontiguousarray(small.transpose(2, 0, 1)[None])
        name = self._session.get_inputs()[0].name
        return np.asarray(self._session.run(None, {name: batch})[0][0, 0], np.float32)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # pictures of many sizes would each keep their own
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                str(self.weights), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has a type of its own for every failure
            raise WorkFailed(
                f"{self.weights}: the text detector cannot be read: {error}",
                hint="pip install --force-reinstall rapidocr",
            ) from error


def is_line(width: int, height: int, shorter: int, score: float) -> bool:
    """Return whether a patch of likely pixels is a line of text, and not a thing like a letter.

    `width` and `height` are the patch's and `shorter` the picture's shorter side, in pixels.
    """
    if min(width, height) < 3 or score < SURE:
        return False
    return width >= WIDE * height and height <= TALLEST * shorter


def text_share(lines: list[TextLine]) -> float:
    """Return the share of the picture that lines of text cover, 0-1."""
    return min(1.0, sum(one.width * one.height for one in lines))


def text_weights() -> Path | None:
    """Return the network's file, None where the extra `text` is not installed."""
    found = find_spec("rapidocr")  # looks only: importing it would set up logging, and more
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).parent / FILE
    return file if file.is_file() else None


def build_text_finder() -> TextFinder:
    """Return the finder of text. Raises MissingExtra where its package is not installed."""
    weights = text_weights()
    if weights is None:
        raise MissingExtra("finding text in pictures", EXTRA)
    return _loaded(weights)


@lru_cache(maxsize=1)
def _loaded(weights: Path) -> TextFinder:
    return TextFinder(weights)


def text_digest() -> str | None:
    """Return the digest of the network's weights, None where they are not there."""
    weights = text_weights()
    return None if weights is None else sha256(weights)
