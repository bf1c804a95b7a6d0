"""How a recipe unfolds into items, as far as what it depends on stands.

    begin            every stage that waits for nothing
    committed        an item stands: what waited for it, or flows from it, goes on
    set_aside        an item failed: what needs it is blocked, the rest goes on

Each gives the decisions that became possible: run this item, for this reason, or reuse it. A
plan asks for the first of them and stops there; a run carries them out. So the two can never
disagree. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from animstudio.catalog import Stage
from animstudio.kernel.errors import StudioError
from animstudio.kernel.serve import told
from animstudio.pipeline.code import Code
from animstudio.pipeline.decide import Decider
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.keys import places_of
from animstudio.pipeline.looks import Looks
from animstudio.pipeline.recipe.expand import expand
from animstudio.pipeline.recipe.holds import asks_items, holds, is_skipped
from animstudio.pipeline.recipe.model import Recipe, StageNode
from animstudio.pipeline.record import Record
from animstudio.pipeline.removals import Removals
from animstudio.pipeline.results import Results
from animstudio.pipeline.state import Decision, Part, StageState
from animstudio.pipeline.sweeps import no_sweeps


class Unfolding(Removals):
    """A recipe over an output folder. `fresh` names stages that are made again."""

    def __init__(
        self,
        recipe: Recipe,
        root: Path,
        types: Mapping[str, Stage],
        journal: Journal,
        looks: Looks,
        code: Code,
        *,
        fresh: Collection[str] = (),
        retry_failed: bool = False,
    ) -> None:
        folder = recipe.folder.absolute()
        self.root, self.journal, self.looks = root, journal, looks
        self.folder, self.fresh = folder, frozenset(fresh)
        self._decider = Decider(
            root, folder, places_of(root, folder), journal, looks, code, self.fresh, retry_failed,
        )  # fmt: skip
        super().__init__(recipe, types)

    def begin(self) -> Iterator[Decision]:
        """Yield what can be decided before anything was made."""
        for stage in self.stages.values():
            if stage.source is None:
                stage.open = False
                self._new_part(stage, "", {})
        yield from self._drain()

    def committed(self, decision: Decision, record: Record) -> Iterator[Decision]:
        """Take in that an item stands, and yield what follows."""
        decision.record = record
        self._item_ended(decision)
        yield from self._drain()

    def set_aside(self, decision: Decision, reason: str) -> Iterator[Decision]:
        """Take in that an item failed, and yield what follows."""
        decision.action, decision.reason = "failed", reason
        self._item_ended(decision)
        yield from self._drain()

    def read_code(self) -> bool:
        """Read the code of every stage, which the keys of its items will need."""
        for stage in self.stages.values():
            self._decider.code.of(stage.type.make, stage.type.apart)
        return True

    def _drain(self) -> Iterator[Decision]:
        while self._ready:
            part = self._ready.popleft()
            try:
                if not self._obstructed(part):
                    yield from self._unfold(part)
            except StudioError as error:
                self._end(part, "failed", error.message)
            except ValidationError as error:
                self._end(part, "failed", _told(error))
            except Exception as error:  # of a stage's own code: a bug in it costs its part
                self._end(part, "failed", told(error)[0].message)

    def _obstructed(self, part: Part) -> bool:
        """End a part that can never be, as something before it came to nothing."""
        for dep in part.deps:
            if dep.ending == "done":
                continue
            if dep.ending == "skipped":
                if dep.stage.id not in part.stage.referred:
                    continue
                self._end(part, "skipped", f"{dep.stage.id} was skipped")
                return True
            self._end(part, "blocked", f"{_name(dep)}: {dep.reason or dep.ending}")
            return True
        return False

    def _unfold(self, part: Part) -> Iterator[Decision]:
        """Decide on every item of a part, now that all before it stands."""
        node, results = part.stage.node, Results(part, self.root, self._decider.known)
        if self._is_ruled_out(node, results):
            self._end(part, "skipped", f"not so: {node.when}")
            return
        if self._before_is_temporary(part):
            part.key = self._part_key(part)
            if self._before_was_removed(part) and not part.forced:
                if (again := self._as_last_time(part)) is not None:
                    yield from self._decided(part, again)
                else:
                    yield from self._revive(part)
                return
            if part.forced and self._before_was_removed(part):
                yield from self._revive(part)
                return
        yield from self._decided(part, self._decider.decisions(part, results))

    def _is_ruled_out(self, node: StageNode, results: Results) -> bool:
        """Say whether `when` holds for nothing of a part, though there is something."""
        if not asks_items(node):
            return is_skipped(node, results)
        if node.flows_from and not node.matrix:
            return node.when is not None and not holds(node.when, results)
        return not expand(node, results) and bool(expand(replace(node, when=None), results))

    def _decided(self, part: Part, decisions: Iterator[Decision]) -> Iterator[Decision]:
        with no_sweeps():
            listed = list(decisions)
        if not listed:
            self._end(part, "failed", "there is nothing to do it for: it found no items")
            return
        for decision in listed:
            if decision.name in part.items or (
                decision.name in (own := part.stage.items) and own[decision.name].part is not part
            ):
                for name in part.items:
                    del part.stage.items[name]
                part.items.clear()
                self._end(part, "failed", f"two items are called '{decision.name}'")
                return
            part.items[decision.name] = part.stage.items[decision.name] = decision
        part.left = len(listed)
        for decision in listed:
            yield decision
            if decision.action != "run":
                self._item_ended(decision)

    def _item_ended(self, decision: Decision) -> None:
        part = decision.part
        for stage in part.stage.flows:
            if decision.name in stage.table:
                continue  # made again, since what was removed is needed
            origin = {**part.origin, part.stage.id: decision.name}
            if decision.record:
                self._new_part(stage, decision.name, origin)
            else:
                why = f"{part.stage.id}/{decision.name}: {decision.reason}"
                self._rule_out(stage, decision.name, origin, "blocked", why)
        part.left -= 1
        if not part.left:
            failed = [d for d in part.items.values() if d.record is None]
            why = f"{failed[0].name}: {failed[0].reason}" if failed else ""
            self._end(part, "failed" if failed else "done", why)


def _name(dep: Part | StageState) -> str:
    return dep.name if isinstance(dep, Part) else dep.id


def _told(error: ValidationError) -> str:
    found = error.errors(include_url=False)
    said = [
        f"{'.'.join(str(w) for w in one['loc'])}: {one['msg'].removeprefix('Value error, ')}"
        for one in found[:3]
    ]
    return f"its options are wrong: {'; '.join(said)}"
