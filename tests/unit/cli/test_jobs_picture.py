"""The queue as a terminal shows it."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from animstudio.cli.jobs_picture import curve, screen
from animstudio.gpu.book import Book
from animstudio.gpu.device import Device
from animstudio.gpu.devices import looking
from animstudio.gpu.standing import Standing
from animstudio.jobs.follow.health import Alarm
from animstudio.jobs.follow.progress import Progress
from animstudio.jobs.watch import JobLine, Picture

GB = 1 << 30
REAL = Device(0, "NVIDIA RTX 5080", "GPU-a", 9000, 16303, 97.0, 71.0, 310.0)
PROGRESS = Progress(195, 1300, share=0.15, average=0.0912, rate=1.5, left=737.0, at=0.0)
LOSSES = tuple(1 / math.sqrt(i) for i in range(1, 200))


def job(number: int, **more: object) -> JobLine:
    line = JobLine(number, f"job {number}", "running", 130.0, "", ("GPU-a",), PROGRESS, LOSSES)
    return replace(line, **more)  # type: ignore[arg-type]


def drawn(picture: Picture, width: int, height: int = 24) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(screen(picture, width, height))
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_all_that_matters_is_there(width: int) -> None:
    jobs = (
        job(1, name="luca with a very long name indeed, much too long for its place"),
        job(2, alarms=(Alarm("nan", "the loss is nan"),), progress=Progress(loss=math.nan)),
        JobLine(3, "waits", "queued", 65.0, ""),
    )
    text = drawn(Picture(jobs, (Standing(REAL, (), 2 * GB),), {"running": 2, "queued": 1}), width)
    assert all(len(line) <= width for line in text.splitlines())
    for words in ("15%", "12:17", "0.0912", "█", "NaN", "nan", "waits", "+1:05", "NVIDIA RTX 5080",
                  "97 %, 71 C, 310 W", "others use 2G", "2 running, 1 queued"):  # fmt: skip
        assert words in text
    assert ("195/1300" in text) == (width == 120)


def test_pretended_cards_say_so(tmp_path: Path) -> None:
    book = Book(tmp_path / "leases.sqlite", looking("16G"))
    book.claim({"GPU-fake-0000": 6 * GB}, "job 1")
    text = drawn(Picture((), tuple(book.standings()), {}), 80)
    assert "fake GPU 16 GB" in text and "6G claimed" in text
    assert "no graphics card" in drawn(Picture((), (), {}), 80)


def test_a_long_queue_stays_on_the_screen() -> None:
    text = drawn(Picture(tuple(job(i) for i in range(90)), (), {"running": 90}), 80, 24)
    assert len(text.splitlines()) <= 24
    assert "and 72 more" in text


def test_curves() -> None:
    assert curve([], 10) == curve([1.0], 10) == ""
    assert curve([1.0, 1.0, 1.0], 10) == "▁▁▁"
    assert curve([0.0, 0.5, 1.0] * 2, 6) == "▁▅█▁▅█"
    falling = curve(LOSSES, 10)
    assert len(falling) == 10 and falling[0] == "█" and falling[-1] == "▁"
    assert list(falling) == sorted(falling, reverse=True)
