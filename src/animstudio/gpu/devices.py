"""The GPUs of this machine and how busy they are, as NVML tells it.

NVML is opened for each look and closed after it: nothing keeps a device awake or in use
between two looks, and a driver that is reloaded or a device that falls off the bus is met
anew each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_MB = 1024**2


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU. Memory in MB of 2^20 bytes, use in percent, temperature in Celsius.

    A number is None where the device does not tell it (a slice of a shared GPU, for example).
    """

    index: int
    name: str
    uuid: str
    vram_used_mb: int | None
    vram_total_mb: int | None
    utilisation: float | None
    temperature: float | None


def devices(nvml: Any = None) -> list[Device]:
    """Return the GPUs that answer; none without a driver. Never raises.

    `nvml` is the module to ask; tests give their own.
    """
    if nvml is None:
        nvml = _ask(lambda: __import__("pynvml"))
    if nvml is None or not _ask(lambda: (nvml.nvmlInit(), True)):
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
        vram_used_mb=None if memory is None else int(memory.used) // _MB,
        vram_total_mb=None if memory is None else int(memory.total) // _MB,
        utilisation=_ask(lambda: float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)),
        temperature=_ask(
            lambda: float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
        ),
    )


def _ask(question: Callable[[], Any]) -> Any:
    """Return the answer, or None: a library, driver or device that fails has nothing to say."""
    try:
        return question()
    except Exception:  # NVML's errors, and those of a broken driver library, are of many kinds
        return None


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
