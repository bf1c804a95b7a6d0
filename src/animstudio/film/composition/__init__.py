"""Composition of a chosen picture: `compose` is the way in."""

from animstudio.film.composition.framing import ShotSize
from animstudio.film.composition.lines import LeadingLine
from animstudio.film.composition.palette import Swatch, film_palette
from animstudio.film.composition.score import Composition, compose
from animstudio.film.composition.spec import CompositionSpec
from animstudio.film.composition.subjects import Subject

__all__ = [
    "Composition",
    "CompositionSpec",
    "LeadingLine",
    "ShotSize",
    "Subject",
    "Swatch",
    "compose",
    "film_palette",
]
