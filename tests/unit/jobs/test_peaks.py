"""What was seen of a signature's use of cards, and what its next job is admitted by."""

from __future__ import annotations

from animstudio.jobs.peaks import Peaks
from animstudio.jobs.schedule.state import Need

GB = 1 << 30
SHARED = Need(gpus=1, vram=6 * GB, shared=True)


def test_what_was_seen_counts_where_it_is_more() -> None:
    peaks = Peaks()
    assert peaks.need(SHARED, "lora", 16 * GB) == SHARED
    peaks.learn("lora", 10 * GB)
    peaks.learn("lora", 2 * GB)
    assert peaks.need(SHARED, "lora", 16 * GB).vram == 11 * GB
    assert peaks.need(SHARED, "other", 16 * GB) == SHARED
    assert peaks.need(Need(gpus=1), "lora", 16 * GB) == Need(gpus=1)
    assert peaks.need(SHARED, "lora", 8 * GB).vram == 8 * GB


def test_running_out_of_memory_asks_for_more_next_time() -> None:
    peaks = Peaks()
    peaks.ran_out("lora", 6 * GB, 1.25, 16 * GB)
    assert abs(peaks.need(SHARED, "lora", 16 * GB).vram - 7.5 * GB) < 16
    again = Peaks()
    again.restore(peaks.saved())
    assert again.need(SHARED, "lora", 16 * GB) == peaks.need(SHARED, "lora", 16 * GB)
