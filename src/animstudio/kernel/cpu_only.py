"""CPU-only work beside a GPU that is busy training: hide it, and prove that it is not touched."""

from __future__ import annotations

import os
from collections.abc import Collection, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.machine import Machine

_HIDING = "CUDA_VISIBLE_DEVICES"
_DEVICES = ("/dev/nvidia", "/dev/dxg")
"""What any user of a GPU holds open; dxg is the GPU of WSL2."""
_COMPUTING = ("/dev/nvidia-uvm",)
"""What every CUDA context holds open, and a reader of temperatures (NVML) does not."""


@dataclass(frozen=True, slots=True)
class CpuOnlyProof:
    """The processes that were looked at, none of which can see or holds a GPU."""

    processes: tuple[int, ...]


def hide_gpus(environment: MutableMapping[str, str] = os.environ) -> None:
    """Hide every GPU from this process and the processes it starts from now on.

    Works only before CUDA is first used in this process: `prove_cpu_only` tells.
    """
    environment[_HIDING] = ""


def prove_cpu_only(
    *,
    reading_nvml: bool = False,
    older: Collection[int] = (),
    machine: Machine | None = None,
    environment: MutableMapping[str, str] = os.environ,
    root: int | None = None,
) -> CpuOnlyProof:
    """Prove that this process and all its descendants see no GPU and hold none open.

    `reading_nvml` is for a process whose own monitor reads the GPUs' state meanwhile: then
    only what computing opens is counted. `older` are processes that lived before the hiding:
    they may see a GPU, but must hold none either. Processes that may not be looked into (another
    user's) are not part of the proof.

    Raises:
        WorkFailed: names the process, and the device or the variable.
    """
    machine, root = machine or Machine(), os.getpid() if root is None else root
    if environment.get(_HIDING) != "":
        raise WorkFailed(
            f"the GPUs are not hidden from this process: {_HIDING} is "
            f"{environment.get(_HIDING, 'not set')!r}"
        )
    counted = _COMPUTING if reading_nvml else _DEVICES
    own = _started_with(machine.proc / str(root))
    looked_at = []
    for process in machine.tree(root):
        folder = machine.proc / str(process.pid)
        for device in _open_files(folder):
            if device.startswith(counted):
                raise WorkFailed(f"process {process.pid} ({process.name}) holds {device} open")
        theirs = _environ(folder)
        # We and our forked children show what we were started with, before hiding: no news.
        forked = _started_with(folder) == own
        hidden = process.pid in older or forked or theirs.get(_HIDING) == ""
        if theirs and not hidden:
            raise WorkFailed(
                f"process {process.pid} ({process.name}) was started with "
                f"{_HIDING}={theirs.get(_HIDING, '(not set)')}"
            )
        if theirs:
            looked_at.append(process.pid)
    return CpuOnlyProof(tuple(sorted(looked_at)))


def _open_files(folder: Path) -> list[str]:
    files = []
    with suppress(OSError):
        for entry in (folder / "fd").iterdir():
            with suppress(OSError):
                files.append(str(entry.readlink()))
    return files


def _started_with(folder: Path) -> tuple[bytes, bytes]:
    with suppress(OSError):
        return (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
    return b"", b""


def _environ(folder: Path) -> dict[str, str]:
    with suppress(OSError):
        entries = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        return dict(entry.partition("=")[::2] for entry in entries if "=" in entry)
    return {}
