"""Where a recipe's paths may lead. All that are relative are relative to the project.

- What stands in the config of a stage stays in the project: no absolute path, no ``..`` that
  climbs out.
- An absolute path declared in ``params`` (of the recipe or of a params file) is allowed: it
  stands at one place at the top, where whoever runs the recipe sees it. What is built on it
  (``${films}/luca``) stays below it. A relative one is contained as if written in the stage.
- What was typed after ``--set`` is the typist's, wherever it leads. What is built on it, in
  ``params`` or in a stage, stays below it.
- What a stage made is the stage's; what is built on it stays below it, and no text that a
  stage made (a film's title) can climb out of the path it stands in: `resolve` refuses that.

Links inside the project are followed: they are how films on another disk get there. ``~`` is
not expanded, since what it means depends on who runs the recipe.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe.leaves import Leaf
from animstudio.pipeline.recipe.model import Reference, Text
from animstudio.pipeline.recipe.nodes import Scalar
from animstudio.pipeline.recipe.params import HEAD, Params
from animstudio.pipeline.recipe.problems import Findings
from animstudio.pipeline.recipe.pydantic_words import dotted
from animstudio.pipeline.recipe.shapes import Many, Named, Shape, fields_of, has_path


def check_path(leaf: Leaf, subject: str, folder: Path, params: Params, findings: Findings) -> bool:
    """Note what is wrong with a path leaf, and say whether nothing is."""
    value = leaf.value
    parts = value.parts if isinstance(value, Text) else (value,)
    said = f"{subject}: {dotted(leaf.path)} '{value}'"
    first = parts[0]
    if isinstance(first, Reference):
        return _stays_below(parts[1:], said, leaf, findings)
    if not isinstance(first, str):
        return False  # of the wrong type, which is noted elsewhere
    if first.startswith("~") and (first == "~" or "/" in first):
        message, hint = f"{said}: '~' is not expanded in a recipe", "write the path out in full"
        findings.add("path", message, leaf.node, hint=hint)
        return False
    root = _root(leaf, first, folder, params)
    path = folder / first
    if not is_within(path, root):
        hint = "declare the folder in params as an absolute path, or give it with --set"
        what = f"the project {root}" if root == folder else str(root)
        findings.add("path", f"{said} leaves {what}", leaf.node, hint=hint)
        return False
    if not _stays_below(parts[1:], said, leaf, findings):
        return False
    if leaf.shape.existing and len(parts) == 1 and not os.path.lexists(path):
        message = f"{said} does not exist{_nearest(path)}"
        hint = "what a stage makes is written {stage.output}"
        findings.add("no-file", message, leaf.node, hint=hint)
        return False
    return True


def is_within(path: Path, root: Path) -> bool:
    """Say whether a path is at or below a root, by its words; links are followed."""
    normal, top = os.path.normpath(path), os.path.normpath(root)
    return normal == top or normal.startswith(top.rstrip("/") + "/")


def _root(leaf: Leaf, first: str, folder: Path, params: Params) -> Path:
    """Return the folder that a path has to stay in."""
    head = HEAD.match(leaf.node.text) if isinstance(leaf.node, Scalar) else None
    param = params.get(head[1]) if head else None
    if param is None:
        return folder
    # Of a list or map of paths each was given as a whole.
    given = param.value if isinstance(param.value, str) else first
    theirs = param.origin == "set" or Path(given).is_absolute()
    return folder / given if theirs else folder


def _stays_below(
    parts: tuple[str | Reference, ...], said: str, leaf: Leaf, findings: Findings
) -> bool:
    climbs = any(".." in part.split("/") for part in parts if isinstance(part, str))
    if climbs:
        findings.add("path", f"{said}: '..' behind a reference leads anywhere", leaf.node)
    return not climbs


def _nearest(path: Path) -> str:
    try:
        return nearest(path.name, [entry.name for entry in path.parent.iterdir()])
    except OSError:
        return ""


def anchor(config: Mapping[str, object], spec: type[BaseModel], folder: Path) -> dict[str, Any]:
    """Return a resolved config whose relative paths are below a folder, path fields only.

    `config` has JSON values (see `resolve`); what is no path field comes back as it is.
    """
    found: dict[str, Any] = dict(config)
    for name, shape in _paths_of(spec).items():
        if name in found:
            found[name] = _anchored(found[name], shape, folder)
    return found


@cache
def _paths_of(spec: type[BaseModel]) -> Mapping[str, Shape]:
    return {name: shape for name, shape in fields_of(spec).items() if has_path(shape)}


def is_path(shape: Shape) -> bool:
    """Say whether a text that stands there is a path, and nothing else."""
    return Path in shape.choices and str not in shape.choices


def _anchored(value: object, shape: Shape, folder: Path) -> object:
    if isinstance(value, str):
        return str(folder / value) if is_path(shape) else value
    for one in shape.choices:
        if isinstance(one, Many) and isinstance(value, list):
            return [_anchored(item, one.item, folder) for item in value]
        if isinstance(one, Named) and isinstance(value, dict):
            return {name: _anchored(item, one.value, folder) for name, item in value.items()}
        if isinstance(one, type) and issubclass(one, BaseModel) and isinstance(value, dict):
            return anchor(value, one, folder)
    return value
