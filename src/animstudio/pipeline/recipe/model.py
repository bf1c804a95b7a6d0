"""A recipe that was read and checked: stages in an order in which they can run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from animstudio.kernel.work import Resources


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something stands in a recipe's file; line and column begin at 1."""

    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """``{stage.output}``: what another stage came to. ``{item.output}``: of this item's source."""

    stage: str
    output: str
    mark: Mark = field(default_factory=Mark)


@dataclass(frozen=True, slots=True)
class Text:
    """A text with references in it."""

    parts: tuple[str | Reference, ...]


@dataclass(frozen=True, slots=True)
class StageNode:
    """A stage of a recipe."""

    id: str
    type: str
    config: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    foreach: Any = None
    matrix: Mapping[str, Sequence[Any]] | None = None
    when: Any = None
    needs: Resources | None = None
    timeout: float | None = None
    retries: int = 0
    on_failure: Literal["stop", "continue"] = "continue"
    temp: bool = False
    mark: Mark = field(default_factory=Mark)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A pipeline; every stage stands behind those it depends on."""

    name: str
    version: int
    stages: tuple[StageNode, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    source: Path | None = None
    folder: Path = field(default_factory=Path)


def resolve(config: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """Replace references by what their stages came to; a list of results gives a list."""
    return {name: _resolve(value, results) for name, value in config.items()}


def _resolve(value: Any, results: Mapping[str, Any]) -> Any:
    match value:
        case Reference():
            found = results[value.stage]
            if isinstance(found, list):
                return [getattr(one, value.output) for one in found]
            return getattr(found, value.output)
        case Text():
            return "".join(str(_resolve(part, results)) for part in value.parts)
        case Mapping():
            return {name: _resolve(one, results) for name, one in value.items()}
        case list() | tuple():
            return [_resolve(one, results) for one in value]
    return value


def expand(node: StageNode, results: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the label and the resolved options of every variant that `foreach` and `matrix` ask.

    A variable is referred to as ``{each.name}``; `foreach` over items is the engine's affair.
    """
    axes = dict(node.matrix or {})
    if isinstance(node.foreach, Mapping) and "items" not in node.foreach:
        axes |= _resolve(node.foreach, results)
    if not axes:
        return [("", resolve(node.config, results))]
    found = []
    for values in itertools.product(*axes.values()):
        each = type("Each", (), dict(zip(axes, values, strict=True)))
        label = ",".join(f"{n}={v}" for n, v in zip(axes, values, strict=True))
        found.append((label, resolve(node.config, _With(results, each))))
    return found


class _With(Mapping[str, Any]):
    """Results, and a variant's variables under the name ``each``."""

    def __init__(self, results: Mapping[str, Any], each: Any) -> None:
        self._results, self._each = results, each

    def __getitem__(self, name: str) -> Any:
        return self._each if name == "each" else self._results[name]

    def __iter__(self) -> Any:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)


def references(value: Any) -> set[str]:
    """Return the names of the stages that a value refers to."""
    match value:
        case Reference():
            return {value.stage}
        case Text():
            return {part.stage for part in value.parts if isinstance(part, Reference)}
        case Mapping():
            return set().union(*(references(one) for one in value.values()))
        case list() | tuple():
            return set().union(*(references(one) for one in value))
    return set()
