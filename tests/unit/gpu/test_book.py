"""The lease book: what fits, who died, and many who claim at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.gpu.book import VARIABLE, Book
from animstudio.gpu.claims import NoRoom
from animstudio.gpu.device import Device, Process
from animstudio.gpu.devices import looking
from animstudio.gpu.standing import used_by
from animstudio.gpu.waiting import leased
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.process import ProcessId

GB = 1 << 30
CARD = "GPU-fake-0000"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "gpu" / "leases.sqlite", looking("16G"))


def two(tmp_path: Path, cards: str = "2x16G") -> Book:
    return Book(tmp_path / "leases.sqlite", looking(cards))


def sleeper(environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a process that only lives."""
    return subprocess.Popen(["sleep", "60"], env=environment)


def test_shares_add_up_to_the_card_and_no_further(book: Book) -> None:
    book.claim({CARD: 10 * GB}, "train a")
    with pytest.raises(NoRoom, match=r"has no 7G free: train a \(process \d+\) holds 10G"):
        book.claim({CARD: 7 * GB}, "train b")
    book.claim({CARD: 6 * GB}, "train b")
    assert book.standings()[0].free == 0


def test_a_whole_card_is_nobody_elses(book: Book) -> None:
    token = book.claim({CARD: None}, "train a")
    for size in (None, 1):
        with pytest.raises(NoRoom, match="holds all of it"):
            book.claim({CARD: size}, "train b")
    book.release(token)
    book.claim({CARD: 1}, "small")
    with pytest.raises(NoRoom, match="not free as a whole"):
        book.claim({CARD: None}, "train a")


def test_all_cards_or_none(tmp_path: Path) -> None:
    book = two(tmp_path)
    book.claim({"GPU-fake-0001": 10 * GB}, "first")
    with pytest.raises(NoRoom):
        book.claim({"GPU-fake-0000": 10 * GB, "GPU-fake-0001": 10 * GB}, "both")
    assert [lease.what for lease in book.leases()] == ["first"]


def test_what_strangers_use_is_not_promised(tmp_path: Path) -> None:
    book = two(tmp_path, "16G:6G")
    with pytest.raises(NoRoom, match="others use 6G"):
        book.claim({CARD: 11 * GB}, "train")
    book.claim({CARD: 10 * GB}, "train")
    with pytest.raises(NoRoom):
        book.claim({CARD: None}, "whole")


def test_our_own_use_is_not_counted_twice(tmp_path: Path) -> None:
    card = looking("16G")()[0]
    mine = ProcessId.mine().pid
    used = replace(card, fake=False, vram_used_mb=9 * 1024,
                   processes=(Process(mine, 7 * GB), Process(1, 2 * GB)))  # fmt: skip
    seen: list[Device] = [card]
    book = Book(tmp_path / "leases.sqlite", lambda: seen)
    book.claim({CARD: 8 * GB}, "train")
    seen[:] = [used]
    assert book.standings()[0].strangers == 2 * GB
    assert book.standings()[0].free == 6 * GB
    assert list(used_by(book.standings()).values()) == [7 * GB]
    seen[:] = [replace(used, processes=())]  # in a container nobody tells who uses what
    assert book.standings()[0].strangers == 1 * GB
    assert used_by(book.standings()) == {}


def test_a_dead_holder_holds_nothing(book: Book) -> None:
    child = sleeper()
    holder = ProcessId.of(child.pid)
    assert holder
    book.claim({CARD: None}, "doomed", holder=holder)
    assert len(book.leases()) == 1
    child.kill()
    child.wait()
    book.claim({CARD: None}, "next")
    assert [lease.what for lease in book.leases()] == ["next"]


@pytest.mark.parametrize("other", [{"ticks": 1}, {"boot": "another"}])
def test_a_number_given_anew_holds_nothing(book: Book, other: dict[str, object]) -> None:
    book.claim({CARD: None}, "old", holder=replace(ProcessId.mine(), **other))
    assert book.leases() == []


def test_work_that_outlives_its_holder_keeps_the_lease(book: Book) -> None:
    token = book.claim({CARD: None}, "job 5", holder=replace(ProcessId.mine(), ticks=1))
    child = sleeper({VARIABLE: token})
    try:
        assert [lease.holder.pid for lease in book.leases()] == [child.pid]
    finally:
        child.kill()
        child.wait()
    assert book.leases() == []


def test_a_lease_goes_to_the_shim(book: Book) -> None:
    child = sleeper()
    try:
        shim = ProcessId.of(child.pid)
        assert shim
        token = book.claim({CARD: 4 * GB}, "job 5")
        assert book.bind(token, shim)
        assert [lease.holder for lease in book.leases()] == [shim]
    finally:
        child.kill()
        child.wait()
    assert book.leases() == []
    assert not book.bind(token, ProcessId.mine())


def test_a_claim_repeated_is_one(book: Book) -> None:
    token = book.claim({CARD: 10 * GB}, "job 5", token="t")
    assert book.claim({CARD: 10 * GB}, "job 5", token="t") == token == "t"
    assert len(book.leases()) == 1


def test_what_is_not_used_is_given_back(book: Book) -> None:
    token = book.claim({CARD: 14 * GB}, "train")
    book.resize(token, 6 * GB)
    book.claim({CARD: 10 * GB}, "other")


def test_claims_within_a_lease(book: Book) -> None:
    outer = book.claim({CARD: 12 * GB}, "job 5")
    inner = book.claim_some(8 * GB, "sdxl", within=outer)
    assert book.standings()[0].free == 4 * GB
    with pytest.raises(NoRoom, match=r"5G does not fit within the lease of job 5, which has 4G"):
        book.claim_some(5 * GB, "llm", within=outer)
    with pytest.raises(NoRoom):
        book.claim_some(None, "llm", within=outer)
    book.release(inner)
    book.claim_some(5 * GB, "llm", within=outer)
    book.release(outer)
    assert book.leases() == []


def test_a_nested_claim_never_waits(book: Book) -> None:
    with (
        leased(book, 12 * GB, "sdxl"),
        pytest.raises(NoRoom, match="does not fit beside sdxl, which this process holds"),
        leased(book, 8 * GB, "llm", patience=1e9),
    ):
        pass
    assert book.leases() == []


def test_waiting_ends_when_room_comes(book: Book) -> None:
    child = sleeper()
    holder = ProcessId.of(child.pid)
    book.claim({CARD: None}, "train", holder=holder)
    told: list[str] = []

    def free(reason: str) -> None:
        told.append(reason)
        child.kill()
        child.wait()

    with leased(book, 8 * GB, "sdxl", patience=60, told=free):
        assert [lease.what for lease in book.leases()] == ["sdxl"]
    assert len(told) == 1 and "train" in told[0]


def test_waiting_can_be_stopped(book: Book) -> None:
    child = sleeper()
    book.claim({CARD: None}, "train", holder=ProcessId.of(child.pid))
    stop = threading.Event()
    stop.set()
    try:
        with (
            pytest.raises(WorkFailed, match="stopped while it waited"),
            leased(book, 8 * GB, "sdxl", patience=60, stop=stop),
        ):
            pass
    finally:
        child.kill()
        child.wait()


def test_what_no_card_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match="17G is wanted on a graphics card, and the largest"):
        two(tmp_path).claim_some(17 * GB, "x")
    with pytest.raises(AskedWrongly, match="there is none"):
        Book(tmp_path / "leases.sqlite", list).claim_some(1, "x")
    with pytest.raises(AskedWrongly, match="there is no graphics card GPU-7; this machine has: "):
        two(tmp_path).claim({"GPU-7": 1}, "x")


def test_it_fits_where_least_is_left(tmp_path: Path) -> None:
    book = two(tmp_path, "24G,16G,12G")
    token = book.claim_some(10 * GB, "x")
    assert [each.device for each in book.leases() if each.token == token] == ["GPU-fake-0002"]


def test_a_damaged_book_is_named(book: Book) -> None:
    book.path.parent.mkdir()
    book.path.write_text("no database at all, and long enough to be taken for a header " * 9)
    with pytest.raises(WorkFailed, match=r"leases\.sqlite: the book of GPU leases cannot be used"):
        book.claim({CARD: 1}, "x")


def test_the_book_is_the_users_own(book: Book) -> None:
    book.claim({CARD: 1}, "x")
    assert book.path.stat().st_mode & 0o777 == 0o600


CLAIMER = """
import sys
from pathlib import Path
from animstudio.gpu.book import Book
from animstudio.gpu.claims import NoRoom
from animstudio.gpu.devices import looking
book = Book(Path(sys.argv[1]), looking("16G"))
got = 0
for _ in range(10):
    try:
        token = book.claim_some(5 << 30, "x")
    except NoRoom:
        continue
    standing = book.standings()[0]
    assert sum(lease.size for lease in standing.leases) <= 15 << 30, standing
    got += 1
    book.release(token)
print(got)
"""


def test_processes_that_claim_at_once(book: Book) -> None:
    """Six processes, room for three at a time: nobody sees more than fits."""
    command = [sys.executable, "-c", CLAIMER, str(book.path)]
    claimers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(6)]
    got = [int(claimer.communicate()[0]) for claimer in claimers]
    assert all(claimer.returncode == 0 for claimer in claimers)
    assert sum(got) >= 10
    assert book.leases() == []


@given(st.lists(st.tuples(st.sampled_from(["claim", "whole", "free"]), st.integers(1, 16))))
@settings(max_examples=25, deadline=None)
def test_never_more_than_there_is(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    book = two(tmp_path_factory.mktemp("book"), "16G:2G,12G")
    tokens: list[str] = []
    for step, number in steps:
        if step == "free" and tokens:
            book.release(tokens.pop(number % len(tokens)))
            continue
        try:
            tokens.append(book.claim_some(None if step == "whole" else number * GB, step))
        except (NoRoom, AskedWrongly):
            continue
        for standing in book.standings():
            whole = [lease for lease in standing.leases if lease.size is None]
            assert not whole or len(standing.leases) == 1
            used = sum(lease.size or 0 for lease in standing.leases) + standing.device.used
            assert used <= standing.device.total
