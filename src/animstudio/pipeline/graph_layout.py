"""Where the boxes of a graph stand: layers from left to right, few crossings, short edges.

Source: Sugiyama, Tagawa, Toda, "Methods for Visual Understanding of Hierarchical System
Structures", IEEE Trans. SMC 11(2), 1981: longest-path layers, an unseen point on every layer
that an edge passes, order by barycentres swept to and fro. Heights are evened out by moving
each box towards the mean of its neighbours, as far as those beside it leave room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 12
_PASSES = 12
_THIN = 0.4
"""Room of a point that an edge passes, in rows."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns and rows: `places` of nodes, and the points that each edge goes through.

    Rows count from 0 and may be fractions; two nodes of a column are a row apart at least.
    """

    places: Mapping[str, tuple[int, float]]
    routes: Mapping[tuple[str, str], Sequence[tuple[int, float]]]

    @property
    def columns(self) -> int:
        """How many there are."""
        return 1 + max((column for column, _ in self.places.values()), default=-1)

    @property
    def rows(self) -> float:
        """The last row that anything stands on, and one."""
        points = [p for route in self.routes.values() for p in route]
        return 1 + max((row for _, row in [*self.places.values(), *points]), default=-1)


def lay_out(nodes: Mapping[str, Sequence[str]]) -> Layout:
    """Return the layout of nodes, each with those before it; every one stands after those."""
    columns = _columns(nodes)
    layers: list[list[str]] = [[] for _ in range(1 + max(columns.values(), default=-1))]
    before: dict[str, list[str]] = {}
    chains: dict[tuple[str, str], list[str]] = {}
    for node, needs in nodes.items():
        layers[columns[node]].append(node)
        before.setdefault(node, [])
        for need in needs:
            chain = [need]
            for column in range(columns[need] + 1, columns[node]):
                point = f"\0{need}\0{node}\0{column}"  # no node is called so
                layers[column].append(point)
                before[point] = [chain[-1]]
                chain.append(point)
            before[node].append(chain[-1])
            chains[need, node] = [*chain, node]
    after: dict[str, list[str]] = {node: [] for node in before}
    for node, needs_of in before.items():
        for need in needs_of:
            after[need].append(node)
    layers = _ordered(layers, before, after)
    rows = _rows(layers, before, after)
    at = {node: (column, rows[node]) for column, layer in enumerate(layers) for node in layer}
    return Layout(
        {node: at[node] for node in nodes},
        {edge: [at[point] for point in chain] for edge, chain in chains.items()},
    )


def _columns(nodes: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return each node's layer: one more than the furthest of those before it."""
    found: dict[str, int] = {}
    for node, needs in nodes.items():
        found[node] = 1 + max((found[need] for need in needs), default=-1)
    return found


Near = Mapping[str, Sequence[str]]


def _ordered(layers: list[list[str]], before: Near, after: Near) -> list[list[str]]:
    """Sweep to and fro, and return the order with the fewest crossings."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers, before)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        forth = sweep % 2 == 0
        indices = range(1, len(layers)) if forth else range(len(layers) - 2, -1, -1)
        for index in indices:
            beside = layers[index - 1] if forth else layers[index + 1]
            layers[index] = _by_barycentre(layers[index], beside, before if forth else after)
        crossings = _crossings(layers, before)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _by_barycentre(layer: list[str], beside: list[str], near: Near) -> list[str]:
    place = {node: number for number, node in enumerate(beside)}
    own = {node: number for number, node in enumerate(layer)}
    scale = len(beside) / max(1, len(layer))

    def centre(node: str) -> float:
        found = [place[other] for other in near[node]]
        return sum(found) / len(found) if found else own[node] * scale

    return sorted(layer, key=lambda node: (centre(node), own[node]))


def _crossings(layers: Sequence[Sequence[str]], before: Near) -> int:
    """Count pairs of edges between neighbouring layers that cross."""
    total = 0
    for left, right in pairwise(layers):
        place = {node: number for number, node in enumerate(left)}
        ends = [sorted(place[other] for other in before[node]) for node in right]
        flat = [end for group in ends for end in group]
        total += sum(a > b for i, a in enumerate(flat) for b in flat[i + 1 :])
    return total


def _rows(layers: Sequence[Sequence[str]], before: Near, after: Near) -> dict[str, float]:
    rows: dict[str, float] = {}
    tallest = max((_height(layer) for layer in layers), default=0.0)
    for layer in layers:
        at = (tallest - _height(layer)) / 2
        for node in layer:
            rows[node] = at
            at += _room(node)
    for turn in range(_PASSES):
        near = before if turn % 2 == 0 else after
        for layer in layers if turn % 2 == 0 else reversed(layers):
            wished = {
                node: sum(rows[other] for other in near[node]) / len(near[node])
                if near[node] else rows[node] for node in layer
            }  # fmt: skip
            _settle(layer, wished, rows)
    least = min(rows.values(), default=0.0)
    return {node: row - least for node, row in rows.items()}


def _settle(layer: Sequence[str], wished: Mapping[str, float], rows: dict[str, float]) -> None:
    """Place a layer as near to what is wished as its order allows, pushing blocks together."""
    blocks: list[tuple[list[str], float, float]] = []  # nodes, where the first is, and their height
    for node in layer:
        block = ([node], wished[node], _room(node))
        while blocks and blocks[-1][1] + blocks[-1][2] > block[1]:
            nodes, at, height = blocks.pop()
            ours = len(block[0])
            mean = (at * len(nodes) + (block[1] - height) * ours) / (len(nodes) + ours)
            block = ([*nodes, *block[0]], mean, height + block[2])
        blocks.append(block)
    for nodes, at, _ in blocks:
        for node in nodes:
            rows[node] = at
            at += _room(node)


def _room(node: str) -> float:
    return _THIN if node.startswith("\0") else 1.0


def _height(layer: Sequence[str]) -> float:
    return sum(_room(node) for node in layer)
