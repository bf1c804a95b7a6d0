"""The same suite over a real card, and a process that uses some of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.gpu.book import Book
from animstudio.gpu.devices import devices
from animstudio.gpu.smi import read_smi
from animstudio.kernel.process import ProcessId
from tests.contracts.device_suite import check_devices

GB = 1 << 30
HOLD = """
import torch
block = torch.empty(2 << 30, dtype=torch.uint8, device="cuda")
torch.cuda.synchronize()
print("there", flush=True)
input()
"""

if not devices():
    pytest.skip("this machine has no GPU", allow_module_level=True)


def test_a_real_card() -> None:
    check_devices(devices)
    assert not any(device.fake for device in devices())


def test_nvidia_smi_tells_the_same() -> None:
    check_devices(read_smi)
    assert [d.uuid for d in read_smi()] == [d.uuid for d in devices()]


def test_strangers_and_ours_are_told_apart(tmp_path: Path) -> None:
    book = Book(tmp_path / "leases.sqlite", devices)
    card = devices()[0].uuid
    before = book.standings()[0].strangers
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout and child.stdout.readline() == b"there\n"
        assert book.standings()[0].strangers - before >= 2 * GB
        book.claim({card: 4 * GB}, "ours", holder=ProcessId.of(child.pid))
        assert book.standings()[0].strangers - before < GB
    finally:
        child.communicate(b"\n")
    assert book.standings()[0].strangers - before < GB
    assert book.leases() == []
