"""Workers with real processes: tasks, messages, deaths."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from animstudio.kernel.errors import OutOfRoom, UnreadableFilm, WorkFailed
from animstudio.kernel.work import OutOfMemory
from animstudio.kernel.workers import Done, Failed, Outcome, Said, Task, Workers

HERE = Path(__file__).parent


@pytest.fixture
def chores(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module with the tasks, under a name that worker processes can import."""
    monkeypatch.syspath_prepend(HERE)
    return importlib.import_module("chores")


@pytest.fixture
def workers() -> Iterator[Callable[..., Workers]]:
    """Make workers that are ended whatever happens."""
    made: list[Workers] = []

    def make(count: int = 1, **options: object) -> Workers:
        made.append(Workers(count, pulse=0.02, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for team in made:
        team.stop()
    assert not multiprocessing.active_children()


Make = Callable[..., Workers]


def all_of(team: Workers) -> list[Outcome]:
    return list(outcomes(team))


def outcomes(team: Workers) -> Iterator[Outcome]:
    while team.running or team.waiting:
        yield from team.hear(5)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_one_process_works_through_the_queue_in_order(workers: Make, chores: ModuleType) -> None:
    team = workers()
    tasks = [Task(f"{n}", chores.double, (n,)) for n in range(5)]
    for task in tasks:
        team.submit(task)
    done = all_of(team)
    assert [outcome.value for outcome in done if isinstance(outcome, Done)] == [0, 2, 4, 6, 8]
    assert not team.running
    assert not team.waiting


def test_the_process_is_used_again_and_two_work_side_by_side(
    workers: Make, chores: ModuleType, tmp_path: Path
) -> None:
    team = workers(2)
    gate = tmp_path / "gate"
    team.submit(Task("waits", chores.wait_for, (gate,)))
    for n in range(3):
        team.submit(Task(f"id{n}", chores.process_id))
    seen, quick = [], set()
    for outcome in outcomes(team):
        match outcome:
            case Done(Task(name="waits")):
                seen.append("waits")
            case Done(task, value):
                seen.append(task.name)
                quick.add(value)
                if task.name == "id2":
                    gate.touch()
    assert seen == ["id0", "id1", "id2", "waits"]
    assert len(quick) == 1


def test_tasks_follow_from_outcomes(workers: Make, chores: ModuleType) -> None:
    team = workers()
    team.submit(Task("1", chores.double, (1,)))
    values = []
    for outcome in outcomes(team):
        if isinstance(outcome, Done):
            values.append(outcome.value)
            if outcome.value < 16:
                team.submit(Task("more", chores.double, (outcome.value,)))
    assert values == [2, 4, 8, 16]


def test_a_flood_of_messages_arrives_whole_and_in_order(workers: Make, chores: ModuleType) -> None:
    team = workers()
    team.submit(Task("chatter", chores.chatter, (5000,)))
    *said, done = all_of(team)
    assert [outcome.message for outcome in said if isinstance(outcome, Said)] == list(range(5000))
    assert isinstance(done, Done)


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        ("film", UnreadableFilm, "a.mp4: is a text file"),
        ("disk", OutOfRoom, "/out/a.wav: the disk is full"),
        ("file", WorkFailed, "a.mp4: No such file or directory"),
        ("memory", OutOfMemory, "memory ran out"),
        ("bug", WorkFailed, "unexpected ZeroDivisionError: division by zero"),
    ],
)
def test_errors_arrive_as_the_house_s_own(
    workers: Make, chores: ModuleType, kind: str, error: type, text: str
) -> None:
    team = workers()
    team.submit(Task(kind, chores.fail, (kind,)))
    team.submit(Task("next", chores.double, (1,)))
    failed, done = all_of(team)
    assert isinstance(failed, Failed)
    assert type(failed.error) is error
    assert failed.error.message == text
    assert ("Traceback" in failed.trace) == (kind != "film")
    assert done == Done(Task("next", chores.double, (1,)), 2)


def test_a_value_that_cannot_travel_is_the_task_s_failure(
    workers: Make, chores: ModuleType
) -> None:
    team = workers()
    team.submit(Task("lambda", chores.unpicklable))
    (failed,) = all_of(team)
    assert isinstance(failed, Failed)
    assert "unexpected" in failed.error.message


def test_a_crash_costs_its_task_only(workers: Make, chores: ModuleType) -> None:
    team = workers()
    team.submit(Task("crash", chores.die, (signal.SIGSEGV,)))
    team.submit(Task("exit", chores.leave, (7,)))
    team.submit(Task("next", chores.double, (1,)))
    crash, left, following = all_of(team)
    assert isinstance(crash, Failed)
    assert crash.error.message == "the worker process died (SIGSEGV)"
    assert isinstance(left, Failed)
    assert left.error.message == "the worker process died (exit code 7)"
    assert isinstance(following, Done)


def test_workers_leave_ctrl_c_to_whoever_started_them(workers: Make, chores: ModuleType) -> None:
    team = workers()
    team.submit(Task("outlive", chores.outlive, (signal.SIGINT,)))
    (done,) = all_of(team)
    assert isinstance(done, Done)
    assert done.value == "alive"


def test_a_worker_that_died_idle_is_replaced(workers: Make, chores: ModuleType) -> None:
    team = workers()
    team.submit(Task("first", chores.process_id))
    team.submit(Task("second", chores.process_id))
    ids = []
    for outcome in outcomes(team):
        if isinstance(outcome, Done):
            ids.append(outcome.value)
            if len(ids) == 1:
                os.kill(outcome.value, signal.SIGKILL)
                until(lambda: not alive(ids[0]))
    assert len(set(ids)) == 2


def test_tasks_that_wait_can_be_ended(workers: Make, chores: ModuleType) -> None:
    team = workers()
    for n in range(3):
        team.submit(Task(f"{n}", chores.double, (n,)))
    assert team.end("1") and not team.end("1")
    assert [outcome.task.name for outcome in all_of(team)] == ["0", "2"]


def test_idle_workers_can_be_dismissed(workers: Make, chores: ModuleType) -> None:
    team = workers()
    team.submit(Task("id", chores.process_id))
    (done,) = all_of(team)
    assert isinstance(done, Done) and alive(done.value)
    team.dismiss()
    assert not alive(done.value)


def test_stop_ends_what_runs(workers: Make, chores: ModuleType, tmp_path: Path) -> None:
    team = workers()
    team.submit(Task("waits", chores.wait_for, (tmp_path / "never",)))
    pid = next(o.message for o in outcomes(team) if isinstance(o, Said))
    team.stop()
    assert not alive(pid)
    assert not team.running


def test_setup_comes_first(workers: Make, chores: ModuleType) -> None:
    team = workers(setup=chores.note_setup)
    team.submit(Task("read", chores.read_setup))
    (done,) = all_of(team)
    assert isinstance(done, Done)
    assert done.value == "yes"


def test_a_setup_that_fails_is_told(workers: Make, chores: ModuleType) -> None:
    team = workers(setup=chores.refuse_setup)
    team.submit(Task("read", chores.read_setup))
    (failed,) = all_of(team)
    assert isinstance(failed, Failed)
    assert "exit code 3" in failed.error.message


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_while_a_process_starts_loses_none(
    workers: Make, chores: ModuleType, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    start = multiprocessing.get_context("spawn").Process.start

    def interrupted(process: multiprocessing.process.BaseProcess) -> None:
        start(process)  # type: ignore[arg-type]
        os.kill(os.getpid(), number)

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(number, interrupt)
    monkeypatch.setattr(multiprocessing.get_context("spawn").Process, "start", interrupted)
    team = workers()
    team.submit(Task("double", chores.double, (1,)))
    try:
        with pytest.raises(KeyboardInterrupt):
            all_of(team)
    finally:
        signal.signal(number, before)
    assert multiprocessing.active_children()
    team.stop()
    assert not multiprocessing.active_children()


def test_no_process_to_be_had(
    workers: Make, chores: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(process: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    context = multiprocessing.get_context("spawn")
    monkeypatch.setattr(context.Process, "start", refuse)
    team = workers()
    team.submit(Task("read", chores.double, (1,)))
    with pytest.raises(OutOfRoom, match="no worker process can be started"):
        all_of(team)


ORPHAN = """
import sys
from pathlib import Path
import chores
from animstudio.kernel.workers import Said, Task, Workers
if __name__ == "__main__":
    team = Workers(1)
    team.submit(Task("waits", chores.wait_for, (Path(sys.argv[1]),)))
    while True:
        for outcome in team.hear(60):
            assert isinstance(outcome, Said)
            print(outcome.message, flush=True)
"""


def test_workers_die_with_whoever_started_them(tmp_path: Path) -> None:
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    command = [sys.executable, str(script), str(tmp_path / "never")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert alive(worker)
        parent.kill()
    until(lambda: not alive(worker))
