"""What stages came to, as those after them refer to it: computed when somebody asks, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.work import Committed
from animstudio.pipeline.record import Record
from animstudio.pipeline.state import Decision, Part, StageState, Variant


class Results(Mapping[str, Any]):
    """Results by stage, for one part: aligned stages give their counterpart's, others all.

    A stage that was expanded gives a list. The item that the part flows from stands under the
    name that its ``foreach`` gives it. Nothing is gathered before it is asked for.
    """

    def __init__(self, part: Part, root: Path, known: dict[int, Any]) -> None:
        self._root, self._known = root, known
        self._deps = {dep.stage.id: dep for dep in part.deps}
        foreach = part.stage.node.foreach
        self._item = foreach.name if foreach else ""
        self._source: Decision | None = None
        for dep in part.stage.depends:
            if dep.id == part.stage.source:
                self._source = dep.items[part.origin[dep.id]]

    def __getitem__(self, name: str) -> Any:
        if self._source and name == self._item:
            return ItemView(self._source, self._root)
        dep = self._deps[name]
        if id(dep) not in self._known:
            self._known[id(dep)] = self._gathered(dep)
        return self._known[id(dep)]

    def __contains__(self, name: object) -> bool:
        return name in self._deps or (self._source is not None and name == self._item)

    def __iter__(self) -> Iterator[str]:
        return iter([*self._deps, *([self._item] if self._source else [])])

    def __len__(self) -> int:
        return len(self._deps) + bool(self._source)

    def _gathered(self, dep: Part | StageState) -> Any:
        found = [
            gathered(dep.stage, v, _of(p, v), self._root)
            for p in dep.parts
            for v in p.variants
            if p.records
        ]
        many = isinstance(dep, StageState) and dep.source
        single = not many and not any(part.expanded for part in dep.parts)
        return found[0] if single and found else found


class ItemView(Mapping[str, Any]):
    """An item as ``{item.output}`` sees it: its name, its outputs, and what it came to.

    Its facts come first, then the files that it was made from, then the outputs of its stage's
    result, computed of it alone.
    """

    def __init__(self, decision: Decision, root: Path) -> None:
        self._decision, self._root = decision, root
        self._result: Mapping[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:
        record = self._decision.record
        if record is None:
            raise KeyError(name)
        if name == "name":
            return self._decision.name
        if name == "outputs":
            return [str(self._root / output.path) for output in record.outputs]
        if name in record.facts:
            return record.facts[name]
        inputs = self._decision.item.inputs
        return str(inputs[name]) if name in inputs else self._gathered(record)[name]

    def __iter__(self) -> Iterator[str]:
        record = self._decision.record
        if record is None:
            return iter(())
        return iter(dict.fromkeys(["name", "outputs", *record.facts, *self._gathered(record)]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _gathered(self, record: Record) -> Mapping[str, Any]:
        if self._result is None:
            decision = self._decision
            found = gathered(decision.part.stage, decision.variant, [record], self._root)
            self._result = dict(found)
        return self._result


def _of(part: Part, variant: Variant) -> list[Record]:
    return [d.record for d in part.items.values() if d.variant is variant and d.record]


def gathered(stage: StageState, variant: Variant, records: Sequence[Record], root: Path) -> Any:
    """Return a stage's typed result. Raises WorkFailed where it does not fit its model."""
    committed = [Committed(r.item, [o.path for o in r.outputs], r.facts) for r in records]
    try:
        return stage.type.load_gather()(variant.spec, committed, root)
    except (ValidationError, LookupError) as error:
        raise WorkFailed(f"{stage.id}: its result cannot be told: {error}") from error
