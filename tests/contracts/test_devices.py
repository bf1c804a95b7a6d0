"""One suite over every way of looking at GPUs that needs none; ``tests/gpu`` has the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.gpu.devices import Look, devices, looking
from animstudio.gpu.smi import read_smi
from animstudio.gpu.through_torch import read_torch
from tests.contracts.device_suite import check_devices
from tests.unit.gpu.test_devices import Nvml

SMI = """#!/bin/sh
case "$1" in
*query-gpu*)
  echo "0, NVIDIA GeForce RTX 5080, GPU-aa, 3211, 16303, 97, 71, 310.52"
  echo "1, NVIDIA T400, GPU-bb, 12, 2048, [N/A], 41, [Not Supported]" ;;
*) echo "GPU-aa, 4711, 3000"; echo "GPU-aa, 12, [N/A]" ;;
esac
"""
TORCH = """#!/bin/sh
echo '[[0, "AMD Radeon RX 7900 XTX", "58580000", 1073741824, 25753026560]]'
"""


def program(folder: Path, text: str) -> str:
    file = folder / "program"
    file.write_text(text)
    file.chmod(0o755)
    return str(file)


@pytest.fixture(params=["fake", "nvml", "smi", "torch", "this machine"])
def look(request: pytest.FixtureRequest, tmp_path: Path) -> Look:
    ways: dict[str, Look] = {
        "fake": looking("2x16G,24G:3G"),
        "nvml": lambda: devices(Nvml()),
        "smi": lambda: read_smi(program(tmp_path, SMI)),
        "torch": lambda: read_torch(program(tmp_path, TORCH)),
        "this machine": looking(),
    }
    return ways[request.param]


def test_devices(look: Look) -> None:
    check_devices(look)


def test_what_nvidia_smi_tells(tmp_path: Path) -> None:
    first, second = read_smi(program(tmp_path, SMI))
    assert (first.vram_used_mb, first.power, first.utilisation) == (3211, 310.52, 97.0)
    assert [(p.pid, p.used) for p in first.processes] == [(12, 0), (4711, 3000 << 20)]
    assert (second.utilisation, second.power, second.processes) == (None, None, ())


def test_what_torch_tells(tmp_path: Path) -> None:
    (card,) = read_torch(program(tmp_path, TORCH))
    assert (card.uuid, card.vram_used_mb, card.utilisation) == ("GPU-58580000", 1024, None)


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 9\n", "#!/bin/sh\necho nonsense\n"])
def test_a_program_that_fails_tells_of_none(tmp_path: Path, text: str) -> None:
    assert read_smi(program(tmp_path, text)) == []
    assert read_torch(program(tmp_path, text)) == []
    assert read_smi(str(tmp_path / "missing")) == read_torch(str(tmp_path / "missing")) == []
