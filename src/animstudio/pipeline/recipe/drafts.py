"""A stage as it was read, before it is known whether it fits the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.model import Condition, Foreach, Reference
from animstudio.pipeline.recipe.nodes import Node, Scalar
from animstudio.pipeline.recipe.resources import Resources

NO_NEEDS: Final = Resources()
"""Shared by the many stages that say nothing of it."""


@dataclass(slots=True, eq=False)
class Draft:
    """A stage's fields with where they stand.

    declared:   what `depends_on` names.
    references: every reference of config, foreach and when.
    """

    id: str
    type: str
    node: nodes.Mapping
    place: Scalar
    declared: list[Scalar] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    foreach: Foreach | None = None
    items: Node | None = None
    matrix: dict[str, tuple[object, ...]] = field(default_factory=dict)
    when: Condition | None = None
    needs: Resources = NO_NEEDS
    timeout: float | None = None
    retries: int = 0
    on_failure: Literal["stop", "continue"] = "continue"
    temp: bool = False

    @property
    def subject(self) -> str:
        """The stage as a sentence begins with it."""
        return f"stage '{self.id}'"

    @property
    def fans_out(self) -> bool:
        """Whether it is done several times."""
        return self.foreach is not None or bool(self.matrix)
