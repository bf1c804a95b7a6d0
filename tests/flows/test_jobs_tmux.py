"""The queue in a real terminal: the live table at two sizes, and a window to attach to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .jobs_studio import Studio, studio, until  # noqa: F401  (a fixture)

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
BAR = r"steps:  15%|###  | 195/1300 [02:10<12:17, 1.50it/s, avr_loss=0.0{}]"


class Tmux:
    """A tmux of its own."""

    def __init__(self, of: Studio, folder: str) -> None:
        # A short folder: the name of tmux's socket has to fit into 107 bytes.
        of.environment |= {"TMUX_TMPDIR": folder, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        self._environment = of.environment

    def run(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-u", *words], env=self._environment, capture_output=True,
                              text=True, timeout=60, check=False)  # fmt: skip
        return done.stdout

    def screen(self, target: str) -> str:
        return self.run("capture-pane", "-p", "-t", target)


@pytest.fixture
def tmux(studio: Studio) -> Iterator[Tmux]:  # noqa: F811
    folder = tempfile.mkdtemp(prefix="tmux-")
    found = Tmux(studio, folder)
    yield found
    found.run("kill-server")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_the_live_table(studio: Studio, tmux: Tmux, width: int, height: int) -> None:  # noqa: F811
    go = studio.state / "go"
    studio.run("daemon", "start")
    os.mkfifo(go)
    bars = " ".join(f"'{BAR.format(loss)}'" for loss in (99, 95, 92, 90))
    train = f"printf '%s\\r' {bars}; echo up; read x < {go}"
    studio.submit(train, "--vram", "5G", "--cpus", "0", "--name", "路卡 of a very long name indeed")
    studio.submit(f"echo loss=nan; read x < {go}", "--cpus", "0", "--name", "wrong")
    batch = studio.state / "rest.yaml"
    rest = {"name": "rest {n}", "command": "true", "gpus": 2, "matrix": {"n": [*range(height)]}}
    batch.write_text(json.dumps({"jobs": [rest]}))
    studio.run("batch", str(batch))
    command = f"{sys.executable} -m animstudio jobs monitor --interval 0.2"
    tmux.run("new-session", "-d", "-x", str(width), "-y", str(height), "-s", "look", command)
    seen: list[str] = []

    def drawn() -> bool:
        """Whether all of it is on the screen, down to the last line."""
        seen[:] = [tmux.screen("look")]
        return all(words in seen[0] for words in ("15%", "NaN", "2 running", f"{height} queued"))

    until(drawn)
    screen = seen[0]
    lines = screen.rstrip("\n").split("\n")
    assert lines[0].split()[:4] == ["job", "name", "state", "card"]
    for words in ("路卡", "12:17", "0.09", "fake GPU 16 GB", "5G claimed", "2 running", "more"):
        assert words in screen
    assert ("195/1300" in screen) == (width == 120)
    assert len(lines) <= height
    assert lines[-1].startswith(f"{height} queued"), "the last line is not cut off"


def test_a_window_only_looks(studio: Studio, tmux: Tmux) -> None:  # noqa: F811
    go = studio.state / "go"
    studio.run("daemon", "start")
    os.mkfifo(go)
    script = f"echo up; read x < {go}; echo end"
    found = studio.run("submit", "--tmux", "--", "sh", "-c", script)
    assert "tmux attach -t animstudio:job-1" in found.stderr
    until(lambda: "up" in tmux.screen("animstudio:job-1"))
    assert "animstudio:job-1" in studio.run("logs", "1", "--tmux").stderr
    tmux.run("kill-server")
    go.write_text("x\n")
    studio.run("wait", 1)
    assert studio.log(1).read_text() == "up\nend\n"


def test_without_tmux_it_says_so(studio: Studio, tmp_path: Path) -> None:  # noqa: F811
    studio.environment["PATH"] = str(tmp_path)
    found = studio.run("submit", "--tmux", "--", "/bin/true", code=1)
    assert "tmux is not installed" in found.stderr and "logs JOB -f" in found.stderr
    assert studio.job_ids() == [], "nothing was submitted"
