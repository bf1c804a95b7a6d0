"""Inputs that work itself reads, spares that later stages can do without, and processors."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from animstudio.kernel.files import sha256
from animstudio.kernel.machine import Machine
from animstudio.kernel.work import Resources
from animstudio.pipeline import looks
from animstudio.pipeline.recipe.model import Reference, StageNode

from .theatre import TYPES, Theatre, flow

FILE = Reference("item", "file")


@pytest.fixture(autouse=True)
def texts(theatre: Theatre) -> None:
    for path in theatre.texts.iterdir():
        path.unlink()
    theatre.write(a="alpha\n", b="beta\n")
    for path in theatre.texts.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))


def opens(theatre: Theatre) -> StageNode:
    return StageNode("opens", "opens", {"source": str(theatre.texts)})


def uses(name: str = "uses", **config: object) -> StageNode:
    return StageNode(name, "uses", {"path": FILE, **config}, foreach=flow("opens"))


def test_who_opens_a_file_tells_its_content(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        assert path.parent != theatre.texts, f"{path} was read by the engine"
        return sha256(path)

    monkeypatch.setattr(looks, "sha256", refuse)
    ran = theatre.run(opens(theatre), uses())
    assert ran.made == ["opens/a", "opens/b", "uses/a", "uses/b"]
    assert theatre.run(opens(theatre), uses()).outcome.nothing_changed


def test_a_touched_file_is_opened_again_and_nothing_more(theatre: Theatre) -> None:
    theatre.run(opens(theatre), uses())
    os.utime(theatre.texts / "a.txt", (1_500_000_000, 1_500_000_000))
    ran = theatre.run(opens(theatre), uses())
    assert ran.made == ["opens/a"]
    assert ran.why == {"opens/a": "input changed: file"}
    theatre.write(a="omega\n")
    assert theatre.run(opens(theatre), uses()).made == ["opens/a", "uses/a"]


def test_a_file_that_moved_is_opened_again_and_nothing_more(theatre: Theatre) -> None:
    theatre.run(opens(theatre), uses())
    theatre.texts.rename(theatre.place / "moved")
    moved = StageNode("opens", "opens", {"source": str(theatre.place / "moved")})
    assert set(theatre.run(moved, uses()).made) <= {"opens/a", "opens/b"}


def test_a_file_that_changes_in_mid_run_is_set_aside(theatre: Theatre) -> None:
    def change(event: object) -> None:
        if getattr(event, "type", "") == "item.committed" and event.stage == "opens":  # type: ignore[attr-defined]
            theatre.write(a="changed\n")

    from animstudio.kernel.guard import GuardSpec
    from animstudio.pipeline.conduct import run_recipe

    outcome = run_recipe(
        theatre.recipe(opens(theatre), uses()), theatre.out, state=theatre.place / "state",
        guard=GuardSpec(disk_free_gb=0, ram_stop=1, ram_slow=1), listener=change, types=TYPES,
    )  # fmt: skip
    assert not outcome.complete
    [failed] = [one for one in outcome.ended["uses"] if one.error]
    assert failed.item == "a" and "changed while it was worked on" in failed.error
    assert not (theatre.out / "uses/a.used").exists()


def test_spares_are_there_once_and_can_be_missed(theatre: Theatre) -> None:
    last = replace(uses("last", takes=f"{theatre.out}/uses/a.used"), depends_on=("uses",))
    nodes = (opens(theatre), uses(), last)
    theatre.run(*nodes)
    assert theatre.text("last/a.used") == "spared"
    assert not (theatre.out / "checkpoints" / ".spares").exists()
    again = (*nodes[:2], replace(last, config={**last.config, "times": 2}))
    ran = theatre.run(*again)
    assert ran.made == ["last/a", "last/b"]  # what left the spares is not made again
    assert theatre.text("last/a.used") == "none left"


def test_work_is_told_digests_and_what_stood_before(theatre: Theatre) -> None:
    theatre.run(opens(theatre), uses())
    theatre.write(a="omega\n")
    ran = theatre.run(opens(theatre), uses())
    [facts] = [one.facts for one in ran.outcome.ended["uses"] if one.item == "a"]
    assert facts["before"] == ["uses/a.used"]
    assert set(facts["digests"]) == {"text", "item of opens"}
    fresh = theatre.run(opens(theatre), uses(), fresh=["uses"])
    assert {tuple(one.facts["before"]) for one in fresh.outcome.ended["uses"]} == {()}


def test_processors_are_the_machine_s_and_light_work_shares_them(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Machine, "cpus", lambda machine: 4)
    heavy = {**TYPES, "uses": replace(TYPES["uses"], resources=Resources(cpus=3))}
    ran = theatre.run(opens(theatre), uses(), types=heavy)
    assert {one.facts["cpus"] for one in ran.outcome.ended["uses"]} == {3}
    light = {**TYPES, "uses": replace(TYPES["uses"], resources=Resources(cpus=0))}
    ran = theatre.run(opens(theatre), uses(times=2), types=light)
    assert {one.facts["cpus"] for one in ran.outcome.ended["uses"]} == {0}
