"""Small stage types of the kinds that real ones have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from animstudio.kernel.spec import EXISTING, Spec
from animstudio.pipeline.recipe.types import StageType


class Scales(Spec):
    """Options within options."""

    sizes: list[int] = Field(default_factory=list)
    """Widths in pixels."""
    crop: bool = False
    """Whether bars are cut off."""


class CutSpec(Spec):
    """How a film is cut into frames."""

    film: Annotated[Path, EXISTING]
    """The film, or a folder of them."""
    out: Path = Path("frames")
    """Where frames go."""
    mode: Literal["scene", "interval", "hybrid"] = "scene"
    """Which frames."""
    per_scene: Annotated[int, Field(ge=1, le=100)] = 3
    """Frames a scene."""
    margin: Annotated[float, Field(ge=0, lt=0.5)] = 0.1
    """Share left out."""
    title: str = ""
    """What the film is called."""
    crop: bool = False
    """Whether bars are cut off."""
    scales: Scales = Scales()
    """How frames are scaled."""


class Cut(BaseModel):
    """What cutting leaves."""

    folder: Path
    frames: list[Path]
    count: int
    title: str


class JoinSpec(Spec):
    """What is put together."""

    folders: list[Path]
    """Folders to join."""
    size: int | Literal["auto"] = "auto"
    """Widths in pixels."""
    words: dict[str, str] = Field(default_factory=dict)
    """Captions."""
    first: Path | None = None
    """The first picture."""
    last: Path | None = None
    """The last picture; not without the first."""

    @model_validator(mode="after")
    def _both(self) -> JoinSpec:
        if self.last and not self.first:
            raise ValueError("last needs first")
        return self


class Joined(BaseModel):
    """What joining leaves."""

    path: Path
    lists: list[list[str]] = Field(default_factory=list)


class ToolSpec(Spec):
    """A program."""

    outputs: dict[str, str] = Field(default_factory=dict)
    """What it makes."""


class Tooled(BaseModel):
    """What a program leaves: what its recipe says."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True)
class Kind:
    """A stage type of two classes."""

    name: str
    summary: str
    options: type[Spec]
    makes: type[BaseModel]
    has_items: bool = False
    in_recipes: bool = True
    declares: str = ""

    def load_spec(self) -> type[Spec]:
        return self.options

    def load_result(self) -> type[BaseModel]:
        return self.makes

    def load_models(self) -> None:
        return None


TYPES: Mapping[str, StageType] = {
    "cut": Kind("cut", "Cuts a film.", CutSpec, Cut),
    "tool": Kind("tool", "Runs a program.", ToolSpec, Tooled, declares="outputs"),
    "join": Kind("join", "Puts together.", JoinSpec, Joined),
}
