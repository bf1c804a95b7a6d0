"""Items that fail: set aside, tried again, or stopping the run; the rest is not theirs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from animstudio.kernel.errors import AskedWrongly, OutOfRoom
from animstudio.kernel.work import Resources
from animstudio.pipeline.executors import Answer
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.recipe.model import Recipe, Reference, StageNode

from .theatre import Inline, Theatre, actions, flow, reasons


def test_one_item_s_failure_is_its_own(theatre: Theatre) -> None:
    after = StageNode("flow", "one", {"path": "x", "name": Reference("item", "name")},
                     foreach=flow("act"))  # fmt: skip
    ran = theatre.run(theatre.act("fails", count=3), after)
    assert not ran.outcome.complete
    assert ran.outcome.run.status == "failed"
    assert [f.item for f in ran.outcome.failed][:1] == ["i000000"]
    assert ran.failed["act/i000000"] == "unexpected ValueError: never"
    log = Path(ran.of("item.failed")[0].log)
    assert "never" in log.read_text() and "Traceback" in log.read_text()
    blocked = [e for e in ran.of("pipeline.part") if e.ending == "blocked"]
    assert [e.part for e in blocked] == ["i000000"]
    assert "act/i000000: unexpected ValueError: never" in blocked[0].reason


def test_everything_after_a_failure_says_that_it_is_blocked(theatre: Theatre) -> None:
    theatre.write(a="alpha")
    config = {"path": str(theatre.texts / "a.txt"), "name": Reference("item", "name")}
    following = StageNode("next", "one", config, foreach=flow("act"))
    last = StageNode("last", "one", config, foreach=flow("next"))
    nodes = theatre.act("fails", count=2), following, last
    ran = theatre.run(*nodes)
    said = {(e.stage, e.part): e.reason for e in ran.of("pipeline.part") if e.ending == "blocked"}
    why = "act/i000000: unexpected ValueError: never"
    assert said == {("next", "i000000"): why, ("last", "i000000"): f"next/i000000: {why}"}
    assert ran.counts["blocked"] == 2


def test_a_stage_that_comes_to_nothing_blocks_what_flows_from_it(theatre: Theatre) -> None:
    theatre.texts.mkdir(exist_ok=True)
    for path in theatre.texts.iterdir():
        path.unlink()
    ran = theatre.run(theatre.lines(), theatre.one(), theatre.one("last", of="one"))
    parts = {(e.stage, e.part): e.ending for e in ran.of("pipeline.part")}
    assert parts == {("lines", ""): "failed", ("one", ""): "blocked", ("last", ""): "blocked"}


def test_the_rest_goes_on_to_a_barrier(theatre: Theatre) -> None:
    after = StageNode("after", "join", {"folder": str(theatre.out / "act")}, depends_on=("act",))
    ran = theatre.run(theatre.act("fails", count=3), after)
    assert "after/all" in ran.made
    assert theatre.run(theatre.act("", count=3), after).outcome.complete
    assert theatre.text("after.txt").count("i0000") == 3


def test_a_failure_may_stop_the_run(theatre: Theatre) -> None:
    theatre.run(theatre.act("", count=1))
    (theatre.out / "act" / "i000000.txt").unlink()
    ran = theatre.run(theatre.act("fails", count=400, on_failure="stop"), theatre.lines())
    assert "act/i000000 failed" in ran.outcome.stopped
    assert ran.outcome.run.reason == ran.outcome.stopped
    assert len(ran.made) <= 2 * 128  # what was given out already is brought to its end
    again = theatre.run(theatre.act("", count=400, on_failure="stop"), theatre.lines())
    assert again.outcome.complete


def test_a_failing_item_is_tried_again_as_often_as_asked(theatre: Theatre) -> None:
    assert theatre.run(theatre.act("flaky", retries=1)).counts == {"failed": 1}
    assert theatre.marker == "xx"
    ran = theatre.run(theatre.act("flaky", retries=1))
    assert ran.why == {"act/i000000": "it failed: unexpected ValueError: not this time"}
    assert ran.outcome.complete
    (theatre.place / "marker").unlink()
    ran = theatre.run(theatre.act("flaky", retries=5), fresh=["act"])
    assert [e.wait for e in ran.of("item.retried")] == [0, 0]


def test_waits_between_tries_double(theatre: Theatre) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.5
        return now[0]

    ran = theatre.run(theatre.act("flaky", retries=5), pace=PaceSpec(backoff=3), clock=clock)
    assert [e.wait for e in ran.of("item.retried")] == [3, 6]


def test_a_corrupt_input_is_never_tried_again(theatre: Theatre) -> None:
    ran = theatre.run(theatre.act("corrupt", retries=5, count=2))
    assert theatre.marker == "x"
    assert ran.failed == {"act/i000000": "this cannot be read"}
    again = theatre.run(theatre.act("corrupt", retries=5, count=2))
    assert theatre.marker == "x"
    assert again.failed == {"act/i000000": "this cannot be read (as before; its input is the same)"}
    assert not again.outcome.complete
    assert actions(theatre.plan(theatre.act("corrupt", count=2)))["act/i000000"] == "failed"
    theatre.run(theatre.act("corrupt", count=2), retry_failed=True)
    assert theatre.marker == "xx"
    assert theatre.run(theatre.act("", count=2)).outcome.complete


def test_memory_that_runs_out_halves_the_batch(theatre: Theatre) -> None:
    ran = theatre.run(theatre.act("hungry"))
    assert ran.outcome.complete
    assert theatre.marker.split() == ["8", "4", "2"]
    assert ran.of("item.retried")[0].reason == "memory ran out; batch: 8 -> 4"
    assert theatre.run(theatre.act("hungry")).outcome.nothing_changed


def test_a_full_disk_ends_the_run_and_what_stands_stays(theatre: Theatre) -> None:
    theatre.run(theatre.lines())
    before = theatre.results()
    with pytest.raises(OutOfRoom, match="the disk is full"):
        theatre.run(theatre.lines(), theatre.act("full"))
    assert theatre.results() == before
    assert theatre.run(theatre.lines(), theatre.act("")).made == ["act/i000000"]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("nothing", "it made nothing: no file, and no facts"),
        ("phantom", "a.txt: it was said to be made, and there is no such file: was-never-written"),
        ("escapes", "output '../a.txt' leaves the output folder, or is no plain path"),
    ],
)
def test_no_result_is_believed_unseen(theatre: Theatre, how: str, reason: str) -> None:
    ran = theatre.run(theatre.act(how))
    assert ran.failed == {"act/i000000": reason}
    assert not theatre.results()


def test_two_items_cannot_own_one_file(theatre: Theatre) -> None:
    ran = theatre.run(theatre.act("same", count=3))
    assert len(ran.made) == 1
    assert set(ran.failed.values()) == {f"same.txt belongs to {ran.made[0]} already"}
    assert theatre.run(theatre.act("same", count=3)).counts == {"reuse": 1, "failed": 2}


@pytest.mark.parametrize("obstacle", ["a file for a folder", "a folder for a file", "no writing"])
def test_what_stands_in_the_way_costs_one_item(theatre: Theatre, obstacle: str) -> None:
    node = theatre.act("apart", count=3)
    way = theatre.out / "act" / "i000001"
    if obstacle == "a file for a folder":
        way.parent.mkdir(parents=True)
        way.write_text("mine")
    elif obstacle == "a folder for a file":
        (way / "act.txt").mkdir(parents=True)
    else:
        way.mkdir(parents=True)
        way.chmod(0o555)
        if os.access(way, os.W_OK):
            pytest.skip("whoever may write everywhere meets no such obstacle")
    for _ in range(2):
        ran = theatre.run(node)
        assert list(ran.failed) == ["act/i000001"]
        assert str(way) in ran.failed["act/i000001"]
        assert sum(ran.counts.get(word, 0) for word in ("made", "reuse")) == 2
    way.chmod(0o755)
    way.rename(theatre.place / "elsewhere")
    assert theatre.run(node).made == ["act/i000001"]


def test_a_file_and_a_folder_of_one_name_cost_one_item(theatre: Theatre) -> None:
    ran = theatre.run(theatre.act("nested", count=3))
    assert len(ran.made) == 2
    assert len(ran.failed) == 1
    assert "place" in next(iter(ran.failed.values()))
    again = theatre.run(theatre.act("nested", count=3))
    assert next(iter(again.failed.values())).startswith("place belongs to ") or (
        "a folder stands" in next(iter(again.failed.values()))
    )
    assert again.counts == {"reuse": 2, "failed": 1}


def test_a_failed_run_again_wipes_no_good_result(theatre: Theatre) -> None:
    theatre.run(theatre.act("", count=2))
    before = theatre.results()
    theatre.run(theatre.act("fails", count=2))
    assert theatre.results()["act/i000000.txt"] == before["act/i000000.txt"]


def test_an_input_that_changes_meanwhile_is_not_believed(theatre: Theatre) -> None:
    class Editing(Theatre):
        pass

    def edit(event: object) -> None:
        if getattr(event, "type", "") == "item.started" and getattr(event, "item", "") == "b":
            theatre.write(b="changed while it was read\n")

    from animstudio.kernel.guard import GuardSpec
    from animstudio.pipeline.conduct import run_recipe

    from .theatre import TYPES, Inline

    outcome = run_recipe(
        theatre.recipe(theatre.lines()), theatre.out, state=theatre.place / "state",
        executor=Inline(), guard=GuardSpec(disk_free_gb=0), types=TYPES, listener=edit,
    )  # fmt: skip
    assert [f.reason for f in outcome.failed] == [
        f"{theatre.texts}/b.txt: it was changed while it was worked on"
    ]
    assert sorted(theatre.results()) == ["lines/a.txt", "lines/c.txt"]
    assert theatre.run(theatre.lines()).made == ["lines/b"]


def test_no_items_is_a_failure_with_a_reason(theatre: Theatre, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    node = StageNode("lines", "lines", {"source": str(tmp_path / "empty")})
    ran = theatre.run(node, theatre.join())
    assert not ran.outcome.complete
    plan = theatre.plan(node, theatre.join())
    assert reasons(plan)["lines/all"] == "there is nothing to do it for: it found no items"
    assert actions(plan)["join/all"] == "blocked"


def test_what_no_machine_here_can_do_is_said(theatre: Theatre) -> None:
    ran = theatre.run(theatre.act("", needs=Resources(ram=1 << 60)))
    assert "it needs 1073741824.0 GB of memory, and this machine has" in ran.failed["act/i000000"]
    ran = theatre.run(theatre.act("", needs=Resources(vram=1 << 30)))
    assert "there is no graphics card" in ran.failed["act/i000000"]


def test_wrong_options_are_named(theatre: Theatre) -> None:
    ran = theatre.run(theatre.act("", count="many"))
    part = ran.of("pipeline.part")[0]
    assert part.reason.startswith("its options are wrong: count: Input should be a valid integer")
    assert not ran.outcome.complete


def test_names_that_nobody_knows(theatre: Theatre) -> None:
    with pytest.raises(AskedWrongly, match="no type 'lins'; did you mean 'lines'"):
        theatre.plan(StageNode("a", "lins"))
    with pytest.raises(AskedWrongly, match="'b' depends on 'a', which is not before it"):
        theatre.plan(StageNode("b", "act", depends_on=("a",)))
    with pytest.raises(AskedWrongly, match="no stage 'lins'; did you mean 'lines'"):
        theatre.run(theatre.lines(), fresh=["lins"])
    assert Recipe("x", 1, ()).stages == ()


def test_an_attempt_that_was_given_up_publishes_nothing(theatre: Theatre) -> None:
    """A worker sleeps through its time, the item goes to another, and then it wakes."""
    now = [0.0]

    class Sleepy(Inline):
        slept: list[Answer] = []  # noqa: RUF012
        ended: list[str] = []  # noqa: RUF012

        def end(self, attempt: str) -> None:
            self.ended.append(attempt)

        def answers(self, patience: float) -> list[Answer]:
            found = super().answers(patience)
            if len(self.done) == 1:
                self.slept += found
                now[0] += 100
                return []
            woken, self.slept = self.slept, []
            return [*woken, *found]

    executor = Sleepy()
    node = theatre.act(timeout=10.0, retries=1)
    ran = theatre.run(node, executor=executor, clock=lambda: now[0])
    first, second = (order.attempt for order in executor.done)
    assert [e.attempt for e in ran.of("item.started")] == [first, second]
    assert [e.attempt for e in ran.of("item.committed")] == [second]
    assert [e.kind for e in ran.of("item.retried")] == ["timeout"]
    assert executor.ended == [first]
    assert ran.outcome.complete
    assert list(theatre.results()) == ["act/i000000.txt"]
