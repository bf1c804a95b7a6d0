"""What every way of looking at GPUs keeps to."""

from __future__ import annotations

from animstudio.gpu.devices import Look


def check_devices(look: Look) -> None:
    """Look twice, and hold what both say against what a device promises."""
    first, second = list(look()), list(look())
    assert [d.uuid for d in first] == [d.uuid for d in second], "a card keeps its UUID"
    assert len({d.uuid for d in first}) == len(first)
    assert [d.index for d in first] == sorted(d.index for d in first)
    for device in first:
        assert device.uuid and device.name
        assert device.fake == ("fake" in device.name), "who sees the name knows what it is"
        if device.vram_total_mb is not None:
            assert device.total > 0 and 0 <= device.used <= device.total
        assert device.utilisation is None or 0 <= device.utilisation <= 100
        assert device.power is None or device.power >= 0
        for process in device.processes:
            assert process.pid > 0 and process.used >= 0
