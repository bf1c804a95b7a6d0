"""Outputs that are declared twice: only one stage could have made what lies there in the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.drafts import Draft
from animstudio.pipeline.recipe.nodes import Node
from animstudio.pipeline.recipe.problems import Findings
from animstudio.pipeline.recipe.types import StageType


def note_made_twice(
    drafts: Sequence[Draft], types: Mapping[str, StageType], findings: Findings
) -> None:
    """Note every output that was declared before, with where that was.

    Two stages that both have a ``when`` may be alternatives, of which one runs.
    """
    first: dict[str, list[tuple[Draft, Node]]] = {}
    for draft in drafts:
        kind = types.get(draft.type)
        for place, node in _declared(draft, kind.declares if kind else ""):
            before = first.setdefault(place, [])
            other = next((o for o in before if o[0] is draft or not (o[0].when and draft.when)), ())
            if other:
                whose = "it" if other[0] is draft else other[0].subject
                message = f"{draft.subject}: {whose} makes '{place}' already"
                findings.add("duplicate-output", message, node,
                             hint=_elsewhere(draft, place, first),
                             notes=[("here is the first", other[1])])  # fmt: skip
            before.append((draft, node))


def _declared(draft: Draft, option: str) -> Iterator[tuple[str, Node]]:
    """Yield the places of outputs that are known before anything runs."""
    places = draft.config.get(option) if option else None
    if not isinstance(places, dict):
        return
    config = draft.node.get("config")
    node = config.get(option) if isinstance(config, nodes.Mapping) else None
    for name, place in places.items():
        if isinstance(place, str):
            written = node.get(name) if isinstance(node, nodes.Mapping) else None
            yield place, written or node or draft.place


def _elsewhere(draft: Draft, place: str, taken: Mapping[str, object]) -> str:
    """Return the nearest place that is nobody's yet."""
    choices = [f"{draft.id}/{place}", *(f"{draft.id}/{n}/{place}" for n in range(2, 99))]
    return f'write "{next(one for one in choices if one not in taken)}"'
