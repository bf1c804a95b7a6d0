"""What is to become of each item of a part: run it, for this reason, or reuse what stands.

Nothing here writes. A plan and a run ask the same, so the two can never disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animstudio.catalog import Stage
from animstudio.kernel.errors import StudioError
from animstudio.kernel.files import check_text
from animstudio.kernel.spec import Spec
from animstudio.kernel.work import Item, Place
from animstudio.pipeline.code import Code
from animstudio.pipeline.events import ONLY
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.keys import Places, content_of, difference, item_key, stage_key
from animstudio.pipeline.looks import Looks
from animstudio.pipeline.recipe.expand import expand
from animstudio.pipeline.recipe.paths import anchor
from animstudio.pipeline.recipe.resolve import resolve
from animstudio.pipeline.record import Record, StageKey, digest_of
from animstudio.pipeline.results import Results
from animstudio.pipeline.state import Action, Decision, Part, StageState, Variant

NEEDED = "what was removed of it is needed again"
KEPT = "it was temporary, and is to be kept now"


@dataclass
class Decider:
    """Decides with the journal, the disk and the code before it.

    `fresh` names stages that are made again; `known` remembers what stages came to, as a whole.
    """

    root: Path
    folder: Path
    places: Places
    journal: Journal
    looks: Looks
    code: Code
    fresh: frozenset[str] = frozenset()
    retry: bool = False
    known: dict[int, Any] = field(default_factory=dict)
    _functions: dict[str, Callable[..., Sequence[Item]] | None] = field(default_factory=dict)
    _specs: dict[str, type[Spec]] = field(default_factory=dict)

    def decisions(self, part: Part, results: Results) -> Iterator[Decision]:
        """Yield what is to become of every item of a part, now that all before it stands."""
        node, kind = part.stage.node, part.stage.type
        items = self._items_of(kind)
        expanded = expand(node, results)
        part.expanded = node.is_expanded
        flowing, everything = self.implied(part, everything=False), None
        place = Place(node.id, self.root, self.folder)
        for label, config in expanded:
            model = self.spec_of(kind)
            options = anchor(resolve(config, results), model, self.folder)
            spec = model.model_validate(options)
            key = stage_key(kind, spec, self.code, self.places)
            digest = digest_of(key.as_json())
            self.journal.name(digest, key)
            variant = Variant(label, spec, digest)
            whose = "/".join(word for word in (part.label, label) if word)
            part.variants.append(variant)
            listed = items(spec, place) if items else [Item()]
            self.looks.read_ahead(
                path for item in listed if not item.by_looks for path in item.inputs.values()
            )
            for item in listed:
                implicit = flowing
                if not item.inputs:  # it names nothing, so it depends on all that was before it
                    implicit = everything = everything or self.implied(part, everything=True)
                name = f"{whose}/{item.name}" if whose and item.name else whose or item.name
                check_text(name, "item ")
                yield self._decide(part, variant, name or ONLY, item, key, implicit)

    def _decide(
        self,
        part: Part,
        variant: Variant,
        name: str,
        item: Item,
        key: StageKey,
        implicit: Mapping[str, str],
    ) -> Decision:
        try:
            look = self.looks.sight if item.by_looks else self.looks.input
            seen = {n: look(path) for n, path in item.inputs.items()}
        except StudioError as error:
            return Decision(
                part, name, item, variant, "failed", error.message, "", {}, {}, None, None
            )
        inputs = {**{n: s.digest for n, s in seen.items()}, **implicit}
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
        if failure and failure.key == made_of and failure.kind == "input" and not self.retry:
            return "failed", f"{failure.reason} (as before; its input is the same)"
        if before is None:
            return "run", "not made yet" if failure is None else f"it failed: {failure.reason}"
        if before.key != made_of:
            was = self.journal.keys.get(before.stage_key)
            return "run", difference(before, was, key, inputs, item.options)
        if before.dropped and before.temp and not part.stage.node.temp:
            return "run", KEPT
        if before.dropped and name in part.forced:
            return "run", NEEDED
        if harm := self.looks.harm(before):
            return "run", harm
        return ("adopt" if before.adopted else "reuse"), ""

    def implied(self, part: Part, *, everything: bool) -> dict[str, str]:
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
        if key not in self.known:
            self.known[key] = content_of(dep.records)
        return str(self.known[key])

    def _items_of(self, kind: Stage) -> Callable[..., Sequence[Item]] | None:
        if kind.name not in self._functions:
            self._functions[kind.name] = kind.load_items()
        return self._functions[kind.name]

    def spec_of(self, kind: Stage) -> type[Spec]:
        """Return the class of a stage's options, loaded once."""
        if kind.name not in self._specs:
            self._specs[kind.name] = kind.load_spec()
        return self._specs[kind.name]
