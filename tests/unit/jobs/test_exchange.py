"""Jobs from files: an export of a queue, and what the former orchestrator kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from animstudio.jobs.array import entries
from animstudio.jobs.exchange.files import read_jobs
from animstudio.jobs.exchange.listed import Arrivals
from animstudio.jobs.exchange.ours import exported
from animstudio.jobs.job import Cancelled, Completed, Failed, Paused, Queued
from animstudio.jobs.order import After
from animstudio.jobs.schedule.state import Host
from animstudio.jobs.spec import JobSpec
from animstudio.jobs.store.schema import open_to_write
from animstudio.jobs.store.writing import Store
from animstudio.kernel.errors import AskedWrongly
from tests.unit.jobs.orders import FakeClock, plain

HOST = Host(8, 30 << 30)
FORMER: dict[str, Any] = {
    "id": "job_b", "name": "路卡 lora", "config_path": "conf/luca.toml", "output_dir": "out/luca",
    "log_file": "logs/luca.log", "priority": 10, "dependencies": [],
    "resources": {"gpu_count": 1, "gpu_memory": 16384, "cpu_cores": 16, "system_memory": 32768,
                  "disk_space": 102400, "estimated_duration": 7200},
    "allocated_gpus": [0], "state": "running", "created_at": 1.0, "queued_at": 2.0,
    "started_at": 3.0, "completed_at": None, "retry_count": 3, "current_retry": 1,
    "timeout": 28800, "command": None, "process_id": 77, "tmux_session": None, "exit_code": None,
    "error_message": None, "checkpoints": [], "metadata": {"who": "luca"}, "tags": ["night"],
}  # fmt: skip


def arrive(path: Path, content: object) -> Arrivals:
    file = path / "jobs.db"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_jobs(file, environment={"PATH": "/bin", "KEY": "x"}, host=HOST,
                     training=lambda config: ["train", str(config)])  # fmt: skip


def former(*jobs: dict[str, Any]) -> dict[str, Any]:
    listed = {job["id"]: job for job in (FORMER | changes for changes in jobs)}
    return {"jobs": listed, "queue": list(listed), "saved_at": "2025-12-03T21:15:00"}


def test_a_job_of_the_former_orchestrator(tmp_path: Path):
    ((uuid, job),) = arrive(tmp_path, former({})).entries
    assert (uuid, job.name, job.priority, job.tags) == ("job_b", "路卡 lora", 10, ("night",))
    assert job.argv == ("train", f"{tmp_path}/conf/luca.toml")
    assert (job.log, job.output) == (f"{tmp_path}/logs/luca.log", f"{tmp_path}/out/luca")
    assert (job.need.gpus, job.need.shared, job.need.cpus, job.need.memory) == (
        1, False, 8, 30 << 30)  # fmt: skip
    assert (job.retries, job.timeout, job.expected) == (2, 28800.0, 7200.0)
    assert job.env == {"PATH": "/bin"}


def test_its_commands_were_lines_of_a_shell_where_they_look_so(tmp_path: Path):
    found = arrive(tmp_path, former(
        {"id": "a", "command": "python train.py --name 'Luca P'"},
        {"id": "b", "command": "cd x && python train.py"},
        {"id": "c", "state": "paused", "command": "true"},
    )).entries  # fmt: skip
    assert [order.argv for _, order in found] == [
        ("python", "train.py", "--name", "Luca P"), ("sh", "-c", "cd x && python train.py"),
        ("true",),
    ]  # fmt: skip
    assert [order.hold for _, order in found] == [False, False, True]


def test_who_waited_there_waits_here_and_what_never_will_be_is_left_out(tmp_path: Path):
    done, failed = {"id": "d", "state": "completed"}, {"id": "f", "state": "failed"}
    found = arrive(tmp_path, former(
        {"id": "last", "dependencies": ["mid"]}, {"id": "mid", "dependencies": ["d", "b"]},
        {"id": "b"}, done, failed, {"id": "no", "dependencies": ["f"]},
        {"id": "nor", "dependencies": ["no"]},
    ))  # fmt: skip
    assert [(uuid, [after.job for after in order.after]) for uuid, order in found.entries] == [
        ("b", []), ("mid", ["b"]), ("last", ["mid"])
    ]  # fmt: skip
    assert found.over == 2
    assert [text.split(" waits for ")[1] for text in found.left_out] == [
        "路卡 lora (failed), which went otherwise", "路卡 lora (running), which went otherwise"
    ]  # fmt: skip


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["jobs"]["job_b"].update(prioritty=3), "unknown field 'prioritty'; did you "
         "mean 'priority'"),
        (lambda c: c["jobs"]["job_b"]["resources"].update(gpus=3), "resources: unknown field 'gpu"),
        (lambda c: c["jobs"]["job_b"].update(state="runing"), "did you mean 'running'"),
        (lambda c: c["jobs"]["job_b"].update(dependencies=["x"]), "the file holds no x"),
        (lambda c: c["jobs"]["job_b"].update(dependencies=["job_b"]), "wait for each other"),
        (lambda c: c["jobs"]["job_b"].update(priority=99), "priority: input should be less"),
        (lambda c: c["jobs"]["job_b"].update(retry_count="three"), "job_b .*three"),
        (lambda c: c["jobs"]["job_b"].update(config_path=None), "neither a command nor"),
        (lambda c: c["jobs"].update(job_b=5), "no object"),
        (lambda c: c.update(job=1), "unknown field 'job'; did you mean 'jobs'"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_former_file_is_named(tmp_path: Path, change: Change, said: str):
    content = json.loads(json.dumps(former({})))
    change(content)
    with pytest.raises(AskedWrongly, match=said) as caught:
        arrive(tmp_path, content)
    assert str(tmp_path / "jobs.db") in caught.value.message


@pytest.fixture
def queue(tmp_path: Path):
    """A store with jobs in many states, and an array."""
    store = Store(open_to_write(tmp_path), FakeClock(), tmp_path)
    array = entries(["sheet", "{index}"], JobSpec(array="4-5%1"), cwd=Path("/"), environment={},
                    user="u", uuid="sheets")  # fmt: skip
    with store.change():
        for uuid, order, state in (
            ("done", plain(), Completed(1.0)), ("broken", plain(), Failed(1.0, 3, "code 3")),
            ("held", plain(hold=True), None), ("paused", plain(), Paused(1.0, "requeue")),
            ("next", plain(after=(After("done"), After("paused", "any"))), None),
            ("never", plain(after=(After("broken"),)), None),
            ("gone", plain(), Cancelled(1.0, "")),
            *((uuid, order, Queued(1.0)) for uuid, order in array),
            ("sheet", plain(after=(After("8_5"), After(1))), None),
        ):  # fmt: skip
            job, _ = store.submit(uuid, order)
            if state is not None:
                store.set(job, state)
    yield [job for number in range(1, 11) if (job := store.job(number))]
    store.base.close()


def test_an_export_is_read_back(tmp_path: Path, queue: list[Any]):
    found = arrive(tmp_path, exported(queue))
    orders = dict(found.entries)
    assert set(orders) == {"held", "paused", "next", "sheets_4", "sheets_5", "sheet"}
    assert [uuid for uuid, order in orders.items() if order.hold] == ["held", "paused"]
    assert orders["next"].after == (After("paused", "any"),)
    assert orders["sheet"].after == (After("sheets_5"),)
    assert orders["sheets_5"].part == queue[8].order.part
    assert (found.over, len(found.left_out)) == (3, 1)
    assert arrive(tmp_path, exported(queue)).entries == found.entries, "the same again"


def test_an_export_of_the_first_version_is_read(tmp_path: Path, queue: list[Any]):
    content = json.loads(exported(queue[:5]))
    for job in content["jobs"]:
        for name in ("part", "array", "index"):
            del job[name]
    found = arrive(tmp_path, content | {"version": 1})
    assert [uuid for uuid, _ in found.entries] == ["held", "paused", "next"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda job: job.update(comand=["x"]), r"job 3 \(true\): unknown field 'comand'"),
        (lambda job: job.update(tag=[]), "did you mean 'tags'"),
        (lambda job: job["need"].update(gpu=1), "need: unknown field 'gpu'; did you mean 'gpus'"),
        (lambda job: job.update(after=[{"jobb": 1}]), "after: unknown field 'jobb'"),
        (lambda job: job.update(after=[5]), "after: is no object"),
        (lambda job: job.update(follow={"stal": 1}), "follow: unknown field 'stal'"),
        (lambda job: job.update(need=5), "need: is no object"),
        (lambda job: job.pop("argv"), "argv: field required|argv: missing"),
        (lambda job: job.update(argv=[]), "needs a command"),
        (lambda job: job.update(priority="high"), "priority: input should be a valid integer"),
        (lambda job: job.update(id=None), "id: is no number"),
        (lambda job: job.update(state="waiting"), "there is no 'waiting'"),
    ],
)
def test_what_is_wrong_in_an_export_is_named(
    tmp_path: Path, queue: list[Any], change: Change, said: str
):
    content = json.loads(exported(queue))
    change(content["jobs"][2])
    with pytest.raises(AskedWrongly, match=said):
        arrive(tmp_path, content)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "cannot be read"), ("[]", "no export"), ('{"jobs": 3}', "no export"),
     ('{"version": 9, "jobs": []}', "version 9"), ('{"jobs": [5]}', "job 1: is no object"),
     ('{"jobs": [], "verison": 1}', "did you mean 'version'"), ("[" * 100_000, "cannot be read")],
)  # fmt: skip
def test_files_that_are_none(tmp_path: Path, text: str, said: str):
    with pytest.raises(AskedWrongly, match=said):
        arrive(tmp_path, text)
    with pytest.raises(AskedWrongly, match="cannot be read"):
        read_jobs(tmp_path / "none", environment={}, host=HOST, training=lambda config: [])
