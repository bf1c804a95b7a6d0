"""Stopping real process groups, and giving way."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from animstudio.kernel.background import stop_group
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.machine import Machine, Process

PARENT = """
import os, signal, subprocess, sys
{prepare}
nap = "import time; print('up', flush=True); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", nap], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
{then}
"""


def start(*, prepare: str = "", then: str = "child.wait()") -> tuple[subprocess.Popen[bytes], int]:
    code = PARENT.format(prepare=prepare, then=then)
    leader = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    )
    assert leader.stdout is not None
    child = int(leader.stdout.readline())
    leader.stdout.close()
    return leader, child


def alive(pid: int) -> bool:
    return any(p.pid == pid and p.alive for p in Machine().processes())


def test_leader_and_children_end() -> None:
    leader, child = start()
    assert stop_group(leader.pid) == "ended"
    assert not alive(child)
    assert leader.wait() == -15  # the exit code stayed with us
    assert stop_group(leader.pid) == "gone"


def test_who_ignores_term_is_killed() -> None:
    leader, child = start(prepare="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    assert stop_group(leader.pid, grace=0.2) == "killed"
    assert not alive(child)
    assert leader.wait() == -9


def test_children_that_outlive_their_leader() -> None:
    leader, child = start(then="os._exit(3)")
    assert leader.wait() == 3
    assert alive(child)
    assert stop_group(leader.pid) == "ended"
    assert not alive(child)


def test_paused_children_end() -> None:
    leader, child = start()
    os.killpg(leader.pid, 19)
    assert stop_group(leader.pid) == "ended"
    assert not alive(child)
    leader.wait()


def test_our_own_group_and_strangers_are_refused() -> None:
    with pytest.raises(ValueError, match="not ours"):
        stop_group(os.getpgrp())
    with pytest.raises(ValueError, match="not ours"):
        stop_group(1)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        with pytest.raises(ValueError, match="leads no group"):
            stop_group(child.pid)
        child.communicate(b"\n")


def test_who_survives_kill_is_reported() -> None:
    class Stuck(Machine):
        def processes(self):  # type: ignore[no-untyped-def]
            yield Process(999_999_999, 1, 999_999_999, "stuck", "D", 0, 0.0, 0)

    ticks = iter(range(100))
    with pytest.raises(WorkFailed, match="survived SIGKILL"):
        stop_group(
            999_999_999, machine=Stuck(), clock=lambda: next(ticks), sleep=lambda seconds: None
        )


def test_background_priority_in_a_process_of_its_own(tmp_path: Path) -> None:
    code = """
    import os, psutil
    from pathlib import Path
    from animstudio.kernel.background import work_in_background
    achieved = work_in_background()
    print(os.nice(0), int(psutil.Process().ionice().ioclass),
          Path("/proc/self/oom_score_adj").read_text().strip(), "|".join(achieved))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    nice, io_class, score, achieved = run.stdout.strip().split(" ", 3)
    assert int(nice) >= 10
    if "disk" in achieved:
        assert io_class == "3"
    if "oom" in achieved:
        assert int(score) >= 500


def test_what_is_refused_is_not_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    def refuse(*arguments: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    monkeypatch.setattr(psutil.Process, "ionice", refuse)
    from animstudio.kernel.background import work_in_background

    assert work_in_background(proc=tmp_path) == []
