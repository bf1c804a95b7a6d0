"""Stages that end a run: they see how the others ended, and cost only themselves."""

from __future__ import annotations

from typing import Any

import pytest

from animstudio.pipeline.recipe.model import StageNode

from .theatre import Theatre, actions


@pytest.fixture(autouse=True)
def texts(theatre: Theatre) -> None:
    for path in theatre.texts.iterdir():
        path.unlink()
    theatre.write(a="alpha\n", b="beta\n")


def tells(name: str = "tells", *after: str, how: str = "") -> StageNode:
    return StageNode(name, "tells", {"how": how}, depends_on=after or ("lines", "act"))


def told(theatre: Theatre, name: str = "tells") -> list[str]:
    return theatre.text(f"{name}.txt").splitlines()


def test_it_sees_what_was_made_what_stood_and_what_failed(theatre: Theatre) -> None:
    theatre.run(theatre.lines())
    ran = theatre.run(theatre.lines(), theatre.act("fails", count=2), tells())
    assert told(theatre) == [
        "lines/a: reused",
        "lines/b: reused",
        "act/i000000: unexpected ValueError: never",
        "act/i000001: made",
        "standing: ['lines/a.txt']",
    ]
    assert ran.outcome.closed["tells"].facts == {"lines": 5}
    assert [one.item for one in ran.outcome.ended["lines"]] == ["a", "b"]


def test_it_is_done_in_every_run_and_is_nothing_to_do(theatre: Theatre) -> None:
    nodes = theatre.lines(), tells("tells", "lines")
    theatre.run(*nodes)
    (theatre.out / "tells.txt").unlink()
    plan = theatre.plan(*nodes)
    assert actions(plan)["tells/all"] == "close"
    assert plan.nothing_to_do
    ran = theatre.run(*nodes)
    assert ran.outcome.nothing_changed
    assert told(theatre)[0] == "lines/a: reused"


@pytest.mark.parametrize(("how", "problem"), [("raises", "no pen"), ("half", "half of it")])
def test_a_failure_costs_itself_alone(theatre: Theatre, how: str, problem: str) -> None:
    last = tells("last", "lines", "tells")
    ran = theatre.run(theatre.lines(), tells("tells", "lines", how=how), last)
    assert not ran.outcome.complete
    assert ran.outcome.run.status == "failed"
    assert ran.outcome.closed["tells"].problem == problem
    assert told(theatre, "last")[-1] == f"tells closed: {problem}"
    assert theatre.text("lines/a.txt") == "alpha\n"
    events: list[Any] = ran.of("pipeline.closed")
    assert [(e.stage, e.problem) for e in events] == [("tells", problem), ("last", "")]


def test_options_that_are_wrong_are_its_problem(theatre: Theatre) -> None:
    wrong = StageNode("tells", "tells", {"what": 1}, depends_on=("lines",))
    ran = theatre.run(theatre.lines(), wrong)
    assert "what" in ran.outcome.closed["tells"].problem
    assert theatre.text("lines/a.txt")
