"""Two items that would write the same file, and what to write into the recipe instead."""

from __future__ import annotations

from animstudio.kernel.errors import WorkFailed
from animstudio.pipeline.recipe.model import MATRIX
from animstudio.pipeline.state import Decision


def contested(path: str, owner: tuple[str, str], decision: Decision) -> WorkFailed:
    """Return the error of an item that would write what another one's is."""
    said = f"{path} belongs to {'/'.join(owner)} already"
    return WorkFailed(said, hint=_way_out(path, owner, decision))


def _way_out(path: str, owner: tuple[str, str], decision: Decision) -> str | None:
    stage, options = decision.part.stage, type(decision.variant.spec).model_fields
    word = _word(decision) if owner[0] == stage.id else ""
    if "outputs" in options:
        example = f"{word}/{path.rpartition('/')[2]}" if word else f"{stage.id}/{path}"
        return f"give each a path of its own under 'outputs', for example {example}"
    if "output_dir" not in options:
        return None
    folder = str(stage.node.config.get("output_dir") or stage.id)
    if not word:
        folder = stage.id if folder != stage.id else f"{folder}_of_its_own"
    example = f"{folder}/{word}" if word else folder
    return f'give each a folder of its own, for example output_dir: "{example}"'


def _word(decision: Decision) -> str:
    """Return what in a recipe tells one item of a stage from the others; "" for nothing."""
    node = decision.part.stage.node
    if node.foreach is not None:
        name = node.foreach.name
        return f"{{{name}.name}}" if node.foreach.flows_from else f"{{{name}}}"
    key = next(iter(node.matrix), "")
    return f"{{{MATRIX}.{key}}}" if key else ""
