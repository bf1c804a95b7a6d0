"""What a stage is: a named piece of work, what runs it, and with which options.

Everything that is loaded for it is named by its import path and loaded when it is asked for, so
that a table of stages costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from animstudio.kernel.closing import Closed
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.spec import Spec
from animstudio.kernel.work import Item, Made, Resources


@dataclass(frozen=True, slots=True)
class Stage:
    """A named piece of work. What is loaded is named by import path, ``module:name``.

    function:  the work as a plain function over typed values, for a notebook.
    spec:      its options.
    version:   raised when the stage's results change.
    needs:     what must have been made before: stages, or the source itself by its own name.
    summary:   one line for people.

    What makes it a stage of pipelines (see `kernel.work`):

    make:      ``make(item, spec, work) -> Made``; none: no pipeline can run it.
    items:     ``items(spec, place) -> [Item, ...]``; none: one item. An item that names no
               inputs depends on all that the stages before it made.
    result:    the frozen model of its typed outputs, to which ``{stage.output}`` refers.
    gather:    ``gather(spec, committed, root) -> result``; none: the only item's facts are it.
    models:    ``models(spec) -> {name: digest}``: the weights that its results depend on.
    resources: what an item needs; a recipe may say otherwise.
    batch:     the RUNTIME option that is halved when memory runs out.
    declares:  the option whose names are all that its result has.
    code:      options that name further code, ``module:name``, which its results depend on.
    apart:     modules that its code loads and that shape no result of its own.

    close:     ``close(spec, closing) -> Closed``, in place of all these: what is done at the end
               of every run, when everything else has ended (see `kernel.closing`).
    """

    name: str
    function: str
    spec: str
    version: int
    needs: tuple[str, ...]
    summary: str
    make: str = ""
    items: str = ""
    result: str = ""
    gather: str = ""
    models: str = ""
    resources: Resources = field(default_factory=Resources)
    batch: str = ""
    declares: str = ""
    code: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    close: str = ""

    @property
    def in_recipes(self) -> bool:
        """Whether a pipeline can run it."""
        return bool(self.make or self.close)

    @property
    def has_items(self) -> bool:
        """Whether it may fall into several items."""
        return bool(self.items)

    def load(self) -> Callable[..., object]:
        """Return the stage's function."""
        return self._callable(self.function)

    def load_make(self) -> Callable[..., Made]:
        """Return what a pipeline calls for each item."""
        if not self.make:
            raise AskedWrongly(f"stage '{self.name}' cannot be run by a pipeline")
        return self._callable(self.make)

    def load_close(self) -> Callable[..., Closed]:
        """Return what a pipeline calls at the end of every run."""
        return self._callable(self.close)

    def load_items(self) -> Callable[..., Sequence[Item]] | None:
        """Return what says which items there are."""
        return self._callable(self.items) if self.items else None

    def load_models(self) -> Callable[..., Mapping[str, str]] | None:
        """Return what says which weights its results depend on."""
        return self._callable(self.models) if self.models else None

    def load_gather(self) -> Callable[..., object]:
        """Return what computes the stage's result from what was committed."""
        if self.gather:
            return self._callable(self.gather)
        model = self.load_result()
        return lambda spec, committed, root: model.model_validate(committed[0].facts)

    def load_spec(self) -> type[Spec]:
        """Return the class of the stage's options."""
        found = _load(self.spec)
        if not (isinstance(found, type) and issubclass(found, Spec)):
            raise WorkFailed(f"stage '{self.name}': {self.spec} is not a Spec")
        return found

    def load_result(self) -> type[BaseModel]:
        """Return the class of the stage's typed outputs; it has none where none is named."""
        found = _load(self.result) if self.result else BaseModel
        if not (isinstance(found, type) and issubclass(found, BaseModel)):
            raise WorkFailed(f"stage '{self.name}': {self.result} is no model")
        return found

    def _callable(self, path: str) -> Callable[..., Any]:
        found = _load(path)
        if not callable(found):
            raise WorkFailed(f"stage '{self.name}': {path} is not a function")
        return found


def _load(path: str) -> object:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
