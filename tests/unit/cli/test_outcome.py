"""How commands end: what the system refuses is told in a line, and is no bug."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from cyclopts import App

from animstudio.__main__ import main
from animstudio.cli.outcome import run_command
from animstudio.kernel.errors import ASKED_WRONGLY, BROKEN, FAILED


def ended(error: Exception, *words: str) -> int:
    app = App(name="studio", result_action="return_value")

    @app.command
    def work() -> None:
        raise error

    return run_command(app, ["work", *words])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/o/a.wav"), "/o/a.wav: Permission de"),
        (OSError(errno.ENOSPC, "No space left on device", "/o/a.wav"), "/o/a.wav: the disk is ful"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError("no number"), "no number"),
    ],
)
def test_what_the_system_refuses_is_told(
    error: OSError, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(error) == FAILED
    told = capsys.readouterr().err
    assert told.startswith(f"error: {said}")
    assert "bug" not in told and "Traceback" not in told
    assert ended(error, "--debug") == FAILED
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_is_still_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(KeyError("x")) == BROKEN
    told = capsys.readouterr().err
    assert "this is a bug" in told
    Path(told.rsplit(" ", 1)[1].strip()).unlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_results_that_do_not_fit_on_the_disk(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom cyclopts import App\nfrom animstudio.cli.outcome import run_command\n"
        "app = App(result_action='return_value')\n"
        "app.default(lambda: print('x'))\nsys.exit(run_command(app, []))"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == FAILED
    assert done.stderr.splitlines()[0] == "error: the disk is full"
    assert "Exception" not in done.stderr


def test_what_is_left_out_is_named_as_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    from animstudio.cli import app

    assert run_command(app, ["film", "all", "luca"]) == ASKED_WRONGLY
    assert capsys.readouterr().err.startswith("error: film all: INPUT is missing\n")
    assert run_command(app, ["film", "all", "luca", "--input"]) == ASKED_WRONGLY
    assert "--input requires an argument" in capsys.readouterr().err


def test_ctrl_c_while_it_starts_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("animstudio.cli.main", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"
