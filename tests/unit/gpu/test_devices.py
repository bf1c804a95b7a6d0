"""GPUs through a driver library that answers, is missing, or breaks at any question."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from animstudio.gpu.devices import Device, devices

MB = 1024**2


class NVMLError(Exception):
    pass


class Nvml:
    """Two GPUs; `broken` names the functions that fail, `lost` the devices that are gone."""

    NVML_TEMPERATURE_GPU = 0

    def __init__(self, broken: tuple[str, ...] = (), lost: tuple[int, ...] = ()) -> None:
        self.broken = broken
        self.lost = lost
        self.open = 0

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("nvml") and name in self.broken:
            raise NVMLError(name)
        return super().__getattribute__(name)

    def nvmlInit(self) -> None:  # noqa: N802 - the library's own names
        self.open += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        if index in self.lost:
            raise NVMLError("GPU is lost")
        return index

    def nvmlDeviceGetName(self, handle: int) -> bytes:  # noqa: N802
        return b"NVIDIA RTX 5080"

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return f"GPU-{handle}"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:  # noqa: N802
        return SimpleNamespace(used=1000 * MB, total=16000 * MB)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:  # noqa: N802
        return SimpleNamespace(gpu=97, memory=3)

    def nvmlDeviceGetTemperature(self, handle: int, sensor: int) -> int:  # noqa: N802
        return 71


def test_what_a_gpu_tells() -> None:
    nvml = Nvml()
    assert devices(nvml) == [
        Device(i, "NVIDIA RTX 5080", f"GPU-{i}", 1000, 16000, 97.0, 71.0) for i in (0, 1)
    ]
    assert nvml.open == 0  # nothing keeps the device in use


def test_a_gpu_that_fell_off_the_bus() -> None:
    assert [device.index for device in devices(Nvml(lost=(0,)))] == [1]


@pytest.mark.parametrize("name", [name for name in dir(Nvml) if name.startswith("nvml")])
def test_no_failing_question_raises(name: str) -> None:
    found = devices(Nvml(broken=(name,)))
    if name == "nvmlDeviceGetTemperature":
        assert [device.temperature for device in found] == [None, None]
        assert [device.utilisation for device in found] == [97.0, 97.0]


def test_without_a_library() -> None:
    assert devices(SimpleNamespace()) == []


def test_on_this_machine() -> None:
    assert all(device.uuid for device in devices())
