"""A recipe's stages: each map under ``stages:`` as a `Draft`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from animstudio.kernel.errors import nearest
from animstudio.kernel.spec import Spec
from animstudio.kernel.work import Resources
from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.conditions import read_condition
from animstudio.pipeline.recipe.drafts import Draft
from animstudio.pipeline.recipe.foreach import bound_name, read_foreach, read_matrix
from animstudio.pipeline.recipe.model import ITEM, MATRIX
from animstudio.pipeline.recipe.nodes import Node, Scalar, kind_of
from animstudio.pipeline.recipe.params import Params
from animstudio.pipeline.recipe.problems import Findings
from animstudio.pipeline.recipe.pydantic_words import (
    INSTEAD_OF_MERGING,
    MERGE,
    NO_MERGING,
    Checked,
    translate,
)
from animstudio.pipeline.recipe.template import Scope, references_in
from animstudio.pipeline.recipe.terms import Terms

ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_RESERVED = {MATRIX, ITEM, "params"}
_LATER = "is known only when that stage has run; write a value or ${parameter}"


KEYS = (
    "id", "type", "config", "depends_on", "foreach", "matrix", "when", "needs", "description",
    *Terms.model_fields,
)  # fmt: skip
"""What may stand in a stage."""

_KNOWN = frozenset(KEYS)
_TERMS = frozenset(Terms.model_fields)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reading of one stage needs of the whole recipe."""

    params: Params
    ids: Mapping[str, Node]
    folder: Path
    findings: Findings


def read_drafts(node: Node, params: Params, folder: Path, findings: Findings) -> list[Draft]:
    """Return the stages of a list; what is wrong with one hides nothing of the others."""
    if not isinstance(node, nodes.Sequence):
        findings.add("type", f"stages is a list, not {kind_of(node)}", node)
        return []
    if not node.items:
        findings.add("missing", "there is no stage", node)
    drafts: list[Draft] = []
    ids: dict[str, Node] = {}
    folded: dict[str, str] = {}
    for item in node.items:
        if not isinstance(item, nodes.Mapping):
            findings.add("type", f"a stage is a map, not {kind_of(item)}", item)
        elif draft := _begun(item, ids, folded, findings):
            drafts.append(draft)
    reading = Reading(params, ids, folder, findings)
    for draft in drafts:
        _read(draft, reading)
    return drafts


def _begun(
    node: nodes.Mapping, ids: dict[str, Node], folded: dict[str, str], findings: Findings
) -> Draft | None:
    """Return a stage with its names alone, or None where it has none to speak of.

    `ids` are those so far, and `folded` the same without capitals.
    """
    name, kind = node.get("id"), node.get("type")
    for key in node.pairs:
        if key not in _KNOWN:
            whose = f"stage '{name.text}'" if isinstance(name, Scalar) else "a stage"
            _unknown_key(key, whose, node, findings)
    for key, found in (("id", name), ("type", kind)):
        if found is None:
            whose = f"stage '{name.text}'" if isinstance(name, Scalar) else "a stage"
            findings.add("missing", f"{whose} needs '{key}'", node)
        elif not isinstance(found, Scalar):
            findings.add("type", f"'{key}' is one word, not {kind_of(found)}", found)
    if not isinstance(name, Scalar):
        return None
    word = name.text
    if not ID.fullmatch(word):
        message = f"'{word}' is no stage id: letters, digits, _ and -, a letter first, at most 64"
        findings.add("id", message, name)
    elif word in _RESERVED:
        findings.add("id", f"'{word}' is kept for templates; give the stage another id", name)
    elif word in ids:
        notes = [("here is the first", ids[word])]
        findings.add("duplicate-id", f"a second stage is called '{word}'", name, notes=notes)
    else:
        if (alike := folded.setdefault(word.casefold(), word)) != word:
            message = f"stage '{word}' is called as '{alike}' is but for capitals"
            hint = f"they share one folder on macOS and Windows; write {word}_2, or another id"
            notes = [("here is the first", ids[alike])]
            findings.add("duplicate-id", message, name, hint=hint, notes=notes)
        ids[word] = name
    return Draft(word, kind.text if isinstance(kind, Scalar) else "", node, name)


def _unknown_key(key: str, whose: str, node: nodes.Mapping, findings: Findings) -> None:
    place = node.pairs[key][0]
    if key == MERGE:
        findings.add("unknown-key", NO_MERGING, place, hint=INSTEAD_OF_MERGING)
        return
    near = nearest(key, KEYS) or f"; it takes {', '.join(KEYS)}"
    findings.add("unknown-key", f"{whose} has no '{key}'{near}", place)


def _read(draft: Draft, reading: Reading) -> None:
    node, findings = draft.node, reading.findings
    pairs = node.pairs
    scope = Scope(reading.params, reading.ids, findings)
    fixed = Scope(reading.params, reading.ids, findings, no_stages=_LATER)
    if found := node.get("matrix"):
        draft.matrix = read_matrix(found, fixed)
        scope.matrix = draft.matrix
    if found := node.get("foreach"):
        draft.foreach, draft.items = read_foreach(found, scope, reading.folder, draft.subject)
        # Its name is bound even where the list is wrong, or every use would be a problem too.
        scope.bound = bound_name(found)
        _hides_nothing(draft, scope.bound, found, reading)
    if found := node.get("when"):
        draft.when = read_condition(found, scope)
    if found := node.get("config"):
        _read_config(draft, found, scope)
    if found := node.get("depends_on"):
        draft.declared = _read_names(found, draft, reading)
    if found := node.get("needs"):
        value = _validated(Resources, draft, "needs", found, fixed)
        if isinstance(value, Resources):
            draft.needs = value
    if not _TERMS.isdisjoint(pairs):
        _read_terms(draft, fixed)
    draft.references = scope.references


def _hides_nothing(draft: Draft, name: str, node: Node, reading: Reading) -> None:
    if name in reading.ids:
        message = f"{draft.subject}: its items are called '{name}', as another stage is"
        reading.findings.add("id", message, node, notes=[("here it is", reading.ids[name])])
    elif name == MATRIX:
        message = f"{draft.subject}: '{name}' is kept for templates; call its items otherwise"
        reading.findings.add("id", message, node)


def _read_config(draft: Draft, node: Node, scope: Scope) -> None:
    value = scope.build(node)
    if isinstance(value, dict):
        draft.config = value
    elif not (isinstance(node, Scalar) and value is None):
        message = f"{draft.subject}: config is a map, not {kind_of(node)}"
        scope.findings.add("type", message, node)


def _read_names(node: Node, draft: Draft, reading: Reading) -> list[Scalar]:
    found = node.items if isinstance(node, nodes.Sequence) else [node]
    if isinstance(node, Scalar) and node.value is None:
        return []
    names: list[Scalar] = []
    for item in found:
        if not isinstance(item, Scalar):
            message = f"{draft.subject}: depends_on names stages, and this is {kind_of(item)}"
            reading.findings.add("type", message, item)
        elif item.text not in reading.ids:
            near = nearest(item.text, reading.ids)
            message = f"{draft.subject} depends on '{item.text}', and no stage is called so{near}"
            reading.findings.add("dependency", message, item)
        else:
            names.append(item)
    return names


def _validated(model: type[Spec], draft: Draft, key: str, node: Node, scope: Scope) -> Spec | None:
    """Return the map under a key as a spec, or None after noting what is wrong."""
    before = len(scope.findings)
    value = scope.build(node)
    if not isinstance(node, nodes.Mapping) or not isinstance(value, dict):
        message = f"{draft.subject}: {key} is a map, not {kind_of(node)}"
        scope.findings.add("type", message, node)
    elif len(scope.findings) == before and not references_in(value):
        subject = f"{key} of {draft.subject}"
        return _checked(model, Checked(subject, model, value, node, node), scope.findings)
    return None


def _read_terms(draft: Draft, scope: Scope) -> None:
    pairs = {key: pair for key, pair in draft.node.pairs.items() if key in _TERMS}
    before = len(scope.findings)
    value: dict[str, Any] = {key: scope.build(node) for key, (_, node) in pairs.items()}
    if len(scope.findings) > before:
        return
    node = nodes.Mapping(draft.node.source, draft.node.line, draft.node.column, pairs)
    checked = Checked(draft.subject, Terms, value, node, node)
    terms = _checked(Terms, checked, scope.findings)
    if isinstance(terms, Terms):
        draft.timeout, draft.retries = terms.timeout, terms.retries
        draft.on_failure, draft.temp = terms.on_failure, terms.temp


def _checked(model: type[Spec], checked: Checked, findings: Findings) -> Spec | None:
    try:
        return model.model_validate(checked.value)
    except ValidationError as error:
        translate(error, checked, findings)
        return None
