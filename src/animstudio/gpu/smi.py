"""GPUs as ``nvidia-smi`` tells of them, where the driver's library cannot be loaded."""

from __future__ import annotations

import csv
import subprocess

from animstudio.gpu.device import MB, Device, Process

_SECONDS = 10.0
"""A driver that hangs answers nothing for minutes."""
_DEVICE = "index,name,uuid,memory.used,memory.total,utilization.gpu,temperature.gpu,power.draw"
_PROCESS = "gpu_uuid,pid,used_memory"


def read_smi(program: str = "nvidia-smi") -> list[Device]:
    """Return the GPUs that it lists; none where it fails."""
    rows = _rows(program, f"--query-gpu={_DEVICE}")
    told = _rows(program, f"--query-compute-apps={_PROCESS}") if rows else []
    processes: dict[str, list[Process]] = {}
    for row in told:
        if len(row) == 3 and row[1].isdigit():
            used = int((_number(row[2]) or 0) * MB)
            processes.setdefault(row[0], []).append(Process(int(row[1]), used))
    return [_device(row, processes) for row in rows if len(row) == 8 and row[0].isdigit()]


def _device(row: list[str], processes: dict[str, list[Process]]) -> Device:
    index, name, uuid, *numbers = row
    used, total, utilisation, temperature, power = map(_number, numbers)
    return Device(
        index=int(index),
        name=name,
        uuid=uuid,
        vram_used_mb=None if used is None else int(used),
        vram_total_mb=None if total is None else int(total),
        utilisation=utilisation,
        temperature=temperature,
        power=power,
        processes=tuple(sorted(processes.get(uuid, ()), key=lambda process: process.pid)),
    )


def _rows(program: str, query: str) -> list[list[str]]:
    try:
        told = subprocess.run(
            [program, query, "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=_SECONDS, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    return [[cell.strip() for cell in row] for row in csv.reader(told.splitlines())]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:  # [N/A], [Not Supported]
        return None
