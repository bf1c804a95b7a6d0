"""Stages, their parts and their items, as far as a plan or a run has got with them.

A *part* of a stage is what becomes known at one moment: the whole stage where it stands for
itself; one item of its source's where it flows (``foreach: {items: ...}``). Two stages that
flow over the same source are aligned: a part waits for its counterpart, not for the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from animstudio.catalog import Stage
from animstudio.kernel.spec import Spec
from animstudio.kernel.work import Item
from animstudio.pipeline.looks import Seen
from animstudio.pipeline.recipe.model import StageNode
from animstudio.pipeline.record import Record

Action = Literal["run", "reuse", "adopt", "failed"]
Ending = Literal["done", "failed", "blocked", "skipped"]


@dataclass(slots=True)
class Variant:
    """A stage with one set of options."""

    label: str
    spec: Spec
    stage_key: str


@dataclass(slots=True, eq=False)
class Decision:
    """What is to become of an item, and why."""

    part: Part
    name: str
    item: Item
    variant: Variant
    action: Action
    reason: str
    key: str
    inputs: Mapping[str, str]
    seen: Mapping[str, Seen]
    before: Record | None = None
    record: Record | None = None
    """What it came to, when it stands."""


@dataclass(slots=True, eq=False)
class Part:
    """See above. `origin` names, for each stage that it flows from, the item it belongs to."""

    stage: StageState
    label: str
    origin: Mapping[str, str]
    deps: list[Part | StageState] = field(default_factory=list)
    waiting: int = 0
    waiters: list[Part] = field(default_factory=list)
    items: dict[str, Decision] = field(default_factory=dict)
    variants: list[Variant] = field(default_factory=list)
    expanded: bool = False
    left: int = 0
    ending: Ending | None = None
    reason: str = ""
    key: str = ""
    """What its items depend on as a whole; only where something before it is temporary."""
    forced: set[str] = field(default_factory=set)
    """Items whose removed outputs are needed again."""

    @property
    def records(self) -> list[Record]:
        """Return what stands of it."""
        return [d.record for d in self.items.values() if d.record]

    @property
    def parts(self) -> Iterator[Part]:
        """Yield itself."""
        yield self

    @property
    def name(self) -> str:
        """The stage, and which part of it."""
        return f"{self.stage.id}/{self.label}" if self.label else self.stage.id


@dataclass(slots=True, eq=False)
class StageState:
    """A stage of the recipe; `open` as long as further parts may come."""

    node: StageNode
    type: Stage
    number: int
    source: str | None
    depends: tuple[StageState, ...]
    referred: frozenset[str]
    table: dict[str, Part] = field(default_factory=dict)
    items: dict[str, Decision] = field(default_factory=dict)
    flows: list[StageState] = field(default_factory=list)
    users: list[StageState] = field(default_factory=list)
    waiters: list[Part] = field(default_factory=list)
    open: bool = True
    left: int = 0
    final: Ending | None = None

    @property
    def id(self) -> str:
        """Its name in the recipe."""
        return self.node.id

    @property
    def stage(self) -> StageState:
        """Itself; as a `Part` has it."""
        return self

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return not self.open and self.left == 0

    @property
    def ending(self) -> Ending | None:
        """How it ended, seen by a stage that wants all of it: what stands can be used."""
        if not self.ended:
            self.final = None
        elif self.final is None:
            endings = {part.ending for part in self.table.values()}
            self.final = next((e for e in ("done", "failed", "blocked", "skipped") if e in endings),
                              "blocked")  # fmt: skip
            if self.final == "failed" and any(part.records for part in self.table.values()):
                self.final = "done"
        return self.final

    @property
    def reason(self) -> str:
        """Why it ended without anything, if it did."""
        reasons = (part.reason for part in self.table.values() if part.reason)
        return next(reasons, "there was nothing to do")

    @property
    def parts(self) -> Iterator[Part]:
        """Yield what it fell into."""
        yield from self.table.values()

    @property
    def records(self) -> list[Record]:
        """Return what stands of it."""
        return [record for part in self.table.values() for record in part.records]
