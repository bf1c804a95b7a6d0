"""What every stage type promises, for its author's tests: ``assert not broken_promises(...)``.

    it loads, and every option has help
    it finds the same items twice, each with a name of its own and inputs that are there
    it makes them all, and a second run makes nothing
    elsewhere it makes the same, byte by byte
    what it came to fits its result

Ours and those of other packages are asked alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from animstudio.kernel.errors import StudioError
from animstudio.kernel.guard import GuardSpec
from animstudio.kernel.spec import Spec
from animstudio.kernel.stage import Stage
from animstudio.kernel.work import Committed, Item, Place
from animstudio.pipeline.conduct import RunOutcome, run_recipe
from animstudio.pipeline.desk import Desk
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.recipe.model import Recipe, StageNode
from animstudio.pipeline.recipe.paths import anchor
from animstudio.pipeline.record import Record

_ID = "stage"


def broken_promises(
    stage: Stage, config: Mapping[str, Any], folder: Path, *, project: Path
) -> list[str]:
    """Return which promises a stage breaks, a sentence each; none where it keeps them.

    config:  its options as a recipe has them, for work of some seconds at most.
    folder:  an empty folder; all that is made lies there.
    project: what relative paths are relative to, and where modules of a recipe lie.
    """
    try:
        said = [*_loads(stage)]
        model = stage.load_spec()
        spec = model.model_validate(anchor(config, model, project))
    except (StudioError, ValidationError, ImportError, AttributeError) as error:
        return [f"it does not load with this config: {error}"]
    said += _finds(stage, spec, Place(_ID, folder / "first", project))
    recipe = Recipe("contract", 1, (StageNode(_ID, stage.name, dict(config)),), folder=project)
    first = _run(recipe, folder / "first", stage)
    if not first.complete:
        return said + [f"{one.item} is not made: {one.reason}" for one in first.failed]
    again = _run(recipe, folder / "first", stage)
    if not again.nothing_changed:
        said.append("a second run makes again what stands")
    _run(recipe, folder / "second", stage)
    made = [_records(recipe, folder / name, stage) for name in ("first", "second")]
    said += _same(*made)
    said += _fits(stage, spec, list(made[0].values()), folder / "first")
    return said


def _loads(stage: Stage) -> Iterator[str]:
    """Load all of it, and yield the options without help."""
    for name, field in stage.load_spec().model_fields.items():
        if not field.description:
            yield f"option {name} has no help"
    stage.load_make()
    stage.load_result()
    if stage.batch and stage.batch not in stage.load_spec().model_fields:
        yield f"batch names '{stage.batch}', which is no option"


def _finds(stage: Stage, spec: Spec, place: Place) -> Iterator[str]:
    find = stage.load_items()
    if find is None:
        return
    items, again = list(find(spec, place)), list(find(spec, place))
    if items != again:
        yield "it finds other items when it is asked again"
    names = [item.name for item in items]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two items are called '{name}'"
    for item in items:
        yield from _lacks(item)


def _lacks(item: Item) -> Iterator[str]:
    for name, path in item.inputs.items():
        if not path.exists():
            yield f"{item.name or 'its item'}: input {name} is not there: {path}"


def _run(recipe: Recipe, root: Path, stage: Stage) -> RunOutcome:
    return run_recipe(
        recipe, root, state=root.parent / "state", types={stage.name: stage},
        pace=PaceSpec(workers=1), guard=GuardSpec(disk_free_gb=0, ram_stop=1, ram_slow=1),
    )  # fmt: skip


def _records(recipe: Recipe, root: Path, stage: Stage) -> dict[str, Record]:
    with Desk.at(recipe, root).unfolding(write=False, types={stage.name: stage}) as unfolding:
        return {record.item: record for record in unfolding.journal.records.values()}


def _same(first: Mapping[str, Record], second: Mapping[str, Record]) -> Iterator[str]:
    for name, record in first.items():
        other = second.get(name)
        if other is None:
            yield f"{name} is not made in another folder"
        elif record.content != other.content:
            digests = {output.path: output.sha256 for output in other.outputs}
            paths = [o.path for o in record.outputs if digests.get(o.path) != o.sha256]
            what = ", ".join(paths) if paths else "facts"
            yield f"{name} comes out otherwise in another folder: {what}"


def _fits(stage: Stage, spec: Spec, records: list[Record], root: Path) -> Iterator[str]:
    committed = [Committed(r.item, [o.path for o in r.outputs], r.facts) for r in records]
    try:
        found = stage.load_gather()(spec, committed, root)
    except (ValidationError, LookupError, StudioError) as error:
        yield f"what it came to does not fit its result: {error}"
        return
    if not isinstance(found, stage.load_result()):
        yield f"gather returns {type(found).__name__}, not {stage.load_result().__name__}"
