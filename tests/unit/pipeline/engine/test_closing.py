"""Stages that end a run: they see how the others ended, and cost only themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from animstudio.cli.pipeline_paper import Paper
from animstudio.cli.pipeline_picture import picture
from animstudio.pipeline import events as on
from animstudio.pipeline.account import Account
from animstudio.pipeline.api import status_of
from animstudio.pipeline.events import LAST
from animstudio.pipeline.graph_svg import state_of
from animstudio.pipeline.past import account_of
from animstudio.pipeline.recipe.model import StageNode
from animstudio.pipeline.report.facts import facts_of
from animstudio.pipeline.report.page import render_report
from animstudio.pipeline.runs import utc_now

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


def test_it_is_seen_like_any_stage(theatre: Theatre) -> None:
    nodes = theatre.lines(), tells("tells", "lines"), tells("last", "lines", how="raises")
    ran = theatre.run(*nodes)
    assert ran.counts == {"made": 2, "closed": 1, "failed": 1}
    assert ran.outcome.problems == {"last": "no pen"}
    status = status_of(theatre.place / "state", ran.outcome.run.id)
    assert status.counts == ran.counts
    assert (status.done, status.total) == (4, 4)
    assert status.failed == [("last", "all", "no pen")]
    stages = account_of(ran.outcome.run).stages
    assert [state_of(stages[id]) for id in ("lines", "tells", "last")] == ["done", "done", "failed"]
    assert stages["tells"].first and stages["tells"].last and stages["last"].reason == "no pen"
    facts = facts_of(ran.outcome.run, utc_now())
    assert [(s.stage, s.ending, s.why) for s in facts.spans if s.stage != "lines"] == [
        ("tells", "closed", LAST), ("last", "failed", LAST),
    ]  # fmt: skip
    assert [(one.stage, one.kind, one.reason) for one in facts.failed] == [
        ("last", "closing stage", "no pen")
    ]
    page = render_report(facts)
    assert "no pen" in page and LAST in page and "1 closed" in page


def test_how_a_closing_stage_looks_before_and_while_it_is_done() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    account = Account()
    account.take(
        on.PipelineStarted(run="r", recipe="p", stages=["a", "end"], closing=("end",), at=at)
    )
    assert (account.stages["end"].known, account.stages["end"].open) == (1, False)
    assert state_of(account.stages["end"]) == "waiting"
    account.take(on.StageClosing(stage="end", at=at))
    assert account.at_work["end", "all"].why == LAST
    paper = Paper(80, 20, plain=True)
    rows = ["".join(text for text, _ in line) for line in picture(account, paper, at)]
    assert any(row.startswith("`- > end") for row in rows)
    account.take(on.StageClosed(stage="end", problem="no pen", seconds=2.0, at=at))
    rows = ["".join(text for text, _ in line) for line in picture(account, paper, at)]
    assert any("x end" in row and "no pen" in row for row in rows)


def test_a_closing_stage_of_an_earlier_version_is_told_from_its_end() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    account = Account()
    account.take(on.PipelineStarted(run="r", recipe="p", stages=["end"], at=at))
    account.take(on.StageClosed(stage="end", problem="", seconds=2.0, at=at))
    stage = account.stages["end"]
    assert stage.closes and stage.ending == "done"
    assert stage.first == at - timedelta(seconds=2)
