"""Temporary outputs, parts that are aligned, and garbage."""

from __future__ import annotations

import sys

import pytest

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.hold import held
from animstudio.pipeline import temporary
from animstudio.pipeline.api import explain
from animstudio.pipeline.collect import collect_garbage
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.recipe.model import Reference, StageNode, Text

from .theatre import ITEM, TYPES, Theatre, flow, reasons


def spans(theatre: Theatre, **more: object) -> StageNode:
    """Every line of every text is an item, and belongs to its text."""
    path = Text((str(theatre.out), "/lines/", ITEM, ".txt"))
    return StageNode("spans", "spans", {"path": path, **more}, foreach=flow("lines"))


def film(theatre: Theatre, **more: object) -> StageNode:
    """What a text's lines come to, for each text alone."""
    folder = Text((str(theatre.out), "/spans/", ITEM))
    config = {"path": Text((str(theatre.out), "/lines/", ITEM, ".txt")), "name": ITEM, **more}
    assert folder
    return StageNode("film", "one", config, foreach=flow("lines"), depends_on=("spans",))


def test_a_text_goes_on_while_others_are_cut(theatre: Theatre) -> None:
    theatre.write(a="1\n2\n3\n", b="4\n")
    ran = theatre.run(theatre.lines(), spans(theatre), film(theatre))
    assert ran.outcome.complete
    assert {m for m in ran.made if m.startswith("spans/a")} == {
        f"spans/a/span{n}" for n in range(3)
    }
    order = [f"{e.stage}/{e.item}" for e in ran.of("item.committed")]
    assert order.index("film/b") > order.index("spans/b/span0")
    theatre.write(b="4\n5\n")
    again = theatre.run(theatre.lines(), spans(theatre), film(theatre))
    assert again.made == ["film/b", "lines/b", "spans/b/span0", "spans/b/span1"]


def test_a_failed_part_blocks_its_counterpart_only(theatre: Theatre) -> None:
    theatre.write(b="")  # no lines: no spans
    ran = theatre.run(theatre.lines(), spans(theatre), film(theatre))
    assert {"film/a", "film/c"} < set(ran.made)
    assert "film/b" not in ran.made
    blocked = [e for e in ran.of("pipeline.part") if e.ending == "blocked"]
    assert [(e.stage, e.part) for e in blocked] == [("film", "b")]


def test_temporary_outputs_go_when_they_are_used_up(theatre: Theatre) -> None:
    nodes = theatre.lines(temp=True), theatre.one()
    ran = theatre.run(*nodes)
    assert ran.outcome.complete
    assert sorted(theatre.results()) == ["one/a.one", "one/b.one", "one/c.one"]
    assert sum(e.items for e in ran.of("pipeline.dropped")) == 3
    again = theatre.run(*nodes)
    assert again.outcome.nothing_changed and not again.made
    theatre.write(d="delta\n")
    assert theatre.run(*nodes).made == ["lines/d", "one/d"]


def test_what_a_crash_left_lying_is_removed_by_the_next_run(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = theatre.lines(temp=True), theatre.one()
    with monkeypatch.context() as crash:
        crash.setattr(temporary, "remove", lambda root, records: records and sys.exit("killed"))
        with pytest.raises(SystemExit):
            theatre.run(*nodes)
    assert any(name.startswith("lines/") for name in theatre.results())
    assert theatre.run(*nodes).outcome.complete
    assert sorted(theatre.results()) == ["one/a.one", "one/b.one", "one/c.one"]


def test_nothing_is_removed_before_that_is_written_down(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a crash in between would have it made again."""
    nodes = theatre.lines(temp=True), theatre.one()
    with monkeypatch.context() as crash:
        crash.setattr(Journal, "drop", lambda journal, records: sys.exit("killed"))
        with pytest.raises(SystemExit):
            theatre.run(*nodes)
    assert "lines/a.txt" in theatre.results()


def test_no_garbage_is_collected_while_a_run_is_on(theatre: Theatre) -> None:
    nodes = theatre.lines(), theatre.one()
    theatre.run(*nodes)
    before = theatre.results()
    with (
        held(theatre.out / "checkpoints"),
        pytest.raises(WorkFailed, match="another run is writing here"),
    ):
        collect_garbage(theatre.recipe(theatre.lines()), theatre.out, quota=0, types=TYPES)
    assert theatre.results() == before


def test_what_was_removed_is_made_again_when_it_is_needed(theatre: Theatre) -> None:
    nodes = theatre.lines(temp=True), theatre.one()
    theatre.run(*nodes)
    (theatre.out / "one/b.one").unlink()
    again = theatre.run(*nodes)
    assert again.made == ["lines/b", "one/b"]
    assert again.why["lines/b"] == "what was removed of it is needed again"
    assert sorted(theatre.results()) == ["one/a.one", "one/b.one", "one/c.one"]
    changed = theatre.run(theatre.lines(temp=True), theatre.one(times=2))
    assert changed.made == [f"{s}/{n}" for s in ("lines", "one") for n in "abc"]
    assert theatre.text("one/a.one") == "alpha\nalpha\n"


def test_a_barrier_over_what_was_removed(theatre: Theatre) -> None:
    nodes = theatre.lines(temp=True), theatre.join()
    theatre.run(*nodes)
    assert list(theatre.results()) == ["join.txt"]
    assert theatre.run(*nodes).outcome.nothing_changed
    after = StageNode("after", "join", {"mark": Reference("join", "text")})
    assert theatre.run(*nodes, after).made == ["after/all"]
    again = theatre.run(theatre.lines(temp=True), theatre.join(mark="+"))
    assert again.made == ["join/all", "lines/a", "lines/b", "lines/c"]
    assert theatre.text("join.txt") == "alpha\n+beta\n+gamma\n"


def test_what_a_failed_consumer_needs_stays(theatre: Theatre) -> None:
    bad = StageNode("bad", "one", {"path": "/nowhere", "name": ITEM}, foreach=flow("lines"))
    ran = theatre.run(theatre.lines(temp=True), bad)
    assert not ran.outcome.complete
    assert sorted(theatre.results()) == ["lines/a.txt", "lines/b.txt", "lines/c.txt"]


def test_side_products_go_and_the_rest_stays(theatre: Theatre) -> None:
    first = StageNode("first", "spans", {"path": str(theatre.texts / "a.txt"), "passing": True})
    last = StageNode("last", "join", {"mark": "x"}, depends_on=("first",))
    theatre.run(first)
    assert sorted(theatre.results()) == ["first/span0", "first/span0.side"]
    theatre.run(first, last)
    assert sorted(theatre.results()) == ["first/span0", "last.txt"]
    assert theatre.run(first, last).outcome.nothing_changed
    (theatre.out / "first/span0").unlink()
    assert theatre.run(first, last).made == ["first/span0"]


def collect(theatre: Theatre, *nodes: StageNode, **more: object):  # type: ignore[no-untyped-def]
    return collect_garbage(theatre.recipe(*nodes), theatre.out, types=TYPES, **more)  # type: ignore[arg-type]


def test_garbage_is_collected_as_a_quota_asks(theatre: Theatre) -> None:
    theatre.run(theatre.lines(), theatre.one())
    drafts = theatre.out / "checkpoints" / ".drafts" / "old"
    drafts.mkdir(parents=True)
    (drafts / "left").write_text("x" * 100)
    (theatre.texts / "c.txt").unlink()
    nodes = (theatre.lines(),)
    assert collect(theatre, *nodes, dry=True).bytes == 100
    assert drafts.exists()
    kept = collect(theatre, *nodes)
    assert [(p.why, p.bytes) for p in kept.pieces] == [("drafts", 100)]
    went = collect(theatre, *nodes, quota=0)
    assert {p.why for p in went.pieces} == {"not in the recipe"}
    assert sorted(theatre.results()) == ["lines/a.txt", "lines/b.txt"]
    assert went.left == sum(map(len, theatre.results().values()))
    assert theatre.run(*nodes).outcome.nothing_changed


def test_what_a_person_changed_is_not_garbage(theatre: Theatre) -> None:
    theatre.run(theatre.one_stage("solo"))
    (theatre.out / "solo/solo.one").write_text("mine")
    collect(theatre, theatre.lines(), quota=0)
    assert theatre.text("solo/solo.one") == "mine"


def test_what_is_not_temporary_any_more_comes_back(theatre: Theatre) -> None:
    theatre.run(theatre.lines(temp=True), theatre.one())
    assert sorted(theatre.results()) == ["one/a.one", "one/b.one", "one/c.one"]
    nodes = theatre.lines(), theatre.one()
    planned = reasons(theatre.plan(*nodes))
    assert planned["lines/a"] == "it was temporary, and is to be kept now"
    [why] = explain(theatre.recipe(*nodes), theatre.out, "lines", "a", types=TYPES)
    assert why.planned.reason == planned["lines/a"]
    ran = theatre.run(*nodes)
    assert ran.made == ["lines/a", "lines/b", "lines/c"]  # and what was made of it stands
    assert theatre.text("lines/a.txt") == "alpha\n"
    assert theatre.run(*nodes).outcome.nothing_changed


def test_what_is_not_temporary_any_more_is_not_removed(theatre: Theatre) -> None:
    theatre.run(theatre.lines(temp=True))  # nobody uses it yet
    ran = theatre.run(theatre.lines(), theatre.one())
    assert ran.made == ["one/a", "one/b", "one/c"]
    assert len(theatre.results()) == 6
    assert not ran.of("pipeline.dropped")
