"""What is made again and what is not, and the reason that is given for it."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from animstudio.pipeline.api import explain
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.looks import Looks
from animstudio.pipeline.manifests import Manifests
from animstudio.pipeline.recipe.model import Constant, Reference, StageNode

from .theatre import TYPES, Inline, Theatre, actions, reasons


def test_the_second_run_makes_nothing(theatre: Theatre) -> None:
    nodes = theatre.lines(), theatre.join(), theatre.one()
    first = theatre.run(*nodes)
    assert first.outcome.complete
    assert first.made == ["join/all", "lines/a", "lines/b", "lines/c", *(f"one/{n}" for n in "abc")]
    assert theatre.text("join.txt") == "alpha\n-beta\n-gamma\n"
    before = theatre.results()
    inline = Inline()
    second = theatre.run(*nodes, executor=inline)
    assert second.outcome.nothing_changed
    assert not inline.done
    assert second.counts == {"reuse": 7}
    assert theatre.results() == before


def test_a_plan_is_what_the_run_then_does(theatre: Theatre) -> None:
    nodes = theatre.lines(), theatre.one()
    plan = theatre.plan(*nodes)
    lines = {f"lines/{name}": "run" for name in "abc"}
    assert actions(plan) == lines | {"one/*": "blocked"}
    assert not (theatre.out / "checkpoints").exists()
    theatre.run(*nodes)
    assert theatre.plan(*nodes).nothing_to_do


def test_only_new_inputs_are_worked_on(theatre: Theatre) -> None:
    nodes = theatre.lines(), theatre.one()
    theatre.run(*nodes)
    theatre.write(d="delta\n", e="epsilon\n")
    assert theatre.run(*nodes).made == ["lines/d", "lines/e", "one/d", "one/e"]


@pytest.mark.parametrize(
    ("option", "why"),
    [({"upper": True}, "option upper: False -> True"), ({"speed": 7}, None)],
)
def test_an_option_that_changes_results_is_named(
    theatre: Theatre, option: dict[str, object], why: str | None
) -> None:
    theatre.run(theatre.lines())
    ran = theatre.run(theatre.lines(**option))
    assert set(ran.why.values()) == ({why} if why else set())


def test_the_same_content_made_anew_stops_there(theatre: Theatre) -> None:
    theatre.write(a="ALPHA\n", b="BETA\n", c="GAMMA\n")
    nodes = theatre.one(), theatre.join()
    theatre.run(theatre.lines(), *nodes)
    again = theatre.run(theatre.lines(upper=True), *nodes)
    assert again.made == ["lines/a", "lines/b", "lines/c"]
    assert all(event.same for event in again.of("item.committed"))


def test_a_changed_input_is_named_and_goes_on_downstream(theatre: Theatre) -> None:
    nodes = theatre.lines(), theatre.one(), theatre.join()
    theatre.run(*nodes)
    theatre.write(b="other\n")
    assert reasons(theatre.plan(*nodes))["lines/b"] == "input changed: text"
    assert actions(theatre.plan(*nodes))["one/b"] == "blocked"
    again = theatre.run(*nodes)
    assert again.made == ["join/all", "lines/b", "one/b"]
    assert again.why["one/b"] == "input changed: item of lines"
    assert again.why["join/all"] == "input changed: stage lines"


def test_an_input_is_known_by_its_content_not_its_dates(theatre: Theatre) -> None:
    theatre.run(theatre.lines())
    for path in theatre.texts.iterdir():
        os.utime(path, (time.time() + 90_000, time.time() + 90_000))  # a clock that is ahead
    assert not theatre.run(theatre.lines()).made
    path = theatre.texts / "a.txt"
    seen = path.stat()
    path.write_text("ALPHA\n")  # as long as before
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert theatre.run(theatre.lines()).made == ["lines/a"]


def test_another_version_and_other_code_are_named(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    theatre.run(theatre.lines())
    newer = {**TYPES, "lines": replace(TYPES["lines"], version=2)}
    assert reasons(theatre.plan(theatre.lines(), types=newer))["lines/a"] == (
        "version of lines: 1 -> 2"
    )
    monkeypatch.setattr("animstudio.pipeline.code.Code.of", lambda code, *of: {"plays": "0"})
    assert reasons(theatre.plan(theatre.lines()))["lines/a"] == "code changed: plays"


def test_harmed_outputs_are_made_again_and_only_they(theatre: Theatre) -> None:
    nodes = theatre.lines(), theatre.one()
    theatre.run(*nodes)
    before = theatre.results()
    (theatre.out / "lines/a.txt").unlink()
    (theatre.out / "one/b.one").write_text("mine, and longer")
    again = theatre.run(*nodes)
    assert again.why == {"lines/a": "lines/a.txt is missing", "one/b": "one/b.one was changed"}
    assert theatre.text("one/b.one.kept1") == "mine, and longer"
    assert before.items() <= theatre.results().items()


def test_an_output_edited_at_its_old_length_is_noticed(theatre: Theatre) -> None:
    theatre.run(theatre.lines())
    path = theatre.out / "lines/a.txt"
    seen = path.stat()
    path.write_text("alphX\n")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert theatre.run(theatre.lines()).made == ["lines/a"]


def test_the_output_folder_can_be_moved(theatre: Theatre, tmp_path: Path) -> None:
    nodes = theatre.lines(), theatre.join()
    theatre.run(*nodes)
    moved = Theatre(tmp_path / "elsewhere")
    moved.place.mkdir()
    shutil.move(theatre.out, moved.out)
    shutil.move(theatre.texts, moved.texts)
    assert moved.run(moved.lines(), moved.join()).outcome.nothing_changed


def test_outputs_that_are_not_made_any_more_go(theatre: Theatre) -> None:
    theatre.run(theatre.one_stage("first"))
    assert theatre.run(theatre.one_stage("second")).made == ["solo/all"]
    assert list(theatre.results()) == ["solo/second.one"]


def test_fresh_makes_a_stage_again(theatre: Theatre) -> None:
    nodes = theatre.lines(), theatre.join()
    theatre.run(*nodes)
    again = theatre.run(*nodes, fresh=["lines"])
    assert again.made == ["lines/a", "lines/b", "lines/c"]
    assert set(again.why.values()) == {"it is to be made again"}


def test_the_choice_of_stages_may_change(theatre: Theatre) -> None:
    theatre.run(theatre.lines(), theatre.join())
    assert theatre.run(theatre.lines(), theatre.join(mark="+")).made == ["join/all"]
    assert theatre.run(theatre.lines()).counts == {"reuse": 3}


def test_when_decides_on_what_stands(theatre: Theatre) -> None:
    told = StageNode("told", "join", {"mark": Reference("join", "text")}, when=Constant(False))
    after = StageNode("after", "join", {"mark": Reference("told", "text")})
    order = StageNode("order", "join", {}, depends_on=("told",))
    ran = theatre.run(theatre.lines(), theatre.join(), told, after, order)
    assert ran.outcome.complete
    assert ran.counts == {"made": 5, "skipped": 2}
    plan = theatre.plan(theatre.lines(), theatre.join(), told, after, order)
    assert actions(plan)["after/all"] == "skipped"
    assert reasons(plan)["after/all"] == "told was skipped"


def test_a_matrix_gives_a_list_to_those_after(theatre: Theatre) -> None:
    each = Reference("matrix", "name")
    many = StageNode(
        "many", "one", {"path": str(theatre.texts / "a.txt"), "name": each},
        matrix={"name": ["x", "y"]},
    )  # fmt: skip
    after = StageNode("after", "join", {"folder": str(theatre.out / "many")}, depends_on=("many",))
    assert theatre.run(many, after).made == ["after/all", "many/name=x", "many/name=y"]
    more = replace(many, matrix={"name": ["x", "y", "z"]})
    assert theatre.run(more, after).made == ["after/all", "many/name=z"]


def test_a_reason_can_be_asked_for(theatre: Theatre) -> None:
    theatre.run(theatre.lines())
    recipe = theatre.recipe(theatre.lines(upper=True))
    told = explain(recipe, theatre.out, "lines", "b", types=TYPES)
    assert told[0].planned.reason == "option upper: False -> True"
    assert told[0].record and told[0].record.outputs[0].path == "lines/b.txt"
    assert told[0].made_with and told[0].made_with.spec == {"upper": False}


def test_an_input_replaced_at_its_old_size_and_time_is_noticed(theatre: Theatre) -> None:
    for name in "abc":
        os.utime(theatre.texts / f"{name}.txt", (1_600_000_000, 1_600_000_000))
    theatre.run(theatre.lines())
    old = (theatre.texts / "a.txt").stat()
    (theatre.texts / "new").write_text("ALPHA\n")
    (theatre.texts / "new").replace(theatre.texts / "a.txt")
    os.utime(theatre.texts / "a.txt", ns=(old.st_atime_ns, old.st_mtime_ns))
    ran = theatre.run(theatre.lines())
    assert ran.made == ["lines/a"]
    assert theatre.text("lines/a.txt") == "ALPHA\n"


@pytest.mark.parametrize("seconds", [-10_000_000, 10_000_000])
def test_a_clock_that_goes_wrong_costs_nothing(theatre: Theatre, seconds: int) -> None:
    """Inputs that look older or newer than what was made of them are the same inputs."""
    theatre.run(theatre.lines(), theatre.one())
    for path in [*theatre.texts.iterdir(), *theatre.out.glob("*/*.one")]:
        now = path.stat().st_mtime + seconds
        os.utime(path, (now, now))
    assert theatre.run(theatre.lines(), theatre.one()).outcome.nothing_changed
    (theatre.texts / "b.txt").write_text("Beta\n")
    assert theatre.run(theatre.lines(), theatre.one()).made == ["lines/b", "one/b"]


def test_large_inputs_are_read_at_once_and_known_afterwards(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        path = theatre.texts / f"{name}.txt"
        path.write_text(f"{name}\n" * 600_000)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    assert theatre.run(theatre.lines()).made == ["lines/a", "lines/b", "lines/c"]
    read: list[str] = []
    monkeypatch.setattr("animstudio.pipeline.looks.sha256", lambda p: read.append(str(p)) or "x")
    assert theatre.plan(theatre.lines()).nothing_to_do
    assert not read


def test_a_file_too_young_for_the_clock_is_not_known_by_its_looks(theatre: Theatre) -> None:
    """It could be written once more and look the same."""
    theatre.write(a="x")
    looks = Looks(theatre.texts, Journal(Manifests(theatre.place / "log"), None), None)
    looks._grain = 10**15
    assert looks.stamp(str(theatre.texts / "a.txt")) is None
    looks._grain = 0
    assert looks.stamp(str(theatre.texts / "a.txt")) is not None
