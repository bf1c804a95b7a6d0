"""What the reader has to know of a stage type; the catalog's entries are of this kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import BaseModel

from animstudio.kernel.spec import Spec


class StageType(Protocol):
    """A kind of stage: its name, its options, and what it leaves for others."""

    @property
    def name(self) -> str:
        """The word that stands after ``type:``."""

    @property
    def summary(self) -> str:
        """One line for people."""

    @property
    def in_recipes(self) -> bool:
        """Whether a pipeline can run it."""

    @property
    def has_items(self) -> bool:
        """Whether it may fall into several items, which others can go on with one by one."""

    @property
    def declares(self) -> str:
        """The option whose names are all that its result has; empty: the class says what it has."""

    def load_spec(self) -> type[Spec]:
        """Return the class of ``config:``."""

    def load_result(self) -> type[BaseModel]:
        """Return the class of what it makes; its fields are what ``{stage.output}`` can name."""

    def load_models(self) -> Callable[[Any], Mapping[str, str]] | None:
        """Return what says which weights it needs, and refuses where they are missing."""
