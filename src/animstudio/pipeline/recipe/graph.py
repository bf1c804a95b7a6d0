"""The order in which stages can run, and the circles in which they cannot."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

from animstudio.pipeline.recipe.drafts import Draft
from animstudio.pipeline.recipe.problems import Findings, Place, Spot

Edges = Mapping[str, Mapping[str, Place]]
"""By stage, which stages it waits for, and where that is said."""


def edges_of(drafts: Sequence[Draft]) -> dict[str, dict[str, Place]]:
    """Return what each stage waits for: declared first, then implied by references."""
    known = {draft.id for draft in drafts}
    edges: dict[str, dict[str, Place]] = {}
    for draft in drafts:
        waits: dict[str, Place] = {place.text: place for place in draft.declared}
        bound = draft.foreach.name if draft.foreach else None
        for reference in draft.references:
            if reference.stage in known and reference.stage != bound:
                mark = reference.mark
                spot = Spot(draft.node.source, mark.line, mark.column)
                waits.setdefault(reference.stage, spot)
        edges[draft.id] = waits
    return edges


def in_order(edges: Edges) -> list[str]:
    """Return the stages so that each stands behind what it waits for, else as written.

    Those in a circle, or behind one, are left out. A. B. Kahn, Topological sorting of large
    networks, CACM 5 (1962), with the earliest written of the ready ones first.
    """
    place = {name: index for index, name in enumerate(edges)}
    names = list(edges)
    missing = {name: len(waits) for name, waits in edges.items()}
    followers: dict[str, list[str]] = {name: [] for name in names}
    for name, waits in edges.items():
        for other in waits:
            followers[other].append(name)
    ready = [place[name] for name in names if not missing[name]]
    heapify(ready)
    ordered: list[str] = []
    while ready:
        name = names[heappop(ready)]
        ordered.append(name)
        for follower in followers[name]:
            missing[follower] -= 1
            if not missing[follower]:
                heappush(ready, place[follower])
    return ordered


def note_circles(edges: Edges, ordered: Sequence[str], findings: Findings) -> None:
    """Note a circle in every knot of stages that all wait for each other, edge by edge."""
    done = set(ordered)
    left = {
        name: {other: at for other, at in waits.items() if other not in done}
        for name, waits in edges.items()
        if name not in done
    }
    for knot in _knots(left):
        start = next(name for name in left if name in knot)
        circle = _shortest_circle(start, left, knot)
        if len(circle) == 1:
            findings.add("cycle", f"stage '{start}' waits for itself", left[start][start])
        elif circle:
            steps = list(zip(circle, [*circle[1:], start], strict=True))
            way = " -> ".join([*circle, start])
            findings.add(
                "cycle", f"stages wait for each other: {way}", left[start][circle[1]],
                notes=[(f"'{one}' waits for '{other}'", left[one][other]) for one, other in steps],
            )  # fmt: skip


def _knots(edges: Edges) -> list[set[str]]:
    """Return the strongly connected components, single stages too.

    S. R. Kosaraju and M. Sharir, A strong-connectivity algorithm, Comput. Math. Appl. 7 (1981).
    """
    followers: dict[str, list[str]] = {name: [] for name in edges}
    for name, waits in edges.items():
        for other in waits:
            followers[other].append(name)
    seen: set[str] = set()
    finished: list[str] = []
    for start in edges:
        waiting = [(start, False)]
        while waiting:
            name, leaving = waiting.pop()
            if leaving:
                finished.append(name)
            elif name not in seen:
                seen.add(name)
                waiting.append((name, True))
                waiting += [(other, False) for other in edges[name]]
    knots: list[set[str]] = []
    placed: set[str] = set()
    for start in reversed(finished):
        knot, names = set(), [start]
        while names:
            name = names.pop()
            if name not in placed:
                placed.add(name)
                knot.add(name)
                names += followers[name]
        if knot:
            knots.append(knot)
    return knots


def _shortest_circle(start: str, edges: Edges, knot: set[str]) -> list[str]:
    """Return the fewest stages that lead from one back to it; none if nothing does."""
    came_from: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        name = waiting.popleft()
        for other in edges[name]:
            if other == start:
                circle = [name]
                while circle[-1] != start:
                    circle.append(came_from[circle[-1]])
                return circle[::-1]
            if other in knot and other not in came_from:
                came_from[other] = name
                waiting.append(other)
    return []
