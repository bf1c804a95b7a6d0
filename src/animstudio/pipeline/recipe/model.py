"""What a recipe is once it is read: stages in an order in which they can run, typed leaves.

What ``foreach`` goes through has a name, ``item`` unless ``as`` gives another, and ``{item}`` is
one of it:

foreach over a list or glob   ``{item}`` is the value; of a map in the list also ``{item.key}``.
foreach: "{shots.files}"      the same, once ``shots`` as a whole stands.
foreach: "{shots}"            a *flow*: done for every item of ``shots`` as soon as that one stands,
                              while others are still made. ``{item.name}`` and ``{item.outputs}``
                              are its name and its files, ``{item.x}`` is what it alone came to.

``{matrix.key}`` is one value of the stage's own matrix. A stage done for several is a list to
those after it, ``{shots.folder}`` the list of all folders; unless both flow from the same items:
then it is its counterpart's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from animstudio.kernel.spec import canonical_json
from animstudio.kernel.work import Resources

Value = Any
"""A JSON scalar, list or map with `Reference` and `Text` leaves."""

MATRIX = "matrix"
"""The name that ``{matrix.key}`` is bound to."""

ITEM = "item"
"""The name that ``{item}`` is bound to, unless ``foreach`` names another."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count characters from 1."""

    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """``{stage.output}``, or what ``foreach`` and ``matrix`` bind; `output` is "" for ``{item}``.

    As a whole value it keeps its type, inside a text it is formatted.
    """

    stage: str
    output: str
    mark: Mark = field(default_factory=Mark, repr=False)

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

    def __str__(self) -> str:
        return canonical_json(self.value)


@dataclass(frozen=True, slots=True)
class Compare:
    """``left op right``; `op` is one of ==, !=, <, <=, >, >=, in, not in."""

    op: str
    left: Condition
    right: Condition
    mark: Mark = field(default_factory=Mark, repr=False)

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


@dataclass(frozen=True, slots=True)
class Not:
    """``not part``."""

    part: Condition

    def __str__(self) -> str:
        return f"not ({self.part})"


@dataclass(frozen=True, slots=True)
class All:
    """``part and part ...``."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """``part or part ...``."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(f"({part})" for part in self.parts)


Condition = Constant | Reference | Compare | Not | All | Either


@dataclass(frozen=True, slots=True)
class Foreach:
    """What a stage is done for, each time under `name`; one of the three is given.

    items:     a list that stands in the recipe.
    glob:      a pattern; relative ones are looked for in `folder`.
    reference: a list that another stage makes, or with no output, that stage's own items.
    """

    name: str = ITEM
    mark: Mark = field(default_factory=Mark, repr=False)
    items: tuple[object, ...] | None = None
    glob: str | None = None
    folder: Path = Path()
    reference: Reference | None = None

    @property
    def flows_from(self) -> str | None:
        """The stage that is gone through item by item, each as soon as it stands."""
        whole = self.reference is not None and not self.reference.output
        return self.reference.stage if self.reference and whole else None


@dataclass(frozen=True, slots=True)
class StageNode:
    """One stage: what it does, with which options, after which others.

    config:     as written, parameters filled in; references are leaves.
    depends_on: declared, then implied by references, each in recipe order.
    needs:      what one item needs; none: what its type says.
    timeout:    seconds for one attempt of one item.
    temp:       whether its results may go once every consumer has committed.
    """

    id: str
    type: str
    config: Mapping[str, Value] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    mark: Mark = field(default_factory=Mark)
    foreach: Foreach | None = None
    matrix: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    when: Condition | None = None
    needs: Resources | None = None
    timeout: float | None = None
    retries: int = 0
    on_failure: Literal["stop", "continue"] = "continue"
    temp: bool = False

    @property
    def fans_out(self) -> bool:
        """Whether it is done several times, so that others see each output as a list."""
        return self.foreach is not None or bool(self.matrix)

    @property
    def flows_from(self) -> str | None:
        """The stage whose items it is done for, each as soon as it stands."""
        return self.foreach.flows_from if self.foreach else None

    @property
    def is_expanded(self) -> bool:
        """Whether one part of it is several to those after it, each with its own options."""
        return bool(self.matrix) or (self.foreach is not None and not self.flows_from)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A checked recipe; `stages` stand in an order in which they can run, as written else.

    source: the file it was read from.
    folder: the project; relative paths are relative to it.
    """

    name: str
    version: int
    stages: tuple[StageNode, ...]
    params: Mapping[str, object] = field(default_factory=dict)
    source: Path | None = None
    folder: Path = field(default_factory=Path)

    @property
    def modules(self) -> tuple[Path, ...]:
        """Where Python modules of a recipe are looked for: beside it, then in the project."""
        return modules_of(self.source, self.folder)


def modules_of(source: Path | None, folder: Path) -> tuple[Path, ...]:
    """Return where modules of a recipe are looked for; see `Recipe.modules`."""
    beside = [source.absolute().parent] if source else []
    return tuple(dict.fromkeys([*beside, folder.absolute()]))
