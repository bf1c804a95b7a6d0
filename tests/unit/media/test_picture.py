"""Pictures as they are meant to be seen: colours, ranges, depths, shapes, sizes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from animstudio.media.decode import Decoder
from animstudio.media.geometry import Geometry
from animstudio.media.picture import Picture
from animstudio.media.probe import probe
from animstudio.media.threads import single_threaded
from animstudio.media.tone import tone_map

from .drawn import Drawn, draw, mux

PATCHES = [
    (255, 255, 255), (0, 0, 0), (128, 128, 128), (255, 0, 0),
    (0, 255, 0), (0, 0, 255), (200, 150, 30), (40, 90, 160),
]  # fmt: skip
"""RGB of eight patches, four in each of two rows."""

KR_KB = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""Luma weights of red and blue by FFmpeg's number of the matrix."""


ROUGH = 6
"""Levels that FFmpeg's quick conversion may be off when a test's RGB picture is written as YUV."""


def patches(width: int = 320, height: int = 192) -> NDArray[np.uint8]:
    """Draw the patches, RGB (h, w, 3)."""
    picture = np.zeros((height, width, 3), np.uint8)
    for number, colour in enumerate(PATCHES):
        row, column = divmod(number, 4)
        picture[row * height // 2 : (row + 1) * height // 2,
                column * width // 4 : (column + 1) * width // 4] = colour  # fmt: skip
    return picture


def worst(bgr: NDArray[np.uint8], expected: NDArray[np.uint8] | None = None) -> float:
    """Return by how many levels a patch is off at the most."""
    height, width = bgr.shape[:2]
    expected = patches(width, height) if expected is None else expected
    off = 0.0
    for number in range(8):
        row, column = divmod(number, 4)
        y, x = round((row + 0.5) * height / 2), round((column + 0.5) * width / 4)
        inside = slice(y - height // 16, y + height // 16), slice(x - width // 16, x + width // 16)
        is_, should = bgr[inside][..., ::-1].mean((0, 1)), expected[inside].mean((0, 1))
        off = max(off, float(np.abs(is_ - should).max()))
    return off


def coded(form: str, matrix: int, full: bool) -> av.VideoFrame:
    """Return the patches as YUV, by the textbook (ITU-R BT.601, BT.709, BT.2020)."""
    bits = int(form.removesuffix("le").rpartition("p")[2] or 8)
    across, down = {"420": (2, 2), "422": (2, 1), "444": (1, 1), "410": (4, 4)}[form[3:6]]
    red, green, blue = np.moveaxis(patches() / 255, 2, 0)
    kr, kb = KR_KB[matrix]
    y = kr * red + (1 - kr - kb) * green + kb * blue
    u, v = (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)
    unit, top = 2 ** (bits - 8), 2**bits - 1
    if full:
        planes = y * top, u * top + 128 * unit, v * top + 128 * unit
    else:
        planes = (16 + 219 * y) * unit, (128 + 224 * u) * unit, (128 + 224 * v) * unit
    frame = av.VideoFrame(320, 192, form)
    for number, (plane, values) in enumerate(zip(frame.planes, planes, strict=True)):
        samples = values if number == 0 else values[::down, ::across]
        rows = np.frombuffer(plane, np.uint8 if bits == 8 else np.uint16).reshape(plane.height, -1)
        rows[:, : plane.width] = np.clip(samples + 0.5, 0, top)
    return frame


def first(path: Path) -> Picture:
    return next(Decoder(probe(path)).pictures())


FFV1 = Drawn(".mkv", codec="ffv1", options={})


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize("form", ["yuv420p", "yuv420p10le"])
def test_named_colours_are_right(tmp_path: Path, form: str, matrix: int, full: bool):
    tags = {"colorspace": matrix, "color_range": 2 if full else 1}
    film = mux(tmp_path / "a.mkv", replace(FFV1, form=form, tags=tags), [coded(form, matrix, full)])
    picture = first(film)
    assert worst(picture.bgr()) <= 3
    luma = picture.views().luma
    assert [int(luma[40, x]) for x in (40, 120)] == [255, 0]
    assert abs(int(luma[40, 200]) - 128) <= 1


@pytest.mark.parametrize("form", ["yuv422p", "yuv444p", "yuv410p", "yuv422p10le", "yuv444p12le"])
def test_other_planes(tmp_path: Path, form: str):
    film = replace(FFV1, form=form, tags={"colorspace": 1, "color_range": 1})
    assert worst(first(mux(tmp_path / "a.mkv", film, [coded(form, 1, False)])).bgr()) <= 3


@pytest.mark.parametrize(
    ("size", "matrix"), [((320, 192), 5), ((768, 576), 5), ((1280, 536), 1), ((1920, 1080), 1)]
)
def test_unnamed_colours_follow_the_size(tmp_path: Path, size: tuple[int, int], matrix: int):
    """Standard definition is BT.601; a cinema film of 1280 by 536 is not."""
    frame = coded("yuv420p", matrix, False).reformat(*size, interpolation="POINT")
    film = mux(tmp_path / "a.mkv", FFV1, [frame])
    assert worst(first(film).bgr()) <= 3


@pytest.mark.parametrize(
    ("suffix", "codec", "form", "levels"),
    [
        (".mkv", "ffv1", "bgr0", 1),
        (".mkv", "ffv1", "gbrp10le", 1),
        (".mkv", "ffv1", "yuva420p", ROUGH),
        (".mov", "png", "rgb24", 0),
        (".mov", "png", "rgba", 0),
        (".mov", "prores_ks", "yuv422p10le", 3),
        (".avi", "rawvideo", "bgr24", 0),
        (".avi", "rawvideo", "rgb555le", 8),
        (".mov", "rawvideo", "uyvy422", 3),
        (".avi", "mjpeg", "yuvj420p", 6),
        (".gif", "gif", "rgb8", 40),
    ],
)
def test_other_pixels(tmp_path: Path, suffix: str, codec: str, form: str, levels: int):
    picture = np.ascontiguousarray(patches()[..., ::-1])
    film = draw(
        tmp_path / f"a{suffix}", Drawn(suffix, codec=codec, form=form, options={}), [picture]
    )
    seen = first(film)
    assert worst(seen.bgr()) <= levels
    views = seen.views()
    assert worst(views.colour) <= max(levels, 4)
    assert {views.fine.dtype, views.luma.dtype, views.colour.dtype} == {np.dtype(np.uint8)}


@pytest.mark.parametrize("form", ["gray", "gray10le", "gray16le", "ya8", "monob"])
def test_grey_films(tmp_path: Path, form: str):
    codec, suffix = ("png", ".mov") if form == "monob" else ("ffv1", ".mkv")
    grey = np.zeros((192, 320, 3), np.uint8)
    grey[:, 80:160], grey[:, 160:] = 255, 128 if form != "monob" else 255
    film = draw(tmp_path / f"a{suffix}", Drawn(suffix, codec, form, options={}), [grey])
    seen = first(film).bgr()
    assert seen.shape == (192, 320, 3)
    assert [int(seen[96, x, 0]) for x in (40, 120)] == [0, 255]
    assert np.abs(seen[96, 240].astype(int) - grey[96, 240]).max() <= 1


def test_a_palette(tmp_path: Path):
    frame = av.VideoFrame(320, 192, "pal8")
    colours = np.array([(b, g, r, 255) for r, g, b in PATCHES], np.uint8)
    np.frombuffer(frame.planes[1], np.uint8)[:32] = colours.ravel()
    index = np.arange(8).reshape(2, 4).repeat(96, 0).repeat(80, 1)
    np.frombuffer(frame.planes[0], np.uint8).reshape(192, -1)[:, :320] = index
    film = Drawn(".avi", codec="msrle", form="pal8", options={})
    assert worst(first(mux(tmp_path / "a.avi", film, [frame])).bgr()) <= 3


@pytest.mark.parametrize(
    ("width", "height", "codec", "form"),
    [
        (161, 97, "libx264", "yuv444p"), (161, 97, "ffv1", "yuv420p"), (2, 2, "libx264", "yuv420p"),
        (16, 16, "libx264", "yuv420p"), (1, 1, "ffv1", "yuv420p"), (90, 160, "libx264", "yuv420p"),
        (640, 2, "libx264", "yuv420p"), (2, 400, "libx264", "yuv420p"),
    ],
)  # fmt: skip
def test_odd_sizes(tmp_path: Path, width: int, height: int, codec: str, form: str):
    options = {"qp": "0"} if codec == "libx264" else {}
    grey = np.full((height, width, 3), 100, np.uint8)
    seen = first(draw(tmp_path / "a.mkv", Drawn(".mkv", codec, form, options), [grey, grey]))
    assert seen.bgr().shape == grey.shape
    assert_small_and_grey(seen)


def test_a_tiny_picture_of_ten_bits(tmp_path: Path):
    """Its planes are written as they are: FFmpeg's conversion to ten bits misreads such rows."""
    frame = av.VideoFrame(6, 8, "yuv422p10le")
    for plane, level in zip(frame.planes, (408, 512, 512), strict=True):
        plane.update(np.full(plane.buffer_size // 2, level, np.uint16))
    film = Drawn(".mkv", "ffv1", "yuv422p10le", {})
    seen = first(mux(tmp_path / "a.mkv", film, [frame]))
    assert seen.bgr().shape == (8, 6, 3)
    assert_small_and_grey(seen)


def assert_small_and_grey(seen: Picture) -> None:
    views = seen.views()
    assert views.luma.ndim == 2 and views.colour.ndim == 3
    assert max(views.luma.shape) <= 320 and max(views.colour.shape) <= 160
    assert np.abs(seen.bgr().astype(int) - 100).max() <= ROUGH
    assert np.abs(views.luma.astype(int) - 100).max() <= ROUGH


@pytest.mark.parametrize("aspect", [Fraction(4, 3), Fraction(2, 3), Fraction(16, 11)])
def test_a_circle_is_round(tmp_path: Path, aspect: Fraction):
    y, x = np.mgrid[:192, :320]
    disc = ((x - 160) * float(aspect)) ** 2 + (y - 96.0) ** 2 < 60**2
    picture = np.where(disc[..., None], 255, 40).astype(np.uint8).repeat(3, 2)
    film = Drawn(".mkv", tags={"sample_aspect_ratio": aspect})
    seen = first(draw(tmp_path / "a.mkv", film, [picture]))
    for view, size in ((seen.bgr()[..., 1], seen.geometry.display_size), (seen.views().luma, None)):
        rows, columns = np.nonzero(view > 128)
        assert np.ptp(rows) + 1 == pytest.approx(np.ptp(columns) + 1, rel=0.03)
        assert size is None or view.shape[::-1] == size


@pytest.mark.parametrize(
    ("turn", "corner"),
    [
        ((0, False, False), "top left"), ((90, False, False), "bottom left"),
        ((180, False, False), "bottom right"), ((270, False, False), "top right"),
        ((0, True, False), "top right"), ((0, False, True), "bottom left"),
        ((90, True, False), "bottom right"), ((90, False, True), "top left"),
    ],
)  # fmt: skip
def test_pictures_stand_upright(tmp_path: Path, turn: tuple[int, bool, bool], corner: str):
    """`turn` is what FFmpeg's own writer is asked for: mirror, then turn against the clock."""
    picture = np.full((96, 160, 3), 40, np.uint8)
    picture[:30, :40] = 230
    turned = np.rot90(_mirrored(picture, *turn[1:]), turn[0] // 90)
    seen = first(draw(tmp_path / "a.mp4", Drawn(".mp4", turn=turn), [picture, picture]))
    where = _corner(seen.bgr())
    assert seen.bgr().shape == turned.shape
    assert where == _corner(seen.views().colour) == corner


def _mirrored(picture: NDArray[np.uint8], hflip: bool, vflip: bool) -> NDArray[np.uint8]:
    return picture[:: -1 if vflip else 1, :: -1 if hflip else 1]


def _corner(picture: NDArray[np.uint8]) -> str:
    rows, columns = np.nonzero(picture[..., 0] > 150)
    height, width = picture.shape[:2]
    upper, left = rows.mean() < height / 2, columns.mean() < width / 2
    return f"{'top' if upper else 'bottom'} {'left' if left else 'right'}"


@pytest.mark.parametrize(("transfer", "number"), [("pq", 16), ("hlg", 18)])
def test_high_dynamic_range_keeps_its_tones(tmp_path: Path, transfer: str, number: int):
    """White of 203 cd/m2 is white, mid grey is no black, and neither has a tint."""
    codes = {"pq": [0, 0.44, 0.5807], "hlg": [0, 0.5, 0.75]}[transfer]  # 0, ~50, 203 cd/m2
    frame = av.VideoFrame(320, 192, "yuv420p10le")
    luma = np.repeat([round((16 + 219 * code) * 4) for code in codes], [100, 100, 120])
    for plane, values in zip(frame.planes, (luma, 512, 512), strict=True):
        rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)
        rows[:, : plane.width] = values
    tags = {"color_trc": number, "color_primaries": 9, "colorspace": 9, "color_range": 1}
    film = mux(tmp_path / "a.mkv", replace(FFV1, form="yuv420p10le", tags=tags), [frame])
    seen = first(film)
    bgr, views = seen.bgr(), seen.views()
    black, grey, white = (bgr[96, x].astype(int) for x in (40, 150, 280))
    assert black.max() <= 1
    assert grey.min() >= 110 and grey.max() <= 150
    assert white.min() >= 222 and white.max() <= 236
    assert max(np.ptp(grey), np.ptp(white)) <= 2
    shown = views.luma[views.luma.shape[0] // 2]
    assert [
        abs(int(shown[x]) - tone) <= 3 for x, tone in ((40, 0), (150, grey[1]), (280, white[1]))
    ]


def test_a_film_that_changes_its_size(tmp_path: Path):
    """Joined recordings: every picture has the size of the first."""
    how = Drawn(".ts", codec="mpeg2video", options={"g": "6"})
    grey = [np.full((96, 160, 3), 90, np.uint8)] * 6
    large = [np.full((144, 240, 3), 160, np.uint8)] * 6
    joined = tmp_path / "joined.ts"
    first_part = draw(tmp_path / "a.ts", how, grey).read_bytes()
    joined.write_bytes(first_part + draw(tmp_path / "b.ts", how, large).read_bytes())
    pictures = list(Decoder(probe(joined)).pictures())
    assert {picture.bgr().shape for picture in pictures} == {(96, 160, 3)}
    assert {picture.views().luma.shape for picture in pictures} == {(96, 160)}
    assert [round(float(pictures[i].bgr().mean()), -1) for i in (0, -1)] == [90, 160]


@pytest.mark.parametrize("forms", [("yuv420p", "yuv420p10le"), ("yuv422p10le", "yuv420p")])
def test_a_film_that_changes_its_bits(tmp_path: Path, forms: tuple[str, str]):
    """Joined recordings: each picture is read as it is, and not as the first one was."""
    ramp = np.tile(np.linspace(0, 255, 160, dtype=np.uint8), (96, 1))
    joined = tmp_path / "joined.ts"
    options = {"g": "6", "qp": "4"}
    joined.write_bytes(b"".join(
        draw(tmp_path / f"{form}.ts", Drawn(".ts", "libx264", form, options),
             [np.dstack([ramp] * 3)] * 6).read_bytes()
        for form in forms
    ))  # fmt: skip
    pictures = list(Decoder(probe(joined)).pictures())
    assert {pictures[at].frame.format.name for at in (0, -1)} == set(forms)
    for picture in pictures:
        views = picture.views()
        assert np.abs(views.luma.astype(int) - ramp).max() <= ROUGH
        assert np.abs(views.colour.astype(int) - ramp[..., None]).max() <= 2 * ROUGH


def test_a_picture_that_is_converted_starts_no_threads():
    """FFmpeg would start some for every picture that is kept."""
    single_threaded()  # OpenCV's own
    frame = av.VideoFrame.from_ndarray(patches(1920, 1088), format="rgb24")
    picture = Picture(frame, 0, 0, Geometry(1920, 1088, Fraction(1), 0, False, "sdr", 1, False))
    before = set(Path("/proc/self/task").iterdir())
    picture.views()
    picture.bgr()
    assert set(Path("/proc/self/task").iterdir()) <= before


def test_tone_mapping_of_colours_keeps_their_hue():
    """A saturated red far above white is red, not orange and not white."""
    rgb = np.zeros((1, 2, 3), np.uint16)
    rgb[0, 0] = (50_000, 10_000, 10_000)
    rgb[0, 1] = (65_535, 65_535, 65_535)
    red, white = tone_map(rgb, "pq")[0].astype(int)
    assert red[2] > 200 and red[2] > 3 * max(red[0], red[1])
    assert white.tolist() == [255, 255, 255]
