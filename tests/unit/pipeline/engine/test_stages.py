"""The wing's own stages: programs and functions of the user's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from animstudio.catalog import stages
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.work import Work
from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.model import Foreach, Reference, StageNode, Text
from animstudio.pipeline.recipe.problems import InvalidRecipe

from .theatre import Theatre


def command(name: str = "cmd", depends_on: tuple[str, ...] = (), **config: object) -> StageNode:
    return StageNode(name, "command", config, depends_on=depends_on)


def run(theatre: Theatre, *nodes: StageNode, **more: object):  # type: ignore[no-untyped-def]
    return theatre.run(*nodes, types=stages(), **more)


def test_a_program_makes_what_it_declares(theatre: Theatre) -> None:
    copy = command(
        argv=["cp", "$INPUT_TEXT", "$OUTPUT_COPY"],
        inputs={"text": "texts/a.txt"}, outputs={"copy": "copies/a.txt"},
    )  # fmt: skip
    count = command("count", argv="wc -c < $INPUT_TEXT > $OUTPUT_SIZE", shell=True,
                    inputs={"text": Reference("cmd", "copy")},
                    outputs={"size": "size.txt"})  # fmt: skip
    assert run(theatre, copy, count).outcome.complete
    assert theatre.text("copies/a.txt") == "alpha\n"
    assert theatre.text("size.txt").strip() == "6"
    assert run(theatre, copy, count).outcome.nothing_changed
    theatre.write(a="other\n")
    again = run(theatre, copy, count)
    assert again.why == {"cmd/all": "input changed: text", "count/all": "input changed: text"}
    assert [e.same for e in again.of("item.committed")] == [False, True]


def test_there_is_no_shell_unless_it_is_asked_for(theatre: Theatre) -> None:
    node = command(argv=["touch", "a;b", "$HOME", "$OUTPUT_X"], outputs={"x": "x"})
    assert run(theatre, node).outcome.complete


def test_a_program_of_the_project_is_an_input(theatre: Theatre) -> None:
    program = theatre.place / "make.sh"
    program.write_text("#!/bin/sh\necho one > out.txt\n")
    program.chmod(0o755)
    node = command(argv=["./make.sh"], outputs={"out": "out.txt"})
    run(theatre, node)
    program.write_text("#!/bin/sh\necho two > out.txt\n")
    assert run(theatre, node).why == {"cmd/all": "input changed: program"}
    assert theatre.text("out.txt") == "two\n"


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["sh", "-c", "echo oh no >&2; exit 3"], "sh failed (exit code 3): oh no"),
        (["sh", "-c", "kill -9 $$"], "sh failed (SIGKILL)"),
        (["true"], "true ended well, but did not make: out"),
        (["no-such-program"], "no-such-program: No such file or directory"),
    ],
)
def test_a_program_that_fails_is_named_with_its_last_words(
    theatre: Theatre, argv: list[str], why: str
) -> None:
    ran = run(theatre, command(argv=argv, outputs={"out": "out.txt"}))
    assert ran.failed == {"cmd/all": why}
    assert not theatre.results()


@pytest.mark.parametrize("place", [
    "../evil", "/tmp/evil", "a/../../evil", "~/evil", "checkpoints/journal.sqlite", "", ".", "a//b",
    "a/", "a\0b",
])  # fmt: skip
@pytest.mark.parametrize("kind", ["command", "python"])
def test_no_result_is_declared_out_of_the_output_folder(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch, kind: str, place: str
) -> None:
    monkeypatch.chdir(theatre.place)
    Path("m.py").write_text("def f(work): ...")
    config: dict[str, object] = {"function": "m:f", "output_dir": place}
    if kind == "command":
        config = {"argv": ["touch", "$OUTPUT_X"], "outputs": {"x": place}}
    elif not place:  # the stage's own folder
        return
    recipe = {"pipeline": "p", "stages": [{"id": "a", "type": kind, "config": config}]}
    Path("r.yaml").write_text(json.dumps(recipe))
    with pytest.raises(InvalidRecipe) as caught:
        load_recipe(Path("r.yaml"), stage_types=stages())
    assert [p["message"].split(" is ")[0] for p in caught.value.records()] == [
        f"stage 'a': {'outputs.x' if kind == 'command' else 'output_dir'}"
    ]


def test_no_program_writes_where_an_item_s_name_leads(theatre: Theatre) -> None:
    evil = theatre.place / "evil"
    for place in (str(evil), "../evil"):
        node = StageNode("cmd", "command", {
            "argv": ["touch", "$OUTPUT_X"], "outputs": {"x": Reference("item", "")},
        }, foreach=Foreach(items=(place,)))  # fmt: skip
        ran = run(theatre, node)
        assert "its options are wrong: outputs.x: " in ran.of("pipeline.part")[0].reason
        assert not evil.exists()


@pytest.mark.parametrize("where", ["../evil", "/tmp/evil", "a/../../evil"])
def test_no_draft_leaves_the_drafts(tmp_path: Path, where: str) -> None:
    work = Work("s", "i", tmp_path / "drafts", tmp_path, tmp_path, tmp_path / "log")
    with pytest.raises(WorkFailed, match="leaves the output folder"):
        work.draft(where)


def test_a_function_beside_the_recipe(theatre: Theatre) -> None:
    name = f"mine_{os.getpid()}"
    module = theatre.place / f"{name}.py"
    module.write_text(
        "def shout(work, input, mark):\n"
        "    (work.drafts / 'loud.txt').write_text(input.read_text().upper() + mark)\n"
        "    return {'mark': mark}\n"
    )
    node = StageNode("loud", "python", {
        "function": f"{name}:shout", "options": {"mark": "!"},
        "inputs": ["texts/*.txt"], "each": True,
    })  # fmt: skip
    after = command(
        argv=["ls", Reference("loud", "output_dir")], outputs={"x": "x"},
    )  # fmt: skip
    ran = run(theatre, node, after)
    assert ran.made == ["loud/a.txt", "loud/b.txt", "loud/c.txt"]
    assert theatre.text("loud/b.txt/loud.txt") == "BETA\n!"
    module.write_text(module.read_text().replace("return", "# a comment\n    return"))
    assert run(theatre, node).outcome.nothing_changed
    module.write_text(module.read_text().replace("upper", "lower"))
    assert set(run(theatre, node).why.values()) == {f"code changed: {name}"}


def test_a_missing_input_is_named(theatre: Theatre) -> None:
    node = command(argv=["true"], inputs=["texts/*.jpg"], outputs={"x": "x"})
    ran = run(theatre, node)
    assert ran.of("pipeline.part")[0].reason == "input texts/*.jpg: matches nothing"
    text = Text(("a", "b"))
    assert text.parts == ("a", "b")


ODD = """
import subprocess, sys
from pathlib import Path

def prints(work):
    print("one")
    subprocess.run(["sh", "-c", "echo two; echo three >&2"])
    (work.drafts / "x").write_text("x")

def quiet(work):
    (work.drafts / "x").write_text("x")

def exits(work):
    sys.exit(3)

def odd_name(work):
    (work.drafts / "b\\udce9").write_text("x")

def odd_fact(work):
    return {"name": "b\\udce9"}

def link(work):
    (work.drafts / "x").symlink_to("/etc/hostname")
"""


def odd(theatre: Theatre, function: str, **more: object) -> StageNode:
    name = f"odd_{os.getpid()}"
    (theatre.place / f"{name}.py").write_text(ODD)
    return StageNode(function, "python", {"function": f"{name}:{function}", **more})


def test_what_a_function_prints_is_in_its_log(
    theatre: Theatre, capfd: pytest.CaptureFixture[str]
) -> None:
    ran = run(theatre, odd(theatre, "prints"), odd(theatre, "quiet"), real=True)
    assert ran.outcome.complete
    assert capfd.readouterr().out == ""
    logs = list((ran.outcome.run.folder / "logs").iterdir())
    assert [log.read_text() for log in logs] == ["one\ntwo\nthree\n"]


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("exits", "it called sys.exit(3)"),
        ("odd_name", "output odd_name/b\ufffd: its name is no valid text (UTF-8): give it another"),
        ("link", "link/x: x is a link, and no result"),
    ],
)
def test_a_function_that_does_odd_things_costs_itself(
    theatre: Theatre, function: str, why: str
) -> None:
    ran = run(theatre, odd(theatre, function), odd(theatre, "quiet"))
    assert ran.failed == {f"{function}/all": why}
    assert ran.made == ["quiet/all"]


def test_facts_that_are_no_text_cost_their_item(theatre: Theatre) -> None:
    ran = run(theatre, odd(theatre, "odd_fact"))
    assert "its facts are no JSON" in ran.failed["odd_fact/all"]


def test_an_input_whose_name_is_no_text_is_named(theatre: Theatre) -> None:
    (theatre.texts / "caf\udce9.txt").write_text("x")
    node = command(argv=["touch", "$OUTPUT_X"], inputs={"t": "texts/*.txt"}, outputs={"x": "x"})
    ran = run(theatre, node)
    assert "caf\ufffd.txt: its name is no valid text" in ran.of("pipeline.part")[0].reason
    folder = command(argv=["touch", "$OUTPUT_X"], inputs={"t": "texts"}, outputs={"x": "x"})
    assert run(theatre, folder).outcome.complete
    assert run(theatre, folder).outcome.nothing_changed


def test_a_link_in_a_folder_stays_with_it(theatre: Theatre) -> None:
    words = "mkdir -p $OUTPUT_X; echo text > $OUTPUT_X/a; ln -s {} $OUTPUT_X/b"
    inside = command(argv=words.format("a"), shell=True, outputs={"x": "x"})
    assert run(theatre, inside).outcome.complete
    assert theatre.text("x/b") == "text\n"
    assert run(theatre, inside).outcome.nothing_changed
    outside = command("out", argv=words.format("$OUTPUT_X/a"), shell=True, outputs={"x": "y"})
    assert run(theatre, outside).failed == {"out/all": "y: b is a link that leads elsewhere"}


def test_a_bug_in_what_finds_items_costs_its_stage(theatre: Theatre) -> None:
    node = StageNode("spans", "spans", {"path": str(theatre.place / "gone")})
    ran = theatre.run(node, theatre.lines())
    assert ran.of("pipeline.part")[0].reason.endswith("gone: No such file or directory")
    assert len(ran.made) == 3


def test_a_very_long_log_keeps_its_beginning_and_its_end(theatre: Theatre) -> None:
    words = "echo first; head -c 40000000 /dev/zero; echo; echo last; exit 1"
    ran = run(theatre, command(argv=["sh", "-c", words], outputs={"o": "o"}))
    assert ran.failed["cmd/all"].endswith("last")
    log = Path(ran.of("item.failed")[0].log).read_bytes()
    assert log.startswith(b"first") and log.endswith(b"last\n") and len(log) < 3_000_000
    assert b" bytes are left out ..." in log
