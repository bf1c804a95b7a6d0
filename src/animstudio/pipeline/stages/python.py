"""The stage type ``python``: a function of the user's, found beside the recipe or installed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.spec import FUNCTION, Spec
from animstudio.kernel.work import Committed, Item, Made, Place, Work
from animstudio.pipeline.stages.declared import Inputs, declared
from animstudio.pipeline.stages.places import OutputFolder
from animstudio.pipeline.stages.printing import printing_to


class PythonSpec(Spec):
    """A function to call: ``function(work, **options)``.

    ``work.drafts`` is an empty folder; every file that it leaves there becomes an output, at the
    same path below `output_dir`. It may return a mapping of facts, or `Made` and say itself
    what its outputs are.
    """

    function: Annotated[str, Field(pattern=r"^[\w.]+:\w+$"), FUNCTION]
    """``module:name``; modules beside the recipe and in the working folder are found."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Its keyword arguments."""
    inputs: Inputs = Field(default_factory=dict)
    """Files, folders and patterns that it reads, relative to the working folder. Given as
    ``inputs``, a mapping by name."""
    each: bool = False
    """Call it once for each input, given as ``input``; all are items of their own."""
    output_dir: OutputFolder = ""
    """Folder in the output folder; none: what the stage is called."""


class PythonResult(BaseModel):
    """Where the outputs lie, all of them, and the facts where there is one item."""

    model_config = ConfigDict(frozen=True, extra="allow")

    output_dir: str
    files: list[str]


def python_items(spec: PythonSpec, place: Place) -> Sequence[Item]:
    """Return the only item, or one for each input."""
    inputs = declared(spec.inputs, place.folder)
    folder = {"folder": spec.output_dir or place.stage}
    if not spec.each:
        return [Item(inputs=inputs, options=folder)]
    return [Item(_item_name(path), {"input": path}, folder) for path in inputs.values()]


def _item_name(path: Path) -> str:
    return path.name


def call_function(item: Item, spec: PythonSpec, work: Work) -> Made:
    """Call it, and take what it left as its outputs. Raises WorkFailed where it left nothing."""
    module, _, name = spec.function.partition(":")
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise WorkFailed(f"{spec.function}: {error}") from error
    given: dict[str, Any] = dict(spec.options)
    if spec.each:
        given["input"] = item.inputs["input"]
    elif spec.inputs:
        given["inputs"] = dict(item.inputs)
    with printing_to(work.log):
        made = function(work, **given)
    if isinstance(made, Made):
        return made
    if made is not None and not isinstance(made, Mapping):
        raise WorkFailed(f"{spec.function} returned {type(made).__name__}: no facts, nothing Made")
    folder = str(item.options["folder"])
    below = f"{folder}/{item.name}" if item.name else folder
    files = [path for path in sorted(work.drafts.rglob("*")) if path.is_file()]
    outputs = {f"{below}/{path.relative_to(work.drafts).as_posix()}": path for path in files}
    return Made(outputs, dict(made or {}))


def gather_python(spec: PythonSpec, committed: Sequence[Committed], root: Path) -> PythonResult:
    """Return where everything lies."""
    paths = [path for one in committed for path in one.outputs]
    facts = dict(committed[0].facts) if len(committed) == 1 else {}
    common = os.path.commonpath(paths) if paths else ""
    folder = spec.output_dir or (common.split("/")[0] if common else "")
    files = [str(root / path) for path in paths]
    return PythonResult.model_validate({**facts, "output_dir": str(root / folder), "files": files})
