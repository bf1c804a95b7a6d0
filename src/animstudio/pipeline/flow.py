"""Which part of a recipe waits for which, and who is told when one ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from animstudio.catalog import Stage
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.pipeline.recipe.holds import stages_of
from animstudio.pipeline.recipe.model import MATRIX, Recipe, StageNode
from animstudio.pipeline.recipe.template import references_in
from animstudio.pipeline.state import Ending, Part, StageState


class Flow:
    """The stages of a recipe and their parts; `_ready` are those that wait for nothing more."""

    def __init__(self, recipe: Recipe, types: Mapping[str, Stage]) -> None:
        self.recipe = recipe
        self.stages: dict[str, StageState] = {}
        self.ended: list[Part] = []
        """Parts that ended since somebody looked; whoever looks clears it."""
        self._ready: deque[Part] = deque()
        for node in recipe.stages:
            self._add(node, types)

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

    def _end(self, part: Part, ending: Ending, reason: str = "") -> None:
        part.ending, part.reason = ending, reason
        self.ended.append(part)
        if ending != "done" and not part.items:
            self._nothing_flows(part)
        self._wake(part)
        stage = part.stage
        stage.left -= 1
        self._close(stage)

    def _nothing_flows(self, part: Part) -> None:
        """Say of every stage that would flow from a part, and of those after it, that it cannot."""
        for stage in part.stage.flows:
            if part.label in stage.table:
                continue
            if part.ending == "skipped":
                self._rule_out(
                    stage, part.label, part.origin, "skipped", f"{part.name} was skipped"
                )
            else:
                why = f"{part.name}: {part.reason or part.ending}"
                self._rule_out(stage, part.label, part.origin, "blocked", why)

    def _rule_out(
        self, stage: StageState, label: str, origin: Mapping[str, str], ending: Ending, why: str
    ) -> None:
        """Let a part of a stage be that can never have items."""
        stage.left += 1
        stage.table[label] = part = Part(stage, label, origin)
        self._end(part, ending, why)

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


def _referred(node: StageNode) -> frozenset[str]:
    """Return the stages of which a stage wants what they as a whole came to."""
    found = {reference.stage for reference in references_in(dict(node.config))}
    if node.when is not None:
        found |= stages_of(node.when)
    if node.foreach and node.foreach.reference and node.foreach.reference.output:
        found.add(node.foreach.reference.stage)
    return frozenset(found - {MATRIX, *([node.foreach.name] if node.foreach else [])})
