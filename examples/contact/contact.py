"""The functions that the recipe beside this file calls."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from animstudio.kernel.work import CorruptInput, Work


def thumbnail(work: Work, input: Path, width: int) -> dict[str, object]:
    """Make a picture small, and tell how large it was."""
    picture = cv2.imread(str(input))
    if picture is None:
        raise CorruptInput(f"{input.name} is no picture")
    high, wide = picture.shape[:2]
    small = cv2.resize(picture, (width, round(high * width / wide)), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(work.draft("thumb.png")), small)
    return {"was": f"{wide}x{high}"}


def sheet(work: Work, inputs: Mapping[str, Path]) -> dict[str, object]:
    """Put all thumbnails side by side."""
    pictures = [cv2.imread(str(path)) for path in sorted(inputs.values())]
    high = max(picture.shape[0] for picture in pictures)
    padded = [np.pad(p, ((0, high - len(p)), (4, 4), (0, 0))) for p in pictures]
    cv2.imwrite(str(work.draft("sheet.png")), np.hstack(padded))
    return {"pictures": len(pictures)}
