"""Disks without room, clocks that jump, machines started anew, folders that are replaced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from animstudio.jobs.daemon.door import Door
from animstudio.jobs.daemon.loop import Loop
from animstudio.jobs.daemon.serve import holds, lock
from animstudio.jobs.shim.folder import Folder, Spawned
from animstudio.jobs.store.reading import Reader
from animstudio.jobs.wire import LOCK, SOCKET
from tests.unit.jobs.orders import FakeClock, plain
from tests.unit.jobs.rig import Rig


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Rig]:
    found = Rig(tmp_path, FakeClock())
    yield found
    found.store.base.close()


def test_an_attempt_that_finds_no_room_on_the_disk_is_begun_later(queue: Rig) -> None:
    in_the_way = queue.folder / "runs"
    in_the_way.write_text("")
    (job,) = queue.submit(plain())
    assert queue.states(job) == ["running"]
    assert queue.launcher.launches == []
    in_the_way.unlink()
    queue.keeper.look("1.1")  # as it is looked at a while later
    queue.keeper.start_ready()
    assert [launch.attempt for launch in queue.launcher.launches] == ["1.2"]
    found = queue.store.job(job)
    assert found is not None and found.failures == 0


def test_a_corrected_clock_puts_nobody_before_those_who_came_first(queue: Rig) -> None:
    queue.verbs.drain(on=True)
    queue.verbs.strategy("fifo")
    queue.clock.day += 365 * 86400  # it was wrong
    (first,) = queue.submit(plain())
    queue.clock.day -= 365 * 86400  # and is right again
    (second,) = queue.submit(plain())
    again = Rig(queue.folder, queue.clock)
    third = again.submit(plain())[0]
    for rig in (queue, again):
        rig.keeper.draining = False
        starts = rig.keeper.scheduler.decide(rig.clock.now())
        assert [start.job for start in starts] == [first, second], third
    again.store.base.close()
    queue.keeper.start_ready()
    queue.end("1.1")
    reader = Reader(queue.folder)
    assert [numbers.mean_wait for numbers in reader.numbers("user")] == [0.0], "not minus a year"
    reader.close()


def test_after_a_reboot_what_can_go_on_is_queued_and_the_rest_has_failed(queue: Rig) -> None:
    jobs = queue.submit(plain(resumable=True, retries=1), plain(), plain())
    for name in ("1.1", "2.1"):
        Folder(queue.folder / "attempts" / name).write_spawned(Spawned(1, 1, 1, 1, "boot-1"))
    other = FakeClock("boot-2", at=5.0)
    again = Rig(queue.folder, other)
    assert again.states(*jobs) == ["queued", "failed", "queued"]
    again.keeper.start_ready()
    assert again.states(*jobs) == ["running", "failed", "running"]
    found = again.store.job(jobs[1])
    assert found is not None and "the machine went down" in getattr(found.state, "reason", "")
    again.store.base.close()


def test_a_daemon_knows_when_its_folder_was_replaced(tmp_path: Path) -> None:
    held = lock(tmp_path)
    assert held is not None and holds(tmp_path, held)
    assert lock(tmp_path) is None, "it is one daemon's"
    (tmp_path / LOCK).unlink()
    assert not holds(tmp_path, held)
    other = lock(tmp_path)
    assert other is not None and not holds(tmp_path, held)
    os.close(held)
    os.close(other)


def test_a_door_leaves_the_socket_of_another_daemon_alone(tmp_path: Path) -> None:
    first = Door(tmp_path, Loop(), lambda message, reply: None)
    assert first.stands()
    second = Door(tmp_path, Loop(), lambda message, reply: None)
    assert second.stands() and not first.stands()
    first.close()
    assert second.stands()
    second.close()
    assert not (tmp_path / SOCKET).exists()
