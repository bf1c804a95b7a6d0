"""A run's claims on cards, in the book that others claim in too."""

from __future__ import annotations

from pathlib import Path

from animstudio.gpu.book import Book
from animstudio.gpu.devices import looking
from animstudio.pipeline.cards import Cards

GB = 1 << 30


def test_an_item_waits_for_what_a_job_holds(tmp_path: Path) -> None:
    book = Book(tmp_path / "leases.sqlite", looking("16G"))
    now = [0.0]
    cards = Cards(book, "pipeline demo", clock=lambda: now[0])
    job = book.claim({"GPU-fake-0000": 12 * GB}, "job 5")
    assert cards.largest() == 16 * GB
    assert cards.reserve(6 * GB) is None
    book.release(job)
    assert cards.reserve(6 * GB) is None  # it was asked just now
    now[0] = 2.0
    lease = cards.reserve(6 * GB)
    assert lease and lease.device == "GPU-fake-0000"
    assert [each.what for each in book.leases()] == ["pipeline demo"]
    lease.release()
    assert book.leases() == []


def test_what_a_run_gives_back_it_may_have_at_once(tmp_path: Path) -> None:
    cards = Cards(Book(tmp_path / "leases.sqlite", looking("16G")), "demo", clock=lambda: 0.0)
    first = cards.reserve(12 * GB)
    assert first and cards.reserve(12 * GB) is None
    first.release()
    assert cards.reserve(12 * GB)


def test_a_run_inside_a_job_uses_the_jobs_lease(tmp_path: Path) -> None:
    book = Book(tmp_path / "leases.sqlite", looking("16G"))
    job = book.claim({"GPU-fake-0000": None}, "job 5")
    assert Cards(book, "demo").reserve(6 * GB) is None
    assert Cards(book, "demo", within=job).reserve(6 * GB)
