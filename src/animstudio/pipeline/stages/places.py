"""Places in the output folder as a recipe names them: plain, relative, and never out of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def stays_inside(place: str) -> str:
    """Return a place as it is. Raises ValueError where it is none in the output folder."""
    parts = place.split("/")
    if not place:
        raise ValueError("name a file or a folder")
    if place.startswith("/"):
        raise ValueError("it is relative to the output folder, and must not begin with '/'")
    if ".." in parts:
        raise ValueError("it leaves the output folder")
    if parts[0].startswith("~"):
        raise ValueError("'~' is not expanded in a recipe")
    if "" in parts or "." in parts:
        raise ValueError("write it without '.', '//' and '/' at the end")
    if parts[0] == "checkpoints":
        raise ValueError("the studio keeps its own records there")
    if "\0" in place:
        raise ValueError("no path has a NUL in it")
    return place


def stays_inside_if_given(place: str) -> str:
    """Return a place that may be left empty. Raises ValueError as `stays_inside` does."""
    return stays_inside(place) if place else place


OutputPlace = Annotated[str, AfterValidator(stays_inside)]
OutputFolder = Annotated[str, AfterValidator(stays_inside_if_given)]
