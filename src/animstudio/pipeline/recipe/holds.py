"""Whether a condition holds, once what it refers to is there."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from animstudio.kernel.errors import AskedWrongly
from animstudio.pipeline.recipe.model import (
    MATRIX,
    All,
    Compare,
    Condition,
    Constant,
    Either,
    Not,
    Reference,
    StageNode,
)
from animstudio.pipeline.recipe.nodes import value_kind
from animstudio.pipeline.recipe.resolve import Results, look_up, plain

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(
    condition: Condition, results: Results, bound: Mapping[str, object] | None = None
) -> bool:
    """Say whether a condition holds. Zero, "", empty lists and null do not, as in Python.

    Raises AskedWrongly, with the place, for what cannot be compared, and WorkFailed for a
    result that is not there.
    """
    return bool(_value(condition, results, bound or {}))


def is_skipped(node: StageNode, results: Results) -> bool:
    """Say whether a stage's `when` rules it out as a whole; `expand` rules out single items."""
    return node.when is not None and not asks_items(node) and not holds(node.when, results)


def asks_items(node: StageNode) -> bool:
    """Say whether a stage's `when` looks at its items."""
    bound = {MATRIX} if node.matrix else set()
    if node.foreach:
        bound.add(node.foreach.name)
    return node.when is not None and not bound.isdisjoint(stages_of(node.when))


def stages_of(condition: Condition) -> set[str]:
    """Return the names that a condition's references begin with."""
    match condition:
        case Reference():
            return {condition.stage}
        case Compare():
            return stages_of(condition.left) | stages_of(condition.right)
        case Not():
            return stages_of(condition.part)
        case All() | Either():
            return set().union(*map(stages_of, condition.parts))
    return set()


def _value(condition: Condition, results: Results, bound: Mapping[str, object]) -> object:
    match condition:
        case Constant():
            return condition.value
        case Reference():
            return plain(look_up(condition, results, bound))
        case Not():
            return not _value(condition.part, results, bound)
        case All():
            return all(_value(part, results, bound) for part in condition.parts)
        case Either():
            return any(_value(part, results, bound) for part in condition.parts)
    left = _value(condition.left, results, bound)
    right = _value(condition.right, results, bound)
    try:
        return compare(condition.op, left, right)
    except TypeError as error:
        mark = condition.mark
        message = f"{mark.file}:{mark.line}:{mark.column}: when: {error}"
        raise AskedWrongly(message) from error


def compare(op: str, left: Any, right: Any) -> bool:
    """Return whether ``left op right``. Raises TypeError, in words, for what has no order."""
    if op in ("==", "!="):
        # Python takes True for 1; nobody who writes a recipe does.
        same = left == right and isinstance(left, bool) == isinstance(right, bool)
        return same == (op == "==")
    if op in ("in", "not in"):
        fits = isinstance(right, list | dict) or (isinstance(right, str) and isinstance(left, str))
        if not fits:
            raise TypeError(f"'{op}' looks into a list or a text, not into {value_kind(right)}")
        if isinstance(right, str):
            return (left in right) == (op == "in")
        return any(compare("==", left, one) for one in right) == (op == "in")
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (left, right))
    if not numbers and not (isinstance(left, str) and isinstance(right, str)):
        raise TypeError(f"'{op}' cannot order {value_kind(left)} and {value_kind(right)}")
    return _ORDERS[op](left, right)
