"""A shot's camera as a small drawing and in words."""

from __future__ import annotations

from math import cos, hypot, radians, sin

from animstudio.film.report.facts import Camera
from animstudio.film.report.words import GAP, plain
from animstudio.kernel.markup import Markup, element

FAINT_SHIFT, FAINT_ZOOM, FAINT_ROLL = 0.01, 0.02, 0.5
"""Below these (frame widths, factor beyond 1, degrees) a part of a move is not drawn."""
LONG_SHIFT = 0.5
"""A move of this many frame widths, or more, has the longest arrow."""


def camera_mark(camera: Camera) -> Markup:
    """Return the drawing: the frame, and an arrow for each part of the move.

    An arrow across for pan and tilt (its way and roughly its length), corners that close in
    or open for a zoom, an arc for a roll, a dot for a camera that stands still.
    """
    parts: list[Markup] = []
    if camera.get("kind") != "static":
        parts = [*_zoom(camera), *_shift(camera), *_roll(camera)]
    if not parts:
        parts = [element("circle", r="2", class_="still")]
    frame = element("rect", x="-17", y="-10", width="34", height="20", rx="2", class_="frame")
    return element(
        "svg",
        frame,
        parts,
        viewBox="-22 -22 44 44",
        class_="camera-mark",
        aria_hidden="true",
        focusable="false",
    )


def camera_words(camera: Camera) -> tuple[str, str]:
    """Return what the camera does, and how: ``("pan right", "smooth, 0.12 widths/s")``."""
    kind, direction = camera.get("kind", ""), camera.get("direction", "")
    what = plain(kind)
    if direction and direction not in ("none", kind):
        what = f"{what} {plain(direction)}".strip()
    how = []
    style = camera.get("style", "")
    if style and style != kind:
        how.append(plain(style))
    if kind != "static" and camera.get("speed"):
        how.append(f"{camera['speed']:.2g}{GAP}widths/s")
    if abs(camera.get("zoom", 1.0) - 1) >= FAINT_ZOOM:
        how.append(f"zoom{GAP}{camera['zoom']:.2f}×")
    if abs(camera.get("roll", 0.0)) >= FAINT_ROLL:
        how.append(f"roll{GAP}{camera['roll']:.1f}°")
    return what or "unknown", ", ".join(how)


def _shift(camera: Camera) -> list[Markup]:
    dx, dy = camera.get("dx", 0.0), camera.get("dy", 0.0)
    far = hypot(dx, dy)
    if far < FAINT_SHIFT:
        return []
    x, y = dx / far, dy / far
    reach = 7 + 8 * min(1.0, far / LONG_SHIFT)
    return [_arrow(-x * reach, -y * reach, x * reach, y * reach)]


def _zoom(camera: Camera) -> list[Markup]:
    zoom = camera.get("zoom", 1.0)
    if abs(zoom - 1) < FAINT_ZOOM:
        return []
    corners = [(sx, sy) for sx in (-1, 1) for sy in (-1, 1)]
    if zoom > 1:
        return [_arrow(sx * 15, sy * 8.5, sx * 7, sy * 4, head=3.2) for sx, sy in corners]
    return [_arrow(sx * 7, sy * 4, sx * 15, sy * 8.5, head=3.2) for sx, sy in corners]


def _roll(camera: Camera) -> list[Markup]:
    roll = camera.get("roll", 0.0)
    if abs(roll) < FAINT_ROLL:
        return []
    way, radius = (1, 17.5) if roll > 0 else (-1, 17.5)
    start, end = radians(-90 - 50 * way), radians(-90 + 50 * way)
    x, y = radius * cos(end), radius * sin(end)
    arc = (
        f"M{radius * cos(start):.1f},{radius * sin(start):.1f}"
        f"A{radius},{radius} 0 0 {1 if way > 0 else 0} {x:.1f},{y:.1f}"
    )
    return [element("path", d=arc + _head(x, y, -sin(end) * way, cos(end) * way, 4))]


def _arrow(x0: float, y0: float, x1: float, y1: float, head: float = 4.5) -> Markup:
    far = hypot(x1 - x0, y1 - y0)
    shaft = f"M{x0:.1f},{y0:.1f}L{x1:.1f},{y1:.1f}"
    return element("path", d=shaft + _head(x1, y1, (x1 - x0) / far, (y1 - y0) / far, head))


def _head(x: float, y: float, ux: float, uy: float, size: float) -> str:
    """Return the two strokes of an arrow's head at (x, y) that points along (ux, uy)."""
    left = (x - size * (ux - 0.8 * uy), y - size * (uy + 0.8 * ux))
    right = (x - size * (ux + 0.8 * uy), y - size * (uy - 0.8 * ux))
    return f"M{left[0]:.1f},{left[1]:.1f}L{x:.1f},{y:.1f}L{right[0]:.1f},{right[1]:.1f}"
