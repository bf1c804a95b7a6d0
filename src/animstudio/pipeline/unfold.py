"""How a recipe unfolds into items, as far as what it depends on stands.

    begin            every stage that waits for nothing
    committed        an item stands: what waited for it, or flows from it, goes on
    set_aside        an item failed: what needs it is blocked, the rest goes on

Each gives the decisions that became possible: run this item, for this reason, or reuse it. A
plan asks for the first of them and stops there; a run carries them out. So the two can never
disagree. Nothing here writes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from animstudio.catalog import Stage
from animstudio.kernel.errors import AskedWrongly, StudioError, nearest
from animstudio.kernel.spec import Spec
from animstudio.kernel.work import Item, Place
from animstudio.pipeline.code import Code
from animstudio.pipeline.journal import Journal, no_sweeps
from animstudio.pipeline.keys import content_of, difference, item_key, places_of, stage_key
from animstudio.pipeline.looks import Looks
from animstudio.pipeline.recipe.expand import expand
from animstudio.pipeline.recipe.holds import asks_items, holds, is_skipped, stages_of
from animstudio.pipeline.recipe.model import MATRIX, Recipe, StageNode
from animstudio.pipeline.recipe.paths import anchor
from animstudio.pipeline.recipe.resolve import resolve
from animstudio.pipeline.recipe.template import references_in
from animstudio.pipeline.record import Record, StageKey, digest_of
from animstudio.pipeline.removals import NEEDED, Removals, is_expanded
from animstudio.pipeline.results import Results
from animstudio.pipeline.state import Action, Decision, Ending, Part, StageState, Variant

ONLY = "all"
"""What the item of a stage is called that has only one."""


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
        self.recipe, self.root = recipe, root
        self.folder = recipe.folder.absolute()
        self.places = places_of(root, self.folder)
        self.journal, self.looks = journal, looks
        self._code, self.fresh, self._retry = code, frozenset(fresh), retry_failed
        self._known: dict[int, Any] = {}
        self._functions: dict[str, Callable[..., Sequence[Item]] | None] = {}
        self._specs: dict[str, type[Spec]] = {}
        self._ready: deque[Part] = deque()
        self.stages: dict[str, StageState] = {}
        for node in recipe.stages:
            self._add(node, types)
        self.ended: list[Part] = []
        """Parts that ended since somebody looked; whoever looks clears it."""

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

    def _add(self, node: StageNode, types: Mapping[str, Stage]) -> None:
        if node.type not in types:
            where = f"{node.mark.file}:{node.mark.line}: " if node.mark.file else ""
            raise AskedWrongly(
                f"{where}stage '{node.id}': no type '{node.type}'{nearest(node.type, types)}"
            )
        source, referred = node.flows_from, _referred(node)
        wanted = dict.fromkeys([*([source] if source else []), *node.depends_on, *sorted(referred)])
        depends = []
        for name in wanted:
            if name not in self.stages:
                raise AskedWrongly(f"stage '{node.id}' depends on '{name}', which is not before it")
            depends.append(self.stages[name])
        state = StageState(
            node, types[node.type], len(self.stages), source, tuple(depends), referred
        )
        self.stages[node.id] = state
        for dep in depends:
            (dep.flows if dep.id == source else dep.users).append(state)

    def _new_part(self, stage: StageState, label: str, origin: Mapping[str, str]) -> Part:
        part = Part(stage, label, origin)
        stage.table[label] = part
        stage.left += 1
        for dep in stage.depends:
            # What it flows from stands; but who refers to all of that waits for all of it.
            if dep.id not in origin or dep.id in stage.referred:
                part.deps.append(dep.table.get(origin[dep.source], dep)
                                 if dep.source and dep.source in origin else dep)  # fmt: skip
        self._await(part)
        return part

    def _await(self, part: Part) -> None:
        part.waiting = 0
        for dep in part.deps:
            if dep.ending is None:
                dep.waiters.append(part)
                part.waiting += 1
        if not part.waiting:
            self._ready.append(part)

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
        node, results = part.stage.node, Results(part, self.root, self._known)
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
        yield from self._decided(part, self._decisions(part, results))

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
                self._end(part, "failed", f"two items are called '{decision.name}'")
                return
            part.items[decision.name] = part.stage.items[decision.name] = decision
        part.left = len(listed)
        for decision in listed:
            yield decision
            if decision.action != "run":
                self._item_ended(decision)

    def _decisions(self, part: Part, results: Results) -> Iterator[Decision]:
        node, kind = part.stage.node, part.stage.type
        items = self._items_of(kind)
        expanded = expand(node, results)
        part.expanded = is_expanded(node)
        flowing, everything = self._implied(part, everything=False), None
        place = Place(node.id, self.root, self.recipe.folder)
        for label, config in expanded:
            model = self._spec_of(kind)
            options = anchor(resolve(config, results), model, self.folder)
            spec = model.model_validate(options)
            key = stage_key(kind, spec, self._code, self.places)
            digest = digest_of(key.as_json())
            self.journal.name(digest, key)
            variant = Variant(label, spec, digest)
            part.variants.append(variant)
            for item in items(spec, place) if items else [Item()]:
                implied = flowing
                if not item.inputs:  # it names nothing, so it depends on all that was before it
                    implied = everything = everything or self._implied(part, everything=True)
                name = "/".join(word for word in (part.label, label, item.name) if word) or ONLY
                yield self._decide(part, variant, name, item, key, implied)

    def _decide(
        self,
        part: Part,
        variant: Variant,
        name: str,
        item: Item,
        key: StageKey,
        implied: Mapping[str, str],
    ) -> Decision:
        try:
            look = self.looks.sight if item.by_looks else self.looks.input
            seen = {n: look(path) for n, path in item.inputs.items()}
        except StudioError as error:
            return Decision(
                part, name, item, variant, "failed", error.message, "", {}, {}, None, None
            )
        inputs = {**{n: s.digest for n, s in seen.items()}, **implied}
        made_of = item_key(variant.stage_key, inputs, item.options)
        before = self.journal.records.get((part.stage.id, name))
        action, reason = self._verdict(part, name, made_of, before, variant, inputs, item, key)
        record = before if action in ("reuse", "adopt") else None
        return Decision(
            part, name, item, variant, action, reason, made_of, inputs, seen, before, record
        )

    def _verdict(
        self,
        part: Part,
        name: str,
        made_of: str,
        before: Record | None,
        variant: Variant,
        inputs: Mapping[str, str],
        item: Item,
        key: StageKey,
    ) -> tuple[Action, str]:
        if part.stage.id in self.fresh:
            return "run", "it is to be made again"
        failure = self.journal.failures.get((part.stage.id, name))
        if failure and failure.key == made_of and failure.kind == "input" and not self._retry:
            return "failed", f"{failure.reason} (as before; its input is the same)"
        if before is None:
            return "run", "not made yet" if failure is None else f"it failed: {failure.reason}"
        if before.key != made_of:
            was = self.journal.keys.get(before.stage_key)
            return "run", difference(before, was, key, inputs, item.options)
        if before.dropped and name in part.forced:
            return "run", NEEDED
        if harm := self.looks.harm(before):
            return "run", harm
        return ("adopt" if before.adopted else "reuse"), ""

    def _implied(self, part: Part, *, everything: bool) -> dict[str, str]:
        """Return the contents that a part depends on without saying so.

        The item that it flows from, and where its stage names no inputs itself, all that the
        stages before it made.
        """
        found = {}
        for dep in part.stage.depends:
            if dep.id == part.stage.source:
                record = dep.items[part.origin[dep.id]].record
                found[f"item of {dep.id}"] = record.content if record else ""
        if everything:
            found |= {f"stage {dep.stage.id}": self._content(dep) for dep in part.deps}
        return found

    def _content(self, dep: Part | StageState) -> str:
        key = -id(dep)
        if key not in self._known:
            self._known[key] = content_of(dep.records)
        return str(self._known[key])

    def _item_ended(self, decision: Decision) -> None:
        part = decision.part
        for stage in part.stage.flows:
            if decision.name in stage.table:
                continue  # made again, since what was removed is needed
            origin = {**part.origin, part.stage.id: decision.name}
            if decision.record:
                self._new_part(stage, decision.name, origin)
            else:
                stage.left += 1
                stage.table[decision.name] = blocked = Part(stage, decision.name, origin)
                why = f"{part.stage.id}/{decision.name}: {decision.reason}"
                self._end(blocked, "blocked", why)
        part.left -= 1
        if not part.left:
            failed = [d for d in part.items.values() if d.record is None]
            why = f"{failed[0].name}: {failed[0].reason}" if failed else ""
            self._end(part, "failed" if failed else "done", why)

    def _end(self, part: Part, ending: Ending, reason: str = "") -> None:
        part.ending, part.reason = ending, reason
        self.ended.append(part)
        self._wake(part)
        stage = part.stage
        stage.left -= 1
        self._close(stage)

    def _close(self, stage: StageState) -> None:
        """Tell who waits for all of a stage that it ended; what flows from it gets no more."""
        if not stage.ended:
            return
        self._wake(stage)
        for flow in stage.flows:
            if flow.open:
                flow.open = False
                self._close(flow)

    def _wake(self, ended: Part | StageState) -> None:
        waiters, ended.waiters = ended.waiters, []
        for part in waiters:
            part.waiting -= 1
            if not part.waiting:
                self._ready.append(part)

    def _items_of(self, kind: Stage) -> Callable[..., Sequence[Item]] | None:
        if kind.name not in self._functions:
            self._functions[kind.name] = kind.load_items()
        return self._functions[kind.name]

    def _spec_of(self, kind: Stage) -> type[Spec]:
        if kind.name not in self._specs:
            self._specs[kind.name] = kind.load_spec()
        return self._specs[kind.name]


def _referred(node: StageNode) -> frozenset[str]:
    """Return the stages of which a stage wants what they as a whole came to."""
    found = {reference.stage for reference in references_in(dict(node.config))}
    if node.when is not None:
        found |= stages_of(node.when)
    if node.foreach and node.foreach.reference and node.foreach.reference.output:
        found.add(node.foreach.reference.stage)
    return frozenset(found - {MATRIX, *([node.foreach.name] if node.foreach else [])})


def _name(dep: Part | StageState) -> str:
    return dep.name if isinstance(dep, Part) else dep.id


def _told(error: ValidationError) -> str:
    found = error.errors(include_url=False)
    said = [f"{'.'.join(str(w) for w in one['loc'])}: {one['msg']}" for one in found[:3]]
    return f"its options are wrong: {'; '.join(said)}"
