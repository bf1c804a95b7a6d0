"""A colour in a word or two, so that people find it: ``#f4d0d9`` is light pink."""

from __future__ import annotations

import colorsys
import re
from typing import Final

_HUES: Final = (
    (15, "red"), (42, "orange"), (70, "yellow"), (165, "green"), (195, "cyan"), (255, "blue"),
    (290, "purple"), (340, "pink"), (361, "red"),
)  # fmt: skip
"""Up to how many degrees of the colour circle a name goes."""


def colour_word(code: str) -> str:
    """Return what people call a colour ``#rrggbb``; the code itself for anything else."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", code):
        return code
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    chroma = max(red, green, blue) - min(red, green, blue)
    if light < 0.09:
        return "black"
    if chroma < 0.07:
        return _grey(light)
    name = next(name for limit, name in _HUES if hue * 360 < limit)
    if name == "orange" and light < 0.45:
        return "brown" if light >= 0.2 else "dark brown"
    if name == "red" and light > 0.7:
        name = "pink"
    shade = "dark " if light < 0.3 else "light " if light > 0.72 else ""
    return f"{shade}{'greyish ' if saturation < 0.2 else ''}{name}"


def _grey(light: float) -> str:
    if light > 0.92:
        return "white"
    return "dark grey" if light < 0.35 else "light grey" if light > 0.7 else "grey"
