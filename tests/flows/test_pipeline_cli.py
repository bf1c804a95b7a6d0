"""``animstudio pipeline`` as a person types it: the example recipe, and a stranger's stage."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command

from .film_runs import end, until

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
EASY = ("--disk-free-gb", "0", "--ram-slow", "1", "--ram-stop", "1")
"""The machine that tests run on may be as full as it likes."""


@pytest.fixture
def contact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example, entered."""
    folder = tmp_path / "contact sheet 一覧"
    shutil.copytree(EXAMPLES / "contact", folder, ignore=shutil.ignore_patterns("out", "__*"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ANIMSTUDIO_STATE", str(tmp_path / "state"))
    return folder


def pipeline(*words: object) -> int:
    return run_command(app, ["pipeline", *map(str, words)])


def told(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> Any:
    """Run a command, and return the JSON that it wrote; of a run's the last line."""
    capsys.readouterr()
    assert pipeline(*words, "--json") == code
    out = capsys.readouterr().out
    return json.loads(out.splitlines()[-1] if words[0] == "run" else out)


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def actions(plan: Any) -> dict[str, str]:
    found = [item for stage in plan["stages"] for item in stage["items"]]
    return {f"{item['stage']}/{item['item']}": item["action"] for item in found}


def test_all_mistakes_are_shown_with_their_lines(
    contact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipeline("validate", "recipe.yaml") == 0
    assert capsys.readouterr().out == "recipe.yaml: 4 stages, nothing wrong\n"
    text = (contact / "recipe.yaml").read_text()
    text = text.replace("type: command", "type: comand", 1).replace("each: true", "eech: true")
    (contact / "bad.yaml").write_text(text.replace('"{thumbs.files}"', '"{thumb.files}"'))
    assert pipeline("validate", "--config", "bad.yaml") == 2
    said = capsys.readouterr()
    assert said.out == ""
    for line in ("no stage type is called 'comand'; did you mean 'command'", "'eech'",
                 "no stage is called 'thumb'; did you mean 'thumbs'", "3 problems"):  # fmt: skip
        assert line in said.err
    assert re.search(r"^ *\^", said.err, re.MULTILINE) or "^" in said.err
    problems = told(capsys, "validate", "bad.yaml", code=2)["problems"]
    assert [problem["line"] for problem in problems] == [10, 15, 24]


def test_a_stage_that_lacks_options_is_answered(
    contact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (contact / "film.yaml").write_text("pipeline: p\nstages:\n  - {id: a, type: shots}\n")
    assert pipeline("validate", "film.yaml") == 2
    said = capsys.readouterr().err
    assert "film.yaml:3:" in said
    assert "stage 'a' needs 'film'" in said
    assert "stage 'a' needs 'measures'" in said


def test_a_run_and_what_changes_after_it(contact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(contact)
    plan = told(capsys, "plan", "recipe.yaml")
    assert actions(plan)["thumbs/beach.png"] == "run"
    assert pipeline("run", "--config", "recipe.yaml", "--dry-run", "--checkpoint-dir", "kept",
                    "--log-level", "INFO") == 0  # fmt: skip
    assert files(contact) == before

    first = told(capsys, "run", "recipe.yaml", *EASY)
    assert first["counts"] == {"made": 8}
    assert (contact / "out/captions/beach.png.txt").read_text() == "beach.png was 160x90\n"
    assert len((contact / "out/sheet.sha256").read_text()) > 64
    assert pipeline("run", "recipe.yaml", *EASY) == 0
    assert capsys.readouterr().out.startswith("nothing changed: 8 reused")
    assert told(capsys, "plan", "recipe.yaml")["nothing_to_do"]

    text = (contact / "recipe.yaml").read_text()
    (contact / "recipe.yaml").write_text(text.replace(" was ", " is from "))
    captions = {
        item["reason"] for stage in told(capsys, "plan", "recipe.yaml")["stages"]
        for item in stage["items"] if item["action"] == "run"
    }  # fmt: skip
    assert captions and all(one.startswith("option argv: ") for one in captions)
    ran = told(capsys, "run", "recipe.yaml", *EASY)
    assert ran["counts"] == {"made": 3, "reuse": 5}
    shutil.copy(contact / "pictures/beach.png", contact / "pictures/later.png")
    assert told(capsys, "run", "recipe.yaml", *EASY)["counts"] == {"made": 4, "reuse": 6}


def test_why_status_list_graph(contact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = told(capsys, "run", "recipe.yaml", "--max-parallel", 2, *EASY)
    (contact / "pictures/beach.png").write_bytes((contact / "pictures/piazza.png").read_bytes())
    capsys.readouterr()
    assert pipeline("why", "recipe.yaml", "thumbs", "beach.png") == 0
    said = capsys.readouterr().out
    assert said.startswith("thumbs/beach.png: run: input changed: input\n")
    assert "to thumbs/beach.png/thumb.png" in said
    assert pipeline("why", "recipe.yaml", "thumb") == 2
    assert "did you mean 'thumbs'" in capsys.readouterr().err

    status = told(capsys, "status", "--pipeline-id", ran["run"][:-2])
    assert (status["status"], status["counts"]) == ("completed", {"made": 8})
    assert [run["run"] for run in told(capsys, "list")] == [ran["run"]]
    assert pipeline("graph", "recipe.yaml") == 0
    assert "s_thumbs ==> s_captions" in capsys.readouterr().out
    assert pipeline("graph", "recipe.yaml", "--format", "dot") == 0
    assert '"sheet" -> "sum";' in capsys.readouterr().out


def test_a_failed_item_ends_in_one_and_the_rest_stands(
    contact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (contact / "pictures/broken.png").write_bytes(b"no picture")
    ran = told(capsys, "run", "recipe.yaml", *EASY, code=1)
    assert [(one["item"], one["kind"]) for one in ran["failed"]] == [("broken.png", "input")]
    assert (contact / "out/captions/beach.png.txt").exists()
    (contact / "pictures/broken.png").unlink()
    assert told(capsys, "run", "recipe.yaml", *EASY)["status"] == "completed"


def test_where_results_go(contact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pipeline("run", "recipe.yaml", "--output", "else", *EASY) == 2
    assert "hint: --set output=else" in capsys.readouterr().err
    assert (
        pipeline("run", "recipe.yaml", "--set", "output=else", *EASY, "--log-level", "ERROR") == 0
    )
    assert (contact / "else/sheet.sha256").exists()
    assert "items" not in capsys.readouterr().err
    assert pipeline("gc", "recipe.yaml", "--set", "output=else", "--quota", "lots") == 2
    dry = told(capsys, "gc", "recipe.yaml", "--set", "output=else", "--quota", "1G", "--dry-run")
    assert dry["freed"] == 0 and dry["left"] > 0


@pytest.fixture
def waiting(contact: Path) -> Iterator[subprocess.Popen[str]]:
    """A run, as a process, of a recipe that waits for a file called `go`."""
    (contact / "waits.yaml").write_text(
        "pipeline: waits\nparams: {output: out}\nstages:\n"
        "  - {id: first, type: command, config: {argv: [touch, $OUTPUT_A], outputs: {a: a}}}\n"
        "  - id: second\n    type: command\n    depends_on: first\n    config:\n"
        '      argv: [sh, -c, \'touch "$OUTPUT_B"; until [ -e "$0" ]; do sleep 0.05; done\', '
        f'"{contact}/go"]\n      outputs: {{b: b}}\n'
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.scenarios.data_pipeline_automation", "run", "--config",
         "waits.yaml", *EASY], text=True, stderr=subprocess.PIPE, start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
    )  # fmt: skip
    yield process
    end(process)


def test_a_live_run_is_cancelled_and_goes_on_later(
    contact: Path, waiting: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def at_work() -> bool:
        runs = told(capsys, "list")
        return bool(runs) and told(capsys, "status", runs[0]["run"])["at_work"] == ["second/all"]

    until(at_work)
    (run,) = told(capsys, "list")
    assert run["status"] == "running"
    assert pipeline("cancel", run["run"]) == 0
    assert waiting.wait(60) == 130
    assert told(capsys, "status", run["run"])["status"] == "interrupted"
    assert pipeline("cancel", run["run"]) == 1
    (contact / "go").touch()
    assert told(capsys, "run", "waits.yaml", *EASY)["counts"] == {"made": 1, "reuse": 1}


def test_a_killed_run_goes_on(
    contact: Path, waiting: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    until(lambda: (contact / "out/a").exists())
    os.killpg(waiting.pid, signal.SIGKILL)
    waiting.wait()
    (contact / "go").touch()
    counts = told(capsys, "run", "waits.yaml", "--wait", "60", *EASY)["counts"]
    assert counts.pop("made") == 1
    # Adopted, where the kill came between its publishing and its row in the journal.
    assert counts in ({"reuse": 1}, {"adopt": 1})
    assert [run["status"] for run in told(capsys, "list")] == ["completed", "killed"]


def test_a_stranger_s_stage_is_installed_and_run(tmp_path: Path) -> None:
    """Built and installed by pip, offline, and run by the installed command."""
    package, target = tmp_path / "package", tmp_path / "site"
    shutil.copytree(EXAMPLES / "third_party_stage", package)
    installed = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
         "--no-index", "--disable-pip-version-check", "--target", str(target), str(package)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert installed.returncode == 0, installed.stderr
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/one.txt").write_text("Silenzio, Bruno!")
    (tmp_path / "texts/two.txt").write_text("a piazza by the sea")
    (tmp_path / "r.yaml").write_text(
        "pipeline: words\nparams: {output: out}\nstages:\n"
        "  - {id: words, type: wordcount, config: {folder: texts, shortest: 2}}\n"
        "  - id: total\n    type: command\n    config:\n"
        '      argv: [sh, -c, \'echo "$0" > "$OUTPUT_T"\', "{words.total} words"]\n'
        "      outputs: {t: total.txt}\n"
    )
    command = shutil.which("animstudio", path=str(Path(sys.executable).parent))
    assert command, "the studio is not installed"
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(target), *filter(None, sys.path)]),
        "ANIMSTUDIO_STATE": str(tmp_path / "state"),
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([command, "pipeline", *words], cwd=tmp_path, env=environment,
                              capture_output=True, text=True, check=False)  # fmt: skip

    ended = run("run", "r.yaml", *EASY)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "out/total.txt").read_text() == "6 words\n"
    assert "nothing changed: 3 reused" in run("run", "r.yaml", *EASY).stdout
    wrong = run("validate", "r.yaml", "--set", "output=1")
    assert wrong.returncode == 0, wrong.stderr
    text = (tmp_path / "r.yaml").read_text()
    (tmp_path / "r.yaml").write_text(text.replace("shortest: 2", "shortest: 0"))
    assert "r.yaml:4:" in run("validate", "r.yaml").stderr


def test_a_list_of_no_runs_is_not_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert pipeline("list", "--limit", "-1") == 2
    assert "--limit -1: show one at least" in capsys.readouterr().err
