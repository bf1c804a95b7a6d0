"""CPU-only work: the GPUs are hidden, and the proof finds whoever is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.kernel.cpu_only import hide_gpus, prove_cpu_only
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.machine import Machine

HIDDEN = {"CUDA_VISIBLE_DEVICES": ""}


def process(
    proc: Path,
    pid: int,
    parent: int,
    *,
    files: tuple[str, ...] = (),
    environ: str = "CUDA_VISIBLE_DEVICES=\0HOME=/root\0",
    cmdline: str = "worker\0",
) -> None:
    folder = proc / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "stat").write_text(f"{pid} (python) S {parent} {pid} " + "0 " * 20)
    (folder / "environ").write_text(environ)
    (folder / "cmdline").write_text(cmdline)
    for number, file in enumerate(files):
        (folder / "fd" / str(number)).symlink_to(file)


def others() -> list[int]:
    """Processes that earlier tests in this process left, as multiprocessing's tracker."""
    return [process.pid for process in Machine().tree(os.getpid())]


def test_hidden_for_this_process_and_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with pytest.raises(WorkFailed, match="CUDA_VISIBLE_DEVICES is '0'"):
        prove_cpu_only()
    older = others()
    hide_gpus()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        proof = prove_cpu_only(older=older)
        child.communicate(b"\n")
    assert {os.getpid(), child.pid} <= set(proof.processes)


def test_a_child_started_with_gpus_in_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    older = others()
    seeing = {**os.environ, "CUDA_VISIBLE_DEVICES": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=seeing
    ) as child:
        with pytest.raises(WorkFailed, match=f"process {child.pid} .* CUDA_VISIBLE_DEVICES=1"):
            prove_cpu_only(older=older)
        child.communicate(b"\n")


@pytest.mark.parametrize("device", ["/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"])
def test_a_grandchild_that_holds_a_gpu(tmp_path: Path, device: str) -> None:
    process(tmp_path, 1, 0)
    process(tmp_path, 2, 1)
    process(tmp_path, 3, 2, files=("/dev/null", device))
    process(tmp_path, 4, 0, files=("/dev/nvidia0",))  # a stranger's training is no matter
    with pytest.raises(WorkFailed, match=rf"process 3 \(python\) holds {device} open"):
        prove_cpu_only(machine=Machine(proc=tmp_path), environment=dict(HIDDEN), root=1)


def test_reading_temperatures_is_not_computing(tmp_path: Path) -> None:
    machine = Machine(proc=tmp_path)
    process(tmp_path, 1, 0, files=("/dev/nvidiactl", "/dev/nvidia0"))
    proof = prove_cpu_only(reading_nvml=True, machine=machine, environment=dict(HIDDEN), root=1)
    assert proof.processes == (1,)
    process(tmp_path, 2, 1, files=("/dev/nvidia-uvm",))
    with pytest.raises(WorkFailed, match="nvidia-uvm"):
        prove_cpu_only(reading_nvml=True, machine=machine, environment=dict(HIDDEN), root=1)


def test_a_forked_child_is_not_blamed_for_the_past(tmp_path: Path) -> None:
    before = "CUDA_VISIBLE_DEVICES=0\0"
    process(tmp_path, 1, 0, environ=before, cmdline="main\0")
    process(tmp_path, 2, 1, environ=before, cmdline="main\0")
    machine = Machine(proc=tmp_path)
    assert prove_cpu_only(machine=machine, environment=dict(HIDDEN), root=1).processes == (1, 2)
    process(tmp_path, 3, 1, environ=before, cmdline="other\0")
    with pytest.raises(WorkFailed, match="process 3"):
        prove_cpu_only(machine=machine, environment=dict(HIDDEN), root=1)


def test_what_lived_before_the_hiding_may_see_a_gpu_but_hold_none(tmp_path: Path) -> None:
    machine = Machine(proc=tmp_path)
    process(tmp_path, 1, 0)
    process(tmp_path, 2, 1, environ="HOME=/root\0")
    with pytest.raises(WorkFailed, match="process 2"):
        prove_cpu_only(machine=machine, environment=dict(HIDDEN), root=1)
    proof = prove_cpu_only(older=[1, 2], machine=machine, environment=dict(HIDDEN), root=1)
    assert proof.processes == (1, 2)
    process(tmp_path, 3, 1, environ="HOME=/root\0", files=("/dev/nvidia0",))
    with pytest.raises(WorkFailed, match=r"process 3 .* holds"):
        prove_cpu_only(older=[1, 2, 3], machine=machine, environment=dict(HIDDEN), root=1)
