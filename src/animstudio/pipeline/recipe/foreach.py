"""What a stage is done for: ``foreach`` and ``matrix``.

foreach: [luca, coco]                  a list, or ${parameter} that is one
foreach: videos/**/*.mp4               a glob, in the order of the names
foreach: "{shots.files}"               a list that another stage makes
foreach: "{shots}"                     what another stage, itself done for several, made
foreach: {in: videos/*.mp4, as: film}  the same, each time under another name than `item`
matrix: {size: [512, 1024], style: [kohya, plain]}
"""

from __future__ import annotations

from collections.abc import Sequence
from glob import glob, has_magic
from math import prod
from pathlib import Path

from animstudio.kernel.errors import WorkFailed, nearest
from animstudio.kernel.files import check_text
from animstudio.kernel.spec import canonical_json
from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.leaves import Leaf
from animstudio.pipeline.recipe.model import ITEM, Foreach, Reference, Value
from animstudio.pipeline.recipe.nodes import Node, Scalar, kind_of, value_kind
from animstudio.pipeline.recipe.params import NAME
from animstudio.pipeline.recipe.paths import check_path
from animstudio.pipeline.recipe.problems import mark_of
from animstudio.pipeline.recipe.shapes import Shape
from animstudio.pipeline.recipe.template import Scope, references_in

MOST_COMBINATIONS = 100_000
"""A matrix beyond this is a slip of the pen."""


def bound_name(node: Node) -> str:
    """Return the name that a ``foreach`` binds."""
    named = node.get("as") if isinstance(node, nodes.Mapping) else None
    return named.text if isinstance(named, Scalar) else ITEM


def read_foreach(
    node: Node, scope: Scope, folder: Path, subject: str
) -> tuple[Foreach | None, Node | None]:
    """Return a ``foreach``, and the node of its list; None after noting what is wrong."""
    name, over = bound_name(node), node
    if isinstance(node, nodes.Mapping) and not node.braced:
        for key, (place, _) in node.pairs.items():
            if key not in ("in", "as"):
                near = nearest(key, ("in", "as")) or "; it takes in, as"
                scope.findings.add("unknown-key", f"foreach has no '{key}'{near}", place)
        found = node.get("in")
        if found is None:
            scope.findings.add("missing", "foreach needs 'in'", node)
            return None, None
        over = found
        if not NAME.fullmatch(name):
            scope.findings.add("id", f"'{name}' is no name for an item", node)
    before = len(scope.findings)
    value = _whole_stage(over, scope) or scope.build(over)
    if len(scope.findings) > before:
        return None, None
    return _of_value(name, value, over, scope, folder, subject), over


def _whole_stage(node: Node, scope: Scope) -> Reference | None:
    """Return ``{stage}``, which is a reference only here."""
    text = node.value if isinstance(node, Scalar) else None
    if isinstance(node, nodes.Mapping) and node.braced:
        text = f"{{{next(iter(node.pairs))}}}"
    if not isinstance(text, str) or not (text.startswith("{") and text.endswith("}")):
        return None
    stage = text[1:-1].strip()
    if stage not in scope.stages:
        return None
    reference = Reference(stage, "", mark_of(node))
    scope.references.append(reference)
    return reference


def _of_value(
    name: str, value: Value, node: Node, scope: Scope, folder: Path, subject: str
) -> Foreach | None:
    mark, findings = mark_of(node), scope.findings
    if isinstance(value, Reference):
        return Foreach(name, mark, reference=value)
    if references_in(value):
        findings.add("template", "a list or glob of foreach cannot hold references", node)
    elif isinstance(value, list):
        if not value:
            findings.add("value", "foreach has an empty list, so nothing would be done", node)
        _all_different(value, node, "foreach", scope)
        return Foreach(name, mark, items=tuple(value))
    elif isinstance(value, str) and has_magic(value):
        return _glob(name, value, node, scope, folder, subject)
    else:
        findings.add(
            "type", f"foreach takes a list, a glob or '{{stage.output}}', not {value_kind(value)}",
            node, hint=f'write ["{value}"] for a list of one' if isinstance(value, str) else None,
        )  # fmt: skip
    return None


def _glob(
    name: str, pattern: str, node: Node, scope: Scope, folder: Path, subject: str
) -> Foreach | None:
    leaf = Leaf(pattern, ("foreach",), Shape((Path,)), node)
    if not check_path(leaf, subject, folder, scope.params, scope.findings):
        return None
    found = find_items(pattern, folder)
    if not found:
        scope.findings.add("no-file", f"nothing is called '{pattern}' in {folder}", node)
    for path in found:
        try:
            check_text(path)
        except WorkFailed as error:
            scope.findings.add("path", f"{subject}: {error.message}", node)
    return Foreach(name, mark_of(node), glob=pattern, folder=folder)


def find_items(pattern: str, folder: Path) -> list[str]:
    """Return the paths that match, relative ones relative to the folder, sorted by name."""
    found = glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - pathlib's refuses ..
    return sorted(set(found))


def read_matrix(node: Node, scope: Scope) -> dict[str, tuple[object, ...]]:
    """Return the values of every key of a matrix; empty after noting what is wrong."""
    value = scope.build(node)
    if not isinstance(value, dict):
        what = kind_of(node) if value is not None else "nothing"
        scope.findings.add("type", f"matrix is a map of lists, not {what}", node)
        return {}
    found: dict[str, tuple[object, ...]] = {}
    for name, values in value.items():
        at = (node.get(name) if isinstance(node, nodes.Mapping) else None) or node
        if not isinstance(values, list):
            message = f"matrix: {name} takes a list, not {value_kind(values)}"
            scope.findings.add("type", message, at)
        elif not values:
            scope.findings.add("value", f"matrix: {name} has no value", at)
        elif any(isinstance(one, dict | list) for one in values):
            scope.findings.add("type", f"matrix: {name} takes words and numbers alone", at)
        else:
            _all_different(values, at, f"matrix: {name}", scope)
            found[name] = tuple(values)
    if prod(map(len, found.values())) > MOST_COMBINATIONS:
        message = f"matrix has more than {MOST_COMBINATIONS:,} combinations"
        scope.findings.add("too-large", message, node)
        return {}
    return found


def _all_different(values: Sequence[object], node: Node, what: str, scope: Scope) -> None:
    seen: dict[str, int] = {}
    for index, value in enumerate(values):
        at = node.items[index] if isinstance(node, nodes.Sequence) else node
        first = seen.setdefault(canonical_json(value), index)
        if first != index:
            before = node.items[first] if isinstance(node, nodes.Sequence) else node
            notes = [("here is the first", before)]
            scope.findings.add("duplicate", f"{what} has a value twice", at, notes=notes)
