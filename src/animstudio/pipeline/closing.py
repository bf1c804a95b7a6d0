"""The end of a run: its closing stages, one after the other, when everything else has ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from animstudio.catalog import Stage
from animstudio.kernel.closing import Closed, Closing, Ended
from animstudio.kernel.errors import StudioError
from animstudio.kernel.events import Event
from animstudio.kernel.files import refusal
from animstudio.kernel.guard import Guard
from animstudio.kernel.progress import Progress, Reporter, ignore
from animstudio.kernel.settings import Settings
from animstudio.kernel.work import Standing
from animstudio.pipeline import events as on
from animstudio.pipeline.recipe.model import Recipe, StageNode
from animstudio.pipeline.recipe.paths import anchor
from animstudio.pipeline.recipe.resolve import resolve
from animstudio.pipeline.results import Results
from animstudio.pipeline.state import Part, StageState
from animstudio.pipeline.unfold import Unfolding


def opening(recipe: Recipe, types: Mapping[str, Stage]) -> Recipe:
    """Return a recipe without its closing stages: what unfolds into items."""
    return replace(recipe, stages=tuple(n for n in recipe.stages if not _closes(n, types)))


def closing(recipe: Recipe, types: Mapping[str, Stage]) -> list[StageNode]:
    """Return the closing stages of a recipe, in order."""
    return [n for n in recipe.stages if _closes(n, types)]


def _closes(node: StageNode, types: Mapping[str, Stage]) -> bool:
    kind = types.get(node.type)
    return kind is not None and bool(kind.close)


@dataclass(frozen=True, slots=True)
class Closer:
    """Carries out the closing stages of a run over an output folder that it holds."""

    nodes: Sequence[StageNode]
    types: Mapping[str, Stage]
    unfolding: Unfolding
    guard: Guard
    emit: Callable[[Event], object]
    started: datetime
    now: Callable[[], datetime]
    workers: int
    settings: Settings
    progress: Progress = Reporter(ignore)
    closed: dict[str, Closed] = field(default_factory=dict)

    def close(self) -> Counter[str]:
        """Do them all; one that fails costs itself alone. Return how many closed, and failed."""
        counts: Counter[str] = Counter()
        for node in self.nodes:
            self.emit(on.StageClosing(stage=node.id))
            began = time.monotonic()
            found = self._closed(node)
            self.closed[node.id] = found
            seconds = round(time.monotonic() - began, 3)
            self.emit(on.StageClosed(stage=node.id, problem=found.problem, seconds=seconds))
            counts["failed" if found.problem else "closed"] += 1
        return counts

    def _closed(self, node: StageNode) -> Closed:
        kind = self.types[node.type]
        try:
            self.guard.check_before()
            states = [s for n in node.depends_on if (s := self.unfolding.stages.get(n))]
            part = Part(StageState(node, kind, 0, None, tuple(states), frozenset()), "", {})
            part.deps = list(states)
            model = kind.load_spec()
            results = Results(part, self.unfolding.root, {})
            options = anchor(resolve(node.config, results), model, self.unfolding.folder)
            return kind.load_close()(model.model_validate(options), self._place(node, states))
        except ValidationError as error:
            said = error.errors(include_url=False)[0]
            return Closed(f"{'.'.join(map(str, said['loc']))}: {said['msg']}")
        except OSError as error:
            known = refusal(error)
            return Closed(known.message, known.hint or "")
        except StudioError as error:
            return Closed(error.message, error.hint or "")

    def _place(self, node: StageNode, states: Sequence[StageState]) -> Closing:
        return Closing(
            stage=node.id,
            root=self.unfolding.root,
            folder=self.unfolding.folder,
            started=self.started,
            now=self.now,
            workers=self.workers,
            fresh=node.id in self.unfolding.fresh,
            ended={state.id: list(items_of(state)) for state in states},
            closed=dict(self.closed),
            standing=self._standing,
            digest=self._digest,
            settings=self.settings,
            progress=self.progress,
        )

    def _standing(self, stage: str, item: str) -> Standing | None:
        journal = self.unfolding.journal
        record = journal.records.get((stage, item))
        key = journal.keys.get(record.stage_key) if record else None
        if record is None or key is None or record.dropped:
            return None
        return record.standing(key.spec, self.unfolding.looks.harm(record))

    def _digest(self, path: Path) -> str:
        return self.unfolding.looks.input(path).digest


def items_of(state: StageState) -> Iterator[Ended]:
    """Yield what became of a stage's items; of a part that came to none, why."""
    for part in state.table.values():
        for name, decision in part.items.items():
            inputs: Mapping[str, Path] = decision.item.inputs
            if decision.record is None:
                yield Ended(name, False, decision.reason or "it was not made", inputs=inputs)
            else:
                made = decision.action == "run"
                yield Ended(name, made, facts=decision.record.facts, inputs=inputs)
        if not part.items and part.ending in ("failed", "blocked"):
            yield Ended(part.label or "all", False, part.reason or part.ending)
