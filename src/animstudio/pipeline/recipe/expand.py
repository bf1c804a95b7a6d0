"""A stage as often as ``foreach`` and ``matrix`` say, each time under a label of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.spec import canonical_json
from animstudio.pipeline.recipe.foreach import find_items
from animstudio.pipeline.recipe.holds import asks_items, holds
from animstudio.pipeline.recipe.model import MATRIX, Foreach, StageNode
from animstudio.pipeline.recipe.resolve import Results, filled, look_up, plain
from animstudio.pipeline.recipe.scalars import core_value

_LONGEST = 120
_WORD = re.compile(r"[a-z0-9_][a-z0-9_.-]{0,47}")
_DIGEST = re.compile(r".*-[0-9a-f]{8}")


def expand(node: StageNode, results: Results) -> list[tuple[str, dict[str, Any]]]:
    """Return the label and config of everything a stage is to be done for, in a fixed order.

    What ``foreach`` and ``matrix`` bind is filled in; references to other stages stay, for
    `resolve`. A stage without both gives one config under the label "". Items that its
    ``when`` rules out are left out. The disk is looked at for a glob, and for nothing else.

    Of a stage that flows, `results` are those of one item of its source, under the name that
    ``foreach`` gives it; a label is then of the matrix alone.

    A label depends on its own item alone, so that an item more or less renames no other. It is
    safe as a file name on any system, at most 120 bytes, and unique within the stage.

    Raises WorkFailed for a result that is not there, that is no list, or has a value twice.
    """
    sifts = asks_items(node)
    found: dict[str, dict[str, Any]] = {}
    for label, bound in _combinations(node, results):
        if label in found:
            raise WorkFailed(f"stage '{node.id}': foreach has '{label}' twice")
        if sifts and node.when is not None and not holds(node.when, results, bound):
            continue
        found[label] = {
            name: filled(value, results, bound, only_bound=True) if bound else value
            for name, value in node.config.items()
        }
    return list(found.items())


def label_of(value: object) -> str:
    """Return a file name for a value: the word itself, or its end with eight digits of digest."""
    if isinstance(value, Mapping):
        text = "-".join(str(one) for one in value.values() if not isinstance(one, dict | list))
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    if _is_word(text, value):
        return text
    name = text.rstrip("/").rpartition("/")[2]
    stem = re.sub(r"\W+", "-", name.rpartition(".")[0] or name).strip("-")
    digest = hashlib.sha256(canonical_json(value).encode()).hexdigest()[:8]
    return f"{stem[:48].strip('-') or 'item'}-{digest}"


def _is_word(text: str, value: object) -> bool:
    """Say whether a text is a file name that no other value has as its label."""
    if not _WORD.fullmatch(text) or _DIGEST.fullmatch(text) or text.endswith("."):
        return False
    if isinstance(value, str):
        return "." not in text and isinstance(core_value(text), str)
    return isinstance(value, int | float)


def _combinations(node: StageNode, results: Results) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield what is bound each time, with its label: items outside, the matrix inside."""
    foreach = node.foreach if not node.flows_from else None
    items = _items(foreach, node.id, results) if foreach else [None]
    for item in items:
        begun = {foreach.name: item} if foreach else {}
        words = [label_of(item)] if foreach else []
        for values in product(*node.matrix.values()):
            chosen = dict(zip(node.matrix, values, strict=True))
            bound = begun | ({MATRIX: chosen} if chosen else {})
            parts = [*words, *(f"{key}={label_of(value)}" for key, value in chosen.items())]
            yield _bounded(",".join(parts), bound), bound


def _bounded(label: str, bound: Mapping[str, object]) -> str:
    if len(data := label.encode()) <= _LONGEST:
        return label
    digest = hashlib.sha256(canonical_json(dict(bound)).encode()).hexdigest()[:16]
    return f"{data[: _LONGEST - 17].decode(errors='ignore')}-{digest}"


def _items(foreach: Foreach, stage: str, results: Results) -> Sequence[object]:
    if foreach.items is not None:
        return foreach.items
    if foreach.glob is not None:
        return find_items(foreach.glob, foreach.folder)
    reference = foreach.reference
    if reference is None:
        raise WorkFailed(f"stage '{stage}': foreach has nothing to go through")
    made = plain(look_up(reference, results, {}))
    if not isinstance(made, list):
        raise WorkFailed(f"stage '{stage}': foreach takes a list, and '{reference}' is none")
    return made
