"""Which outputs fit which options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, NewType

import pytest
from pydantic import BaseModel, Field

from animstudio.kernel.spec import EXISTING
from animstudio.pipeline.recipe.resources import Size
from animstudio.pipeline.recipe.shapes import fits, has_path, in_words, shape_of
from tests.unit.pipeline.recipe.stage_types import Cut, Joined


class Style(Enum):
    PLAIN = "plain"


class Node(BaseModel):
    """A model that holds itself."""

    below: list[Node] = Field(default_factory=list)


Folder = NewType("Folder", Path)


@pytest.mark.parametrize(
    ("made", "taken", "expected"),
    [
        (Path, Path, True), (Path, str, True), (str, Path, False), (Path, list[Path], False),
        (list[Path], Path, False), (list[Path], list[Path], True), (list[Path], list[str], True),
        (list[str], list[Path], False), (tuple[Path, ...], list[Path], True),
        (list[Path], Sequence[Path], True), (set[int], list[float], True), (list[int], list, True),
        (int, float, True), (float, int, False), (bool, int, False), (int, bool, False),
        (int, str, False), (str, int, False), (bool, bool, True), (Folder, Path, True),
        (Path | None, Path, True), (Path, Path | None, True), (None, Path, False),
        (Path, Path | list[Path], True), (list[Path], Path | list[Path], True),
        (str, Literal["a", "b"], True), (int, Literal["a"], False), (Literal["a"], str, True),
        (str, Style, True), (Style, str, True), (Style, Style, True), (int, Style, False),
        (dict[str, Path], dict[str, str], True), (dict[str, str], dict[str, Path], False),
        (dict[str, int], Mapping[str, float], True), (Cut, Cut, True), (Cut, Joined, False),
        (Cut, dict[str, Any], True), (dict[str, Any], Cut, True), (Cut, str, False),
        (Any, int, True), (Path, Any, True), (object, int, True), (int, Size, True),
        (Annotated[Path, EXISTING], Annotated[Path | None, EXISTING], True),
    ],
)  # fmt: skip
def test_fits(made: Any, taken: Any, expected: bool) -> None:
    assert fits(shape_of(made), shape_of(taken)) is expected


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (Path, "a path"), (list[Path], "a list of paths"), (int | None, "a whole number"),
        (Path | list[Path], "a path or a list of paths"), (dict[str, float], "a map of numbers"),
        (list[list[str]], "a list of lists of texts"), (Cut, "a map (Cut)"), (Any, "anything"),
        (Literal["a", 1], "text or a whole number"), (Style, "text"), (None, "nothing"),
    ],
)  # fmt: skip
def test_in_words(annotation: Any, words: str) -> None:
    assert in_words(shape_of(annotation)) == words


def test_paths_within() -> None:
    assert has_path(shape_of(dict[str, list[Path | None]]))
    assert not has_path(shape_of(dict[str, list[str]]))
    assert has_path(shape_of(Node))
    assert shape_of(Annotated[Path, EXISTING]).existing
    assert shape_of(list[Annotated[Path, EXISTING]]).choices[0].item.existing  # type: ignore[union-attr]
