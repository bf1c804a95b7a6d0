"""Pictures at other sizes, and second derivatives of luma; thin covers over OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes


def resample(picture: Bytes, size: tuple[int, int]) -> Bytes:
    """Return a picture (h, w) or (h, w, c) at (height, width).

    By area on the way down, which keeps lines; Lanczos on the way up.
    """
    import cv2

    if picture.shape[:2] == size:
        return picture
    smaller = size[0] <= picture.shape[0] and size[1] <= picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(picture, (size[1], size[0]), interpolation=how), np.uint8)


def laplacian(luma: Bytes) -> NDArray[np.float32]:
    """Return the Laplacian (h, w) of luma, 4 neighbours, the border mirrored."""
    import cv2

    return np.asarray(cv2.Laplacian(luma, cv2.CV_32F, ksize=1, borderType=cv2.BORDER_REFLECT))


def noise_response(luma: Bytes) -> NDArray[np.int16]:
    """Return luma filtered by the difference of two Laplacians, blind to edges' slopes.

    Immerkaer, "Fast noise variance estimation", CVIU 64(2), 1996: the mask [1 -2 1; -2 4 -2;
    1 -2 1], whose response to noise of deviation s has the deviation 6 s.
    """
    import cv2

    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    return np.asarray(cv2.filter2D(luma, cv2.CV_16S, kernel, borderType=cv2.BORDER_REFLECT))


def gradient(luma: Bytes, sigma: float = 0.0) -> NDArray[np.float32]:
    """Return the strength (h, w) of luma's slope after a Gaussian blur of `sigma` pixels."""
    import cv2

    plane = cv2.GaussianBlur(luma, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) if sigma else luma
    right = cv2.Sobel(plane, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REFLECT)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.magnitude(right, down))


def cosine_transform(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the two-dimensional DCT-II of a plane with even sides."""
    import cv2

    return np.asarray(cv2.dct(plane))
