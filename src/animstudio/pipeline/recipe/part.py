"""A part of a recipe: some of its stages, run as they are run in all of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.pipeline.recipe.model import Recipe
from animstudio.pipeline.recipe.template import references_in


def part_of(recipe: Recipe, ids: Collection[str]) -> Recipe:
    """Return a recipe with these stages only; they wait for no other.

    Raises AskedWrongly for a stage that there is not, and for one that needs what another made
    which is left out.
    """
    known = [node.id for node in recipe.stages]
    for name in ids:
        if name not in known:
            raise AskedWrongly(f"{recipe.name} has no stage '{name}'{nearest(name, known)}")
    kept = []
    for node in recipe.stages:
        if node.id not in ids:
            continue
        needed = {r.stage for r in references_in(dict(node.config))}
        if node.foreach and node.foreach.reference:
            needed.add(node.foreach.reference.stage)
        for name in known:
            if name in needed and name not in ids:
                raise AskedWrongly(f"stage '{node.id}' needs what '{name}' makes: take both")
        kept.append(replace(node, depends_on=tuple(d for d in node.depends_on if d in ids)))
    return replace(recipe, stages=tuple(kept))
