"""What was removed: temporary outputs, whose items count as done as long as nobody asks.

A part whose inputs were removed is what it was last time, if nothing that it depends on changed
and its own items stand; this is told without its inputs. If anything of it has to be made, what
was removed is made again first, and the part waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from animstudio.kernel.work import Item
from animstudio.pipeline.decide import NEEDED, Decider
from animstudio.pipeline.flow import Flow
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.keys import placed
from animstudio.pipeline.looks import Looks
from animstudio.pipeline.record import Record, digest_of
from animstudio.pipeline.state import Decision, Part, StageState, Variant


class Removals(Flow):
    """The side of an `Unfolding` that knows of what was removed."""

    journal: Journal
    looks: Looks
    _decider: Decider

    def _before_is_temporary(self, part: Part) -> bool:
        return any(
            dep.node.temp or any(o.passing for r in _head(dep) for o in r.outputs)
            for dep in part.stage.depends
        )

    def _removed(self, part: Part) -> dict[int, tuple[Part, set[str]]]:
        """Return which items before a part have lost outputs, by their part."""
        found: dict[int, tuple[Part, set[str]]] = {}
        for dep in part.deps:
            for before in dep.parts:
                names = {n for n, d in before.items.items() if d.record and d.record.dropped}
                if names:
                    found[id(before)] = (before, names)
        for dep in part.stage.depends:
            if dep.id in part.origin:
                decision = dep.items[part.origin[dep.id]]
                if decision.record and decision.record.dropped:
                    found[id(decision.part)] = (decision.part, {decision.name})
        return found

    def _before_was_removed(self, part: Part) -> bool:
        return bool(self._removed(part))

    def _part_key(self, part: Part) -> str:
        """Return what the items of a part depend on, told without looking at the outputs."""
        kind, node = part.stage.type, part.stage.node
        asked = repr((node.config, node.foreach, node.matrix))
        everything = self._decider.implied(part, everything=True)
        code = dict(self._decider.code.of(kind.make, kind.apart))
        return digest_of([kind.name, kind.version, code, asked, everything])

    def _as_last_time(self, part: Part) -> Iterator[Decision] | None:
        """Return the items that a part came to last time, if all stand and nothing changed."""
        last = self.journal.parts.get((part.stage.id, part.label))
        if last is None or last.key != part.key or part.stage.id in self._decider.fresh:
            return None
        records = [self.journal.records.get((part.stage.id, name)) for name in last.items]
        if any(r is None or self.looks.harm(r) for r in records):
            return None
        variants: dict[str, Variant] = {}
        found = []
        for record in records:
            assert record is not None
            key = self.journal.keys.get(record.stage_key)
            if key is None:
                return None
            if record.stage_key not in variants:
                values = placed(dict(key.spec), self._decider.places)
                spec = self._decider.spec_of(part.stage.type).model_validate(values)
                variants[record.stage_key] = Variant("", spec, record.stage_key)
            found.append(
                Decision(part, record.item, Item(), variants[record.stage_key], "reuse", "",
                         record.key, record.inputs, {}, record, record)
            )  # fmt: skip
        part.variants = list(variants.values())
        part.expanded = part.stage.node.is_expanded
        return iter(found)

    def _also_again(self, part: Part, names: set[str]) -> Iterator[Decision]:
        """Yield further items of a part that is being made again already."""
        for name in sorted(names & part.items.keys()):
            decision = part.items[name]
            if decision.action != "run" and decision.record and decision.record.dropped:
                decision.action, decision.reason = "run", NEEDED
                decision.record = None
                part.left += 1
                yield decision

    def _revive(self, part: Part) -> Iterator[Decision]:
        """Let what was removed before a part be made again, and the part wait for it."""
        for before, names in self._removed(part).values():
            before.forced |= names
            if before.ending is None:
                yield from self._also_again(before, names)
                continue
            before.stage.left += 1
            before.ending, before.reason = None, ""
            before.items.clear()
            before.variants.clear()
            self._decider.known.pop(id(before), None)
            self._decider.known.pop(-id(before), None)
            for known in (id(before.stage), -id(before.stage)):
                self._decider.known.pop(known, None)
            self._await(before)
        self._await_again(part)

    def _await_again(self, part: Part) -> None:
        before: dict[int, Part | StageState] = {id(d): d for d in part.deps if d.ending is None}
        for dep in part.stage.depends:
            if dep.id in part.origin:
                source = dep.items[part.origin[dep.id]].part
                if source.ending is None and part.origin[dep.id] in source.forced:
                    before[id(source)] = source
        part.waiting = len(before)
        for one in before.values():
            one.waiters.append(part)
        if not before:
            self._ready.append(part)


def _head(stage: StageState) -> list[Record]:
    """Return one record of a stage, as a sample of what it makes."""
    for part in stage.table.values():
        for decision in part.items.values():
            return [decision.record] if decision.record else []
    return []
