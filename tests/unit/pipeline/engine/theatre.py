"""A place for the engine to work in tests: recipes made in Python, orders done in this process."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animstudio.catalog import Stage
from animstudio.kernel.guard import GuardSpec
from animstudio.pipeline.api import plan_recipe
from animstudio.pipeline.conduct import RunOutcome, run_recipe
from animstudio.pipeline.executors import Answer, Broken, Finished, Told
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.perform import Order, Spoilt, perform_all
from animstudio.pipeline.plan import Plan
from animstudio.pipeline.recipe.model import Foreach, Recipe, Reference, StageNode, Text

if str(Path(__file__).parent) not in sys.path:  # worker processes import the plays by this name
    sys.path.insert(0, str(Path(__file__).parent))


def stage(name: str, make: str, spec: str, **more: Any) -> Stage:
    """A stage whose parts stand in `plays`."""
    named = {key: f"plays:{value}" if key != "batch" else value for key, value in more.items()}
    make = f"plays:{make}"
    return Stage(name, make, f"plays:{spec}", 1, (), name, make=make, **named)


TYPES = {
    s.name: s
    for s in (
        stage("lines", "make_lines", "LinesSpec", items="text_items", result="Folder",
              gather="gather_folder"),
        stage("join", "make_joined", "JoinSpec", result="Joined"),
        stage("one", "make_one", "OneSpec"),
        stage("act", "make_act", "ActSpec", items="act_items", batch="batch"),
        stage("spans", "make_span", "SpansSpec", items="span_items"),
        stage("opens", "make_opened", "LinesSpec", items="opened_items", result="Opened",
              gather="gather_opened"),
        stage("uses", "make_used", "UsesSpec", items="used_items", result="Used",
              gather="gather_used"),
        Stage("tells", "plays:close_tell", "plays:TellSpec", 1, (), "tells",
              close="plays:close_tell"),
    )
}  # fmt: skip

ITEM = Reference("item", "name")
FOLDER = Reference("lines", "folder")


def flow(stage: str) -> Foreach:
    """For every item of a stage, as soon as it stands."""
    return Foreach(reference=Reference(stage, ""))


class Inline:
    """An executor that does everything at once, here; `done` are the orders it carried out."""

    slots = 2

    def __init__(self) -> None:
        self.done: list[Order] = []
        self._answers: list[Answer] = []

    def start(self, orders: Sequence[Order]) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            values = perform_all(orders, lambda said: self._answers.append(Told(*said)))  # type: ignore[misc]
        self.done += orders
        for order, value in zip(orders, values, strict=True):
            self._answers.append(
                Broken(order.attempt, value.error, value.trace)
                if isinstance(value, Spoilt)
                else Finished(order.attempt, value)
            )

    def answers(self, patience: float) -> list[Answer]:
        found, self._answers = self._answers, []
        return found

    def end(self, attempt: str) -> None:
        pass

    def rest(self) -> None:
        pass

    def stop(self) -> None:
        pass


@dataclass
class Hasty:
    """A clock that runs ahead once a file is there: at each look, five seconds more."""

    once: Path
    ahead: float = 0.0

    def __call__(self) -> float:
        self.ahead += 5.0 * self.once.exists()
        return time.monotonic() + self.ahead


@dataclass
class Theatre:
    """An output folder, a folder of texts, and the recipes of the day."""

    place: Path
    events: list[Any] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.place / "out"

    @property
    def texts(self) -> Path:
        return self.place / "texts"

    def write(self, **texts: str) -> None:
        self.texts.mkdir(exist_ok=True)
        for name, text in texts.items():
            (self.texts / f"{name}.txt").write_text(text)

    def lines(self, **more: Any) -> StageNode:
        node = {key: more.pop(key) for key in list(more) if key in StageNode.__slots__}
        return StageNode("lines", "lines", {"source": str(self.texts), **more}, **node)

    def join(self, **more: Any) -> StageNode:
        return StageNode("join", "join", {"folder": FOLDER, **more})

    def one(self, name: str = "one", *, of: str = "lines", **more: Any) -> StageNode:
        config = {"path": Text((str(self.out), f"/{of}/", ITEM, ".txt")), "name": ITEM}
        node = {key: more.pop(key) for key in list(more) if key in StageNode.__slots__}
        return StageNode(name, "one", {**config, **more}, foreach=flow(of), **node)

    def act(self, how: str = "", name: str = "act", **more: Any) -> StageNode:
        node = {key: more.pop(key) for key in list(more) if key in StageNode.__slots__}
        config = {"how": how, "marker": str(self.place / "marker"), **more}
        return StageNode(name, "act", config, **node)

    def one_stage(self, name: str) -> StageNode:
        return StageNode("solo", "one", {"path": str(self.texts / "a.txt"), "name": name})

    @property
    def marker(self) -> str:
        path = self.place / "marker"
        return path.read_text() if path.exists() else ""

    def recipe(self, *nodes: StageNode) -> Recipe:
        return Recipe("test", 1, nodes, folder=self.place)

    def plan(self, *nodes: StageNode, **more: Any) -> Plan:
        more.setdefault("types", TYPES)
        return plan_recipe(self.recipe(*nodes), self.out, **more)

    def run(self, *nodes: StageNode, real: bool = False, **more: Any) -> Ran:
        self.events.clear()
        more.setdefault("types", TYPES)
        more.setdefault("pace", PaceSpec(backoff=0, patience=0))
        executor = None if real else more.pop("executor", Inline())
        outcome = run_recipe(
            self.recipe(*nodes), self.out, state=self.place / "state", executor=executor,
            guard=GuardSpec(disk_free_gb=0, ram_stop=1, ram_slow=1),
            listener=self.events.append, **more,
        )  # fmt: skip
        return Ran(outcome, list(self.events))

    def text(self, name: str) -> str:
        return (self.out / name).read_text()

    def results(self) -> dict[str, bytes]:
        """Everything in the output folder but for the studio's own records."""
        return {
            str(path.relative_to(self.out)): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file() and path.relative_to(self.out).parts[0] != "checkpoints"
        }


@dataclass
class Ran:
    """How a run ended, and what it told."""

    outcome: RunOutcome
    events: list[Any]

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.outcome.counts)

    @property
    def made(self) -> list[str]:
        return sorted(f"{e.stage}/{e.item}" for e in self.events if e.type == "item.committed")

    @property
    def why(self) -> dict[str, str]:
        return {f"{e.stage}/{e.item}": e.why for e in self.events if e.type == "item.started"}

    @property
    def failed(self) -> dict[str, str]:
        return {f"{e.stage}/{e.item}": e.reason for e in self.events if e.type == "item.failed"}

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.events if event.type == kind]


def actions(plan: Plan) -> dict[str, str]:
    return {f"{item.stage}/{item.item}": item.action for item in plan.items}


def reasons(plan: Plan) -> dict[str, str]:
    return {f"{item.stage}/{item.item}": item.reason for item in plan.items}


def logged(out: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((out / "checkpoints" / "runs").glob("*/events.jsonl")):
        for line in path.read_text().splitlines():
            with contextlib.suppress(ValueError):
                yield json.loads(line)
