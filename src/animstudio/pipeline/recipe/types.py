"""What the reader has to know of a stage type; the catalog's entries are of this kind."""

from __future__ import annotations

from typing import Protocol

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

    def spec(self) -> type[Spec]:
        """Return the class of ``config:``."""

    def result(self) -> type[BaseModel]:
        """Return the class of what it makes; its fields are what ``{stage.output}`` can name."""
