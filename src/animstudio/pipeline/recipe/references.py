"""What the references of a recipe stand for, as shapes: whose output, of which type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe.drafts import Draft
from animstudio.pipeline.recipe.model import MATRIX, Reference
from animstudio.pipeline.recipe.problems import Findings, Place, Spot
from animstudio.pipeline.recipe.shapes import ANYTHING, Many, Named, Shape, fields_of, in_words
from animstudio.pipeline.recipe.types import StageType


class Outputs:
    """What every stage of a recipe makes, by stage and output."""

    def __init__(
        self, drafts: Iterable[Draft], types: Mapping[str, StageType], findings: Findings
    ) -> None:
        self._drafts = {draft.id: draft for draft in drafts}
        self._types = types
        self._findings = findings

    def check(self, draft: Draft) -> None:
        """Note references of a stage that lead nowhere, and a foreach over what is no list."""
        for reference in draft.references:
            if reference.output:
                self.shape(reference, draft)
        if draft.foreach and draft.foreach.reference:
            self._check_list(draft.foreach.reference, draft)

    def _check_list(self, reference: Reference, draft: Draft) -> None:
        at = place_of(reference, draft)
        maker = self._drafts.get(reference.stage)
        if not reference.output:
            if maker and not maker.fans_out and not self._has_items(maker):
                lists = [
                    name for name, shape in (self._made_by(reference.stage) or {}).items()
                    if any(isinstance(one, Many) for one in shape.choices)
                ]  # fmt: skip
                hint = f'write "{{{reference.stage}.{lists[0]}}}"' if lists else None
                message = f"stage '{reference.stage}' is done once, so it has no items"
                self._findings.add("reference", message, at, hint=hint)
            return
        made = self.shape(reference, draft)
        if made and made.choices and not any(isinstance(one, Many) for one in made.choices):
            message = f"foreach takes a list, and '{reference}' is {in_words(made)}"
            self._findings.add("reference", message, at)

    def shape(self, reference: Reference, draft: Draft) -> Shape | None:
        """Return what a reference of a stage stands for; None after noting that it is nothing."""
        at = place_of(reference, draft)
        foreach = draft.foreach
        if reference.stage == MATRIX:
            return _of_values(draft.matrix.get(reference.output, ()))
        if reference.stage not in self._drafts:
            if foreach is None or foreach.name != reference.stage:
                return None
            return self._of_item(reference, draft, at)
        made = self._made_by(reference.stage)
        if made is None or not reference.output:
            return None  # an unknown type, an item called as a stage: noted already
        found = self._output(reference, made, f"stage '{reference.stage}'", at)
        if found and self._is_many(self._drafts[reference.stage], draft):
            return Shape((Many(found),))
        return found

    def _has_items(self, maker: Draft) -> bool:
        kind = self._types.get(maker.type)
        return kind is None or kind.has_items

    def _is_many(self, maker: Draft, user: Draft) -> bool:
        """Say whether a stage is a list to another: not, where both flow from the same items."""
        if maker.matrix or not maker.flows_from:
            return maker.fans_out
        source = user.flows_from
        while source and source != maker.flows_from:
            above = self._drafts.get(source)
            source = above.flows_from if above and above is not maker else None
        return source is None

    def _of_item(self, reference: Reference, draft: Draft, at: Place) -> Shape | None:
        foreach = draft.foreach
        assert foreach is not None
        if foreach.items is not None:
            return self._of_listed(reference, foreach.items, at)
        if foreach.glob is not None or foreach.reference is None:
            return self._within(Shape((Path,)), reference, at)
        if not foreach.reference.output:
            made = self._made_by(foreach.reference.stage)
            if made is None:
                return None
            made = {**made, "name": Shape((str,)), "outputs": Shape((Many(Shape((Path,))),))}
            if reference.output:
                if self._is_open(foreach.reference.stage):
                    return made.get(reference.output, ANYTHING)
                return self._output(reference, made, f"an item of {foreach.reference}", at)
            return Shape((Named(ANYTHING),))
        whole = self.shape(foreach.reference, draft)
        lists = [one.item for one in whole.choices if isinstance(one, Many)] if whole else []
        return self._within(lists[0], reference, at) if lists else None

    def _of_listed(
        self, reference: Reference, items: tuple[object, ...], at: Place
    ) -> Shape | None:
        if not reference.output:
            return _of_values(items)
        lacking = [
            number for number, item in enumerate(items, 1)
            if not (isinstance(item, dict) and reference.output in item)
        ]  # fmt: skip
        if lacking:
            item = items[lacking[0] - 1]
            message = f"item {lacking[0]} of foreach has no '{reference.output}'"
            message += nearest(reference.output, item) if isinstance(item, dict) else ""
            self._findings.add("reference", message, at)
            return None
        return _of_values([item[reference.output] for item in items if isinstance(item, dict)])

    def _within(self, whole: Shape, reference: Reference, at: Place) -> Shape | None:
        """Return a part of what an item is: a field of a model, a key of a map."""
        if not reference.output or not whole.choices:
            return whole
        for one in whole.choices:
            if isinstance(one, Named):
                return one.value
            if isinstance(one, type) and issubclass(one, BaseModel):
                return self._output(reference, fields_of(one), "an item", at)
        message = f"'{reference}': an item is {in_words(whole)}, and has no parts"
        self._findings.add("reference", message, at)
        return None

    def _made_by(self, stage: str) -> Mapping[str, Shape] | None:
        kind = self._types.get(self._drafts[stage].type)
        if kind is None:
            return None
        return self._declared(stage) or fields_of(kind.load_result())

    def _declared(self, stage: str) -> Mapping[str, Shape] | None:
        """Return what a stage makes where its recipe says it, name by name."""
        draft = self._drafts[stage]
        kind = self._types.get(draft.type)
        names = draft.config.get(kind.declares) if kind and kind.declares else None
        return dict.fromkeys(names, ANYTHING) if names and isinstance(names, dict) else None

    def _is_open(self, stage: str) -> bool:
        """Say whether a stage may make more than its model names, as a recipe declares it."""
        if self._declared(stage):
            return False
        kind = self._types.get(self._drafts[stage].type)
        return bool(kind and kind.load_result().model_config.get("extra") == "allow")

    def _output(
        self, reference: Reference, made: Mapping[str, Shape], maker: str, at: Place
    ) -> Shape | None:
        found = made.get(reference.output)
        if found is None and reference.stage in self._drafts and self._is_open(reference.stage):
            return ANYTHING
        if found is None:
            outputs = f"; it makes {', '.join(made)}" if made else "; it makes nothing to refer to"
            near = nearest(reference.output, made) or outputs
            message = f"'{reference}': {maker} makes no '{reference.output}'{near}"
            self._findings.add("reference", message, at)
        return found


def place_of(reference: Reference, draft: Draft) -> Place:
    """Return where a reference of a stage stands."""
    return Spot(draft.node.source, reference.mark.line, reference.mark.column)


def _of_values(values: Iterable[object]) -> Shape:
    """Return what values written in the recipe are; text there may also be a path."""
    kinds: dict[type | Many | Named, None] = {}
    for value in values:
        if isinstance(value, str):
            kinds |= {str: None, Path: None}
        elif isinstance(value, list):
            kinds[Many(_of_values(value))] = None
        elif isinstance(value, dict):
            kinds[Named(ANYTHING)] = None
        else:
            kinds[type(value)] = None
    return Shape(tuple(kinds))
