"""What a recipe is once it is read: stages in an order in which they can run, typed leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from animstudio.pipeline.recipe.resources import Resources

Value = Any
"""A JSON scalar, list or map with `Reference` and `Text` leaves."""

MATRIX = "matrix"
"""The name that ``{matrix.key}`` is bound to."""

ITEM = "item"
"""The name that ``{item}`` is bound to, unless ``foreach`` names another."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count characters from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Reference:
    """``{stage.output}``, or what ``foreach`` and ``matrix`` bind; `output` is "" for ``{item}``.

    As a whole value it keeps its type, inside a text it is formatted.
    """

    stage: str
    output: str
    mark: Mark

    def __str__(self) -> str:
        return f"{{{self.stage}.{self.output}}}" if self.output else f"{{{self.stage}}}"


@dataclass(frozen=True, slots=True)
class Text:
    """A string with references within; of a path, what they bring in may not climb up."""

    parts: tuple[str | Reference, ...]
    is_path: bool = False

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, a parameter, or a list of them, within a condition."""

    value: object


@dataclass(frozen=True, slots=True)
class Compare:
    """``left op right``; `op` is one of ==, !=, <, <=, >, >=, in, not in."""

    op: str
    left: Condition
    right: Condition
    mark: Mark


@dataclass(frozen=True, slots=True)
class Not:
    """``not part``."""

    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    """``part and part ...``."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """``part or part ...``."""

    parts: tuple[Condition, ...]


Condition = Constant | Reference | Compare | Not | All | Either


@dataclass(frozen=True, slots=True)
class Foreach:
    """What a stage is done for, each time under `name`; one of the three is given.

    items:     a list that stands in the recipe.
    glob:      a pattern; relative ones are looked for in `folder`.
    reference: a list that another stage makes, or with no output, that stage's own items.
    """

    name: str
    mark: Mark
    items: tuple[object, ...] | None = None
    glob: str | None = None
    folder: Path = Path()
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class StageNode:
    """One stage: what it does, with which options, after which others.

    config:     as written, parameters filled in; references are leaves.
    depends_on: declared, then implied by references, each in recipe order.
    timeout:    seconds for one attempt of one item.
    temp:       whether its results may go once every consumer has committed.
    """

    id: str
    type: str
    config: Mapping[str, Value]
    depends_on: tuple[str, ...]
    mark: Mark
    foreach: Foreach | None = None
    matrix: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    when: Condition | None = None
    needs: Resources = field(default_factory=Resources)
    timeout: float | None = None
    retries: int = 0
    on_failure: Literal["stop", "continue"] = "continue"
    temp: bool = False

    @property
    def fans_out(self) -> bool:
        """Whether it is done several times, so that others see each output as a list."""
        return self.foreach is not None or bool(self.matrix)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A checked recipe; `stages` stand in an order in which they can run, as written else.

    source: the file it was read from.
    folder: the project; relative paths are relative to it.
    """

    name: str
    version: int
    params: Mapping[str, object]
    stages: tuple[StageNode, ...]
    source: Path | None
    folder: Path
