"""``animstudio monitor`` as people run it: real processes, real files, a real terminal."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from animstudio.care.sample import COLUMNS

APP = """
import sys
from cyclopts import App
from animstudio.cli.monitor import monitor
from animstudio.kernel.errors import INTERRUPTED, StudioError

app = App(name="animstudio")
app.command(monitor)
try:
    app()
except StudioError as error:
    sys.stderr.write(error.message)
    sys.exit(error.exit_code)
except KeyboardInterrupt:
    sys.exit(INTERRUPTED)
"""
COMMAND = [sys.executable, "-c", APP, "monitor"]
FAST = ["--interval", "0.1"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def rows(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        return []
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Path]:
    """A folder for a monitor in the background, which is ended whatever happens."""
    folder = tmp_path / "lo gs"
    yield folder
    run("--stop", "--log-dir", folder)


def test_once() -> None:
    done = run("--once")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert "CPU" in done.stdout
    assert "RAM" in done.stdout
    assert done.stderr == ""


def test_once_as_json_and_into_a_file(tmp_path: Path) -> None:
    done = run("--once", "--json", "--csv", tmp_path / "x.csv")
    sample = json.loads(done.stdout)
    assert tuple(sample) == COLUMNS
    assert sample["cpu_cores"] >= 1
    assert 0 < sample["ram_pct"] < 100
    (row,) = rows(tmp_path / "x.csv")
    assert row["timestamp"] == sample["timestamp"]


def test_lines_until_asked_to_end() -> None:
    with subprocess.Popen([*COMMAND, *FAST], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(timeout=60) == 0
    assert all("CPU" in line for line in lines)


def test_ctrl_c_is_130() -> None:
    with subprocess.Popen([*COMMAND, *FAST, "--json"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        *_, last = process.stdout.read().splitlines()
        assert process.wait(timeout=60) == 130
    json.loads(last)  # no line is left half written


def test_in_the_background(logs: Path) -> None:
    started = run("--daemon", "--log-dir", logs, *FAST)
    assert started.returncode == 0, started.stderr
    pid = int(started.stdout)
    assert (logs / "monitor.pid").read_text() == f"{pid}\n"
    assert os.getsid(pid) != os.getsid(0)
    until(lambda: len(rows(logs / "monitor.csv")) >= 3)

    second = run("--daemon", "--log-dir", logs)
    assert second.returncode == 2
    assert f"pid {pid}" in second.stderr

    status = json.loads(run("--status", "--json", "--log-dir", logs).stdout)
    assert status["pid"] == pid
    assert tuple(status["last"]) == COLUMNS

    stopped = run("--stop", "--log-dir", logs)
    assert stopped.returncode == 0
    assert str(pid) in stopped.stderr
    until(lambda: not exists(pid))
    assert not (logs / "monitor.pid").exists()
    assert (logs / "monitor.csv").read_text().endswith("\n")
    assert "ended as asked" in (logs / "monitor.log").read_text()

    assert run("--status", "--log-dir", logs).returncode == 1
    assert run("--stop", "--log-dir", logs).returncode == 0


def test_a_killed_one_is_no_obstacle(logs: Path) -> None:
    pid = int(run("--daemon", "--log-dir", logs, *FAST).stdout)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not exists(pid))
    assert (logs / "monitor.pid").exists()
    assert run("--status", "--log-dir", logs).returncode == 1
    assert run("--daemon", "--log-dir", logs, *FAST).returncode == 0


def test_a_closed_terminal_and_critical_values_are_survived(logs: Path) -> None:
    critical = ["--ram-warn", "0", "--ram-critical", "0", "--disk-warn", "0"]
    pid = int(run("--daemon", "--log-dir", logs, *FAST, *critical).stdout)
    os.kill(pid, signal.SIGHUP)
    count = len(rows(logs / "monitor.csv"))
    until(lambda: len(rows(logs / "monitor.csv")) > count + 2)
    log = (logs / "monitor.log").read_text()
    assert log.count("critical: RAM") == 1
    assert log.count("warning: disk /") >= 1


def test_rotation_in_the_background(logs: Path) -> None:
    run("--daemon", "--log-dir", logs, *FAST, "--rotate-mb", "0.001", "--keep", "1")
    until(lambda: (logs / "monitor.1.csv").exists() and rows(logs / "monitor.csv"))
    assert tuple(rows(logs / "monitor.1.csv")[0]) == COLUMNS
    assert not (logs / "monitor.2.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--daemon", "--stop"), "--daemon and --stop cannot be asked for together"),
        (("--once", "--csv", "/proc/nowhere/x.csv"), "cannot write here"),
    ],
)
def test_asked_wrongly(arguments: tuple[str, ...], text: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert text in done.stderr


def test_the_live_table_on_a_terminal() -> None:
    leader, follower = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    with subprocess.Popen(
        [*COMMAND, *FAST], stdin=follower, stdout=follower, stderr=follower, env=environment
    ) as process:
        os.close(follower)
        seen = b""
        deadline = time.monotonic() + 60
        while seen.count(b"Machine at") < 3 and time.monotonic() < deadline:
            seen += os.read(leader, 65536)
        process.send_signal(signal.SIGTERM)
        try:
            while chunk := os.read(leader, 65536):
                seen += chunk
        except OSError:  # how Linux says that nobody is at the other end
            pass
        assert process.wait(timeout=60) == 0
    os.close(leader)
    text = seen.decode()
    assert "disk /" in text
    assert "\x1b[1;32m" in text or "\x1b[32m" in text or "38;5" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")  # the cursor is back
