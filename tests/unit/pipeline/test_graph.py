"""Recipes as pictures: every edge goes forward, no two boxes touch, names are text."""

from __future__ import annotations

import xml.etree.ElementTree as Tree
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from animstudio.pipeline.graph_layout import lay_out
from animstudio.pipeline.graph_svg import graph_svg, state_of
from animstudio.pipeline.kept import KeptStage
from animstudio.pipeline.stage_account import StageAccount


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    count = draw(st.integers(1, 14))
    names = [f"s{n}" for n in range(count)]
    return {
        name: draw(st.lists(st.sampled_from(names[:n]), unique=True, max_size=3)) if n else []
        for n, name in enumerate(names)
    }


@given(graphs())
def test_edges_go_forward_and_boxes_keep_apart(nodes: dict[str, list[str]]) -> None:
    layout = lay_out(nodes)
    assert set(layout.places) == set(nodes)
    assert set(layout.routes) == {(need, node) for node, needs in nodes.items() for need in needs}
    for (need, node), route in layout.routes.items():
        assert (route[0], route[-1]) == (layout.places[need], layout.places[node])
        columns = [column for column, _ in route]
        assert columns == list(range(columns[0], columns[-1] + 1))
    for (one, row), (other, beside) in combinations(layout.places.values(), 2):
        assert one != other or abs(row - beside) >= 1 - 1e-9
    assert min(row for _, row in layout.places.values()) >= 0


def test_a_ladder_is_drawn_without_crossings() -> None:
    layout = lay_out({"a": [], "b": [], "x": ["b"], "y": ["a"]})
    rows = {name: row for name, (_, row) in layout.places.items()}
    assert (rows["a"] < rows["b"]) == (rows["y"] < rows["x"])


def test_what_became_of_items_is_said_in_words() -> None:
    stages = [
        KeptStage(id="a<b", type="python"),
        KeptStage(id="c", type="x", depends_on=("a<b",), flows_from="a<b", fans_out=True),
    ]
    accounts = {
        "a<b": StageAccount("a<b", planned=3, made=2, failed=1, open=False),
        "c": StageAccount("c", planned=2, made=2, reused=3, open=False),
    }
    picture = graph_svg("<script>", stages, accounts)
    tree = Tree.fromstring(picture)
    said = " ".join(tree.itertext())
    assert "1 failed, 2 made" in said
    assert "done: 2 made, 3 reused" in said
    assert "<script>" not in picture
    assert "edge flow" in picture
    assert state_of(StageAccount("d")) == "waiting"
    assert state_of(StageAccount("d", made=1, blocked=1, planned=2, open=False)) == "blocked"
