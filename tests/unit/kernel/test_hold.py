"""One run a folder, and no kill that leaves it locked."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.kernel import hold
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.hold import held
from animstudio.kernel.hold import holder as who_holds

HOLD = """
import sys
from pathlib import Path
from animstudio.kernel.hold import held
with held(Path(sys.argv[1])):
    print("here", flush=True)
    sys.stdin.read()
"""


def holder(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    return process


def test_the_second_is_told_who_is_first(tmp_path: Path) -> None:
    home = tmp_path / "out" / "checkpoints"
    with holder(home) as first:
        with pytest.raises(WorkFailed, match=f"process {first.pid}") as told, held(home):
            raise AssertionError
        assert str(tmp_path / "out") in told.value.message
        first.kill()
    with held(home):
        pass


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(KeyError), held(tmp_path):
            raise KeyError


def test_a_lock_keeps_no_values_and_no_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["run", "a.yaml", "--set", "token=word", "--notify", "mailto://me:word@host"]
    monkeypatch.setattr("sys.argv", ["/usr/bin/animstudio", *words])
    with held(tmp_path):
        found = who_holds(tmp_path)
    assert found is not None
    assert found.command == "animstudio run a.yaml --set token=... --notify mailto://..."


def test_who_only_looks_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking takes the lock for an instant, shared."""
    with held(tmp_path):
        pass
    looking = os.open(tmp_path / ".lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr(hold, "_GLANCE", 60)
    monkeypatch.setattr(hold.time, "sleep", lambda seconds: os.close(looking))
    with held(tmp_path):
        assert who_holds(tmp_path) is not None
