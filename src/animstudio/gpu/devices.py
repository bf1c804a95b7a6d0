"""The GPUs of this machine and how busy they are.

NVML is asked first, then ``nvidia-smi``, then torch (which knows AMD's cards too) in a process
of its own; a machine without a GPU driver is asked nothing more. NVML is opened for each look
and closed after it: nothing keeps a device awake or in use between two looks, and a driver
that is reloaded or a device that falls off the bus is met anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from animstudio.gpu.device import MB, Device, Process
from animstudio.gpu.fake import FakeCard
from animstudio.gpu.smi import read_smi
from animstudio.gpu.through_torch import read_torch

__all__ = ["Device", "Look", "Process", "devices", "looking"]

Look = Callable[[], Sequence[Device]]
"""A look at the GPUs as they are now."""
_NODES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""One of these is there where a GPU driver is: NVIDIA's, AMD's, or that of WSL."""


def looking(fake: str = "") -> Look:
    """Return how this machine's GPUs are looked at; `fake` is the setting ``fake_gpus``.

    Raises AskedWrongly for a `fake` that says nothing.
    """
    if not fake:
        return devices
    cards = FakeCard.parse(fake)
    return lambda: [card.device(index) for index, card in enumerate(cards)]


def devices(nvml: Any = None) -> list[Device]:
    """Return the GPUs that answer; none without a driver. Never raises.

    `nvml` is the module to ask, and then nobody else is asked; tests give their own.
    """
    if nvml is not None:
        return _through(nvml)
    module = _ask(lambda: __import__("pynvml"))
    found = _through(module) if module is not None else []
    if not found and any(Path(node).exists() for node in _NODES):
        found = read_smi() or read_torch()
    return found


def _through(nvml: Any) -> list[Device]:
    if not _ask(lambda: (nvml.nvmlInit(), True)):
        return []
    try:
        count = _ask(lambda: nvml.nvmlDeviceGetCount()) or 0
        found = [_device(nvml, index) for index in range(count)]
        return [device for device in found if device]
    finally:
        _ask(lambda: nvml.nvmlShutdown())


def _device(nvml: Any, index: int) -> Device | None:
    handle = _ask(lambda: nvml.nvmlDeviceGetHandleByIndex(index))
    uuid = _ask(lambda: _text(nvml.nvmlDeviceGetUUID(handle)))
    if handle is None or uuid is None:  # it is lost: the driver still counts it
        return None
    memory = _ask(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
    return Device(
        index=index,
        name=_ask(lambda: _text(nvml.nvmlDeviceGetName(handle))) or "GPU",
        uuid=uuid,
        vram_used_mb=None if memory is None else int(memory.used) // MB,
        vram_total_mb=None if memory is None else int(memory.total) // MB,
        utilisation=_ask(lambda: float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)),
        temperature=_ask(
            lambda: float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
        ),
        power=_ask(lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1000),
        processes=_processes(nvml, handle),
    )


def _processes(nvml: Any, handle: Any) -> tuple[Process, ...]:
    """Return who uses the GPU; one that computes and draws is told of twice."""
    found: dict[int, int] = {}
    for told in (
        _ask(lambda: nvml.nvmlDeviceGetComputeRunningProcesses(handle)),
        _ask(lambda: nvml.nvmlDeviceGetGraphicsRunningProcesses(handle)),
    ):
        for process in told or ():
            used = getattr(process, "usedGpuMemory", None) or 0  # None: this driver hides it
            found[process.pid] = max(found.get(process.pid, 0), int(used))
    return tuple(Process(pid, used) for pid, used in sorted(found.items()))


def _ask(question: Callable[[], Any]) -> Any:
    """Return the answer, or None: a library, driver or device that fails has nothing to say."""
    try:
        return question()
    except Exception:  # NVML's errors, and those of a broken driver library, are of many kinds
        return None


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
