"""A run that is watched: in a real terminal, in a pipe, by a program, and from another process."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from animstudio.kernel.events import Event
from animstudio.kernel.follow import parse

from .film_runs import end, until

EASY = ["--disk-free-gb", "0", "--ram-slow", "1", "--ram-stop", "1"]
SLOW = """\
import time
from pathlib import Path

def wait(work, input, go):
    if input.name.startswith("bad"):
        raise ValueError("no good")
    work.report(1, 4)
    while not Path(go).exists() and input.name != "a.txt":
        time.sleep(0.02)
    (work.drafts / "o.txt").write_text(input.name)

def join(work, inputs):
    (work.drafts / "all").write_text("".join(sorted(p.read_text() for p in inputs.values())))
"""
RECIPE = """\
pipeline: slow
params: {output: out, api_token: hunter2-hunter2}
stages:
  - id: pieces
    type: python
    config: {function: "slow:wait", inputs: ["in/*.txt"], each: true, options: {go: GO}}
  - id: after
    type: python
    config: {function: "slow:join", inputs: "{pieces.files}"}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe whose items `b`, `c` and `d` wait for a file called `go`; `a` is done at once."""
    (tmp_path / "in").mkdir()
    for name in ("a", "bad1", "b", "c", "d"):
        (tmp_path / "in" / f"{name}.txt").write_text(name)
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "r.yaml").write_text(RECIPE.replace("GO", str(tmp_path / "go")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANIMSTUDIO_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    return tmp_path


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "animstudio", "pipeline", *words]


@pytest.fixture
def live(place: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that is at work, its events on stdout."""
    process = subprocess.Popen(
        command("run", "r.yaml", "--json", "--max-parallel", "2", *EASY), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    until(lambda: (place / "out/pieces/a.txt/o.txt").exists())
    yield process
    end(process)


def run_id(place: Path) -> str:
    return next((place / "out/checkpoints/runs").iterdir()).name


def kinds(text: str) -> list[str]:
    events = [parse(line) for line in text.splitlines()]
    assert all(isinstance(event, Event) for event in events[:-1])
    return [str(json.loads(line)["type"]) for line in text.splitlines()]


def test_json_is_every_event_and_then_the_outcome(place: Path, live: subprocess.Popen[str]) -> None:
    (place / "go").touch()
    out, talk = live.communicate()
    assert live.returncode == 1
    types = kinds(out)
    assert types[0] == "pipeline.started" and types[-2:] == ["pipeline.ended", "outcome"]
    logged = (place / "out/checkpoints/runs" / run_id(place) / "events.jsonl").read_text()
    assert out.splitlines()[:-1] == logged.splitlines()
    outcome = json.loads(out.splitlines()[-1])
    assert outcome["counts"] == {"made": 5, "failed": 1}
    # In a pipe: lines, each failure with where to see more.
    assert "pieces/bad1.txt: " in talk and "logs/" in talk
    assert "\x1b" not in talk and "after: 1 made\n" in talk


def test_a_reader_that_has_enough_does_not_end_the_run(place: Path) -> None:
    (place / "go").touch()
    words = shlex.join(command("run", "r.yaml", "--json", *EASY))
    ended = subprocess.run(["bash", "-c", f"{words} | head -1; exit ${{PIPESTATUS[0]}}"],
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    assert (place / "out/after/all").read_text() == "a.txtb.txtc.txtd.txt"


def test_following_a_live_run_and_one_that_is_killed(
    place: Path, live: subprocess.Popen[str]
) -> None:
    run = run_id(place)
    follower = subprocess.Popen(command("status", run, "--follow", "--json"), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    try:
        assert follower.stdout is not None
        lines = [follower.stdout.readline() for _ in range(3)]
        assert json.loads(lines[0])["run"] == run
        report = subprocess.run(command("report"), capture_output=True, text=True, check=True)
        page = Path(report.stdout.strip()).read_text()
        assert "running" in page and "pieces/b.txt" in page
        os.killpg(live.pid, signal.SIGKILL)
        out, talk = follower.communicate(timeout=60)
    finally:
        follower.kill()
    status = json.loads(out.splitlines()[-1])
    assert follower.returncode == 0, talk
    assert (status["type"], status["status"], status["at_work"]) == ("status", "killed", [])
    report = subprocess.run(command("report", run), capture_output=True, text=True, check=True)
    page = Path(report.stdout.strip()).read_text()
    assert "killed" in page and "ended with the run" in page
    # A secret parameter is neither in the report nor in what the run keeps of its recipe.
    kept = (place / "out/checkpoints/runs" / run / "recipe.json").read_text()
    assert "hunter2" not in page + kept and "<dt>api_token</dt><dd>***</dd>" in page


def test_following_ends_with_the_run(place: Path, live: subprocess.Popen[str]) -> None:
    follower = subprocess.Popen(command("status", run_id(place), "--follow"), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    (place / "go").touch()
    out, talk = follower.communicate(timeout=60)
    assert follower.returncode == 0, talk
    assert "slow, failed" in out and "5 made, 1 failed" in out


class Terminal:
    """A terminal of tmux on a server of its own."""

    def __init__(self, folder: Path, width: int, **environment: str) -> None:
        self._socket = folder / "tmux"
        sets = [f"{name}={value}" for name, value in environment.items()]
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", "20", "env",
                   *sets, "bash", "--norc")  # fmt: skip

    def _tmux(self, *words: str) -> str:
        # Its path may be longer than a socket's name can be.
        done = subprocess.run(["tmux", "-S", self._socket.name, *words], text=True, check=True,
                              cwd=self._socket.parent, capture_output=True)  # fmt: skip
        return done.stdout

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)
        self._tmux("send-keys", "Enter")

    def press(self, key: str) -> None:
        self._tmux("send-keys", key)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def close(self) -> None:
        self._tmux("kill-server")


def shows(screen: str, *words: str) -> bool:
    """Return whether all of it is drawn, down to the words of the last line."""
    return all(word in screen for word in words)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux on this machine")
@pytest.mark.parametrize("width", [100, 40])
def test_a_terminal_shows_the_stages_as_they_are_until_ctrl_c(place: Path, width: int) -> None:
    terminal = Terminal(place, width, PYTHONUTF8="1", LC_ALL="C.UTF-8")
    try:
        words = shlex.join(["run", "r.yaml", "--max-parallel", "2", *EASY])
        (place / "p").write_text(f'exec {shlex.quote(sys.executable)} -m animstudio pipeline "$@"')
        terminal.type(f"clear; bash p {words}; echo ended with $?")
        screen = until(lambda: s if shows(s := terminal.screen(), "2/5", "25%", "free") else "")
        lines = screen.splitlines()
        row = next(line for line in lines if "pieces " in line)
        assert "▶ pieces" in row and "━" in row
        assert any("25%" in line and line.rstrip().endswith(".txt") for line in lines)
        assert any("· after" in line and "?" in line for line in lines)
        assert any(line.startswith("2 of 5+ items") for line in lines)
        assert "1 failed" in screen and "memory " in screen and "free" in screen
        terminal.press("C-c")
        screen = until(lambda: s if "ended with 1" in (s := terminal.screen()) else "")
        assert "interrupted in" in screen and "ended with 130" in screen
        assert "memory " not in screen
        assert screen.count("pieces ") == 1  # one picture stays, not one for each moment
    finally:
        terminal.close()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux on this machine")
def test_a_dumb_terminal_gets_lines(place: Path) -> None:
    (place / "go").touch()
    terminal = Terminal(place, 80, TERM="dumb", PYTHONUTF8="1", LC_ALL="C.UTF-8")
    try:
        terminal.type(f"clear; {shlex.join(command('run', 'r.yaml', *EASY))}; echo ended with $?")
        screen = until(lambda: s if "ended with 1" in (s := terminal.screen()) else "")
        assert "after: 1 made" in screen and "━" not in screen
    finally:
        terminal.close()
