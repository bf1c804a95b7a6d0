"""Reading a recipe: from a file to a `Recipe`, or to everything that is wrong with it.

source -> yaml_reader -> params -> stages -> graph -> check
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.check import Checker, Options
from animstudio.pipeline.recipe.drafts import Draft
from animstudio.pipeline.recipe.functions import Functions
from animstudio.pipeline.recipe.graph import Edges, edges_of, in_order, note_circles
from animstudio.pipeline.recipe.model import Recipe, StageNode, modules_of
from animstudio.pipeline.recipe.nodes import Node, Scalar, kind_of
from animstudio.pipeline.recipe.params import read_params
from animstudio.pipeline.recipe.problems import Findings, Source, mark_of
from animstudio.pipeline.recipe.references import Outputs
from animstudio.pipeline.recipe.resources import Capacity, too_much
from animstudio.pipeline.recipe.source import read_source
from animstudio.pipeline.recipe.stages import read_drafts
from animstudio.pipeline.recipe.twice import note_made_twice
from animstudio.pipeline.recipe.types import StageType
from animstudio.pipeline.recipe.weights import check_weights
from animstudio.pipeline.recipe.yaml_reader import read_yaml

VERSION = 1
"""The version of the recipe's language that is read here."""

KEYS = ("pipeline", "version", "description", "params", "stages")
"""What may stand at the top of a recipe; keys that begin with ``x-`` are the writer's own."""


def load_recipe(
    path: Path | str,
    *,
    sets: Mapping[str, str] | None = None,
    values: Mapping[str, object] | None = None,
    params_file: Path | None = None,
    stage_types: Mapping[str, StageType],
    folder: Path | None = None,
    capacity: Callable[[], Capacity] | None = None,
) -> Recipe:
    """Return the recipe of a file, checked as a whole.

    sets:        values of parameters as typed after ``--set``.
    values:      values of parameters that a program gives, JSON values; the strongest.
    params_file: a YAML map of parameters, stronger than the recipe's own.
    folder:      the project, which relative paths are relative to and stay in (see `paths`);
                 the recipe's own folder unless given.
    capacity:    tells what this machine has, asked where a stage has needs; without
                 it needs are not compared with anything.

    Raises InvalidRecipe with all problems.
    """
    path, findings = Path(path), Findings()
    source = read_source(path, findings)
    given = read_source(params_file, findings) if params_file else None
    findings.raise_any()
    assert source is not None
    return read_recipe(
        source, sets=sets or {}, values=values or {}, given=given, stage_types=stage_types,
        path=path, folder=(folder or path.parent).absolute(), capacity=capacity,
    )  # fmt: skip


def read_recipe(
    source: Source,
    *,
    sets: Mapping[str, str],
    values: Mapping[str, object] = {},
    given: Source | None = None,
    stage_types: Mapping[str, StageType],
    path: Path | None = None,
    folder: Path,
    capacity: Callable[[], Capacity] | None = None,
) -> Recipe:
    """Return the recipe of a text. Raises InvalidRecipe with all problems."""
    findings = Findings()
    with _no_collecting():
        root = read_yaml(source, findings)
        more = read_yaml(given, findings) if given else None
        if not isinstance(root, nodes.Mapping):
            if root is not None:
                findings.add("type", f"a recipe is a map, not {kind_of(root)}", root)
            findings.raise_any()
            raise AssertionError("what is not read has a problem")
        name, version = _read_top(root, findings)
        params = read_params(root.get("params"), more, sets, findings, values)
        drafts: list[Draft] = []
        if stages := root.get("stages"):
            drafts = read_drafts(stages, params, folder, findings)
        edges = edges_of(drafts)
        ordered = in_order(edges)
        if len(ordered) < len(edges):
            note_circles(edges, ordered, findings)
        _check(drafts, stage_types, Checker(
            Outputs(drafts, stage_types, findings), folder, params, findings,
            Functions(modules_of(path, folder), findings),
        ), capacity)  # fmt: skip
        note_made_twice(drafts, stage_types, findings)
        findings.raise_any()
        stages_of = _frozen(drafts, edges, ordered)
    return Recipe(name, version, stages_of, params.values(), path, folder)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Keep the garbage collector from walking, again and again, a tree that only grows.

    Measured on 10,000 stages: parsing alone took 0.93 s with it and 0.24 s without.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _read_top(root: nodes.Mapping, findings: Findings) -> tuple[str, int]:
    """Return the recipe's name and version, after noting what else stands at the top."""
    for key, (place, _) in root.pairs.items():
        if key not in KEYS and not key.startswith("x-"):
            near = nearest(key, KEYS) or f"; it takes {', '.join(KEYS)}"
            findings.add("unknown-key", f"a recipe has no '{key}'{near}", place)
    for key in ("pipeline", "stages"):
        if key not in root.pairs:
            findings.add("missing", f"a recipe needs '{key}'", root)
    name, version = root.get("pipeline"), root.get("version")
    if name is not None and not (isinstance(name, Scalar) and isinstance(name.value, str)):
        hint = f'write "{name.text}"' if isinstance(name, Scalar) and name.text else None
        findings.add("type", f"pipeline takes a name, not {kind_of(name)}", name, hint=hint)
    if version is not None and not _is_ours(version):
        shown = f"'{version.text}'" if isinstance(version, Scalar) else kind_of(version)
        message = f"version {shown} is not read here; recipes are written in version {VERSION}"
        findings.add("value", message, version)
    return (name.text if isinstance(name, Scalar) else ""), VERSION


def _is_ours(version: Node) -> bool:
    return isinstance(version, Scalar) and type(version.value) is int and version.value == VERSION


def _check(
    drafts: Sequence[Draft],
    types: Mapping[str, StageType],
    checker: Checker,
    capacity: Callable[[], Capacity] | None,
) -> None:
    known: dict[str, Options] = {}
    findings = checker.findings
    here: Capacity | None = None
    for draft in drafts:
        if draft.references:
            checker.outputs.check(draft)
        kind = types.get(draft.type)
        if kind is None:
            if draft.type:
                place = draft.node.get("type") or draft.place
                near = nearest(draft.type, types) or f"; there are {', '.join(sorted(types))}"
                message = f"{draft.subject}: no stage type is called '{draft.type}'{near}"
                findings.add("unknown-type", message, place)
            continue
        if not kind.in_recipes:
            able = ", ".join(sorted(name for name, one in types.items() if one.in_recipes))
            message = f"{draft.subject}: '{draft.type}' cannot stand in a recipe yet"
            place = draft.node.get("type") or draft.place
            findings.add("unknown-type", message, place, hint=f"what can: {able}")
            continue
        if draft.type not in known:
            known[draft.type] = Options.of(kind)
        checker.check(draft, known[draft.type])
        check_weights(draft, kind, checker.folder, findings)
        if capacity and draft.needs:
            here = here or capacity()
            _compare(draft, here, findings)


def _compare(draft: Draft, capacity: Capacity, findings: Findings) -> None:
    needs = draft.node.get("needs")
    assert draft.needs
    for key, sentence in too_much(draft.needs, capacity):
        place = (needs.get(key) if isinstance(needs, nodes.Mapping) else needs) or draft.place
        findings.add("needs", f"{draft.subject} needs {sentence}", place)


def _frozen(drafts: Sequence[Draft], edges: Edges, ordered: Sequence[str]) -> tuple[StageNode, ...]:
    by_id = {draft.id: draft for draft in drafts}
    written = {name: index for index, name in enumerate(by_id)}
    found = []
    for name in ordered:
        draft = by_id[name]
        waits = edges[name]
        found.append(
            StageNode(
                id=name,
                type=draft.type,
                config=draft.config,
                depends_on=tuple(sorted(waits, key=written.__getitem__)),
                mark=mark_of(draft.node),
                foreach=draft.foreach,
                matrix=draft.matrix,
                when=draft.when,
                needs=draft.needs,
                timeout=draft.timeout,
                retries=draft.retries,
                on_failure=draft.on_failure,
                temp=draft.temp,
            )
        )
    return tuple(found)
