"""How fast the queue is: durable submits, starts, trivial jobs, a long queue, an idle daemon.

    python benchmarks/jobs/run.py [--queued 100000]

task-spooler, GNU parallel and nq are measured beside it where they are installed
(Debian: apt-get install task-spooler parallel nq).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import get_args
from uuid import uuid4

from animstudio.jobs.api import Queue
from animstudio.jobs.order import Order
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Host, Need, Strategy, Waiting
from animstudio.jobs.spec import JobSpec, order

MANY, FEW = 1000, 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queued", type=int, default=100_000)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-jobs-"))
    try:
        found = {**measure(folder / "state", asked.queued), **peers(folder)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in found.items():
        print(f"{name:40} {value}")
    print(json.dumps(found))


def measure(state: Path, queued: int) -> dict[str, float]:
    environment = {"PATH": os.environ["PATH"]}
    queue = Queue(state, environment=environment)
    spec = JobSpec(cpus=0, memory=0)
    plain = order(["true"], spec, cwd=Path("/"), environment=environment)
    held = replace(plain, hold=True)
    queue.client.ask("ping")
    found: dict[str, float] = {}
    began = time.perf_counter()
    queue.submit_all(entries(held, MANY))
    found["submits in a batch, a second"] = rate(MANY, began)
    began = time.perf_counter()
    for entry in entries(held, FEW):
        queue.submit_all([entry])
    found["submits one by one, a second"] = rate(FEW, began)
    found["submit to start, p50 ms"] = starts(queue, spec)
    began = time.perf_counter()
    queue.wait(queue.submit_all(entries(plain, FEW)))
    found["trivial jobs end to end, a second"] = rate(FEW, began)
    found |= idle(queue)
    return found | long_queue(queue, state, plain, queued) | decisions(queued)


def entries(asked: Order, count: int) -> list[tuple[str, Order]]:
    return [(str(uuid4()), asked) for _ in range(count)]


def rate(count: int, began: float) -> float:
    return round(count / (time.perf_counter() - began), 1)


def starts(queue: Queue, spec: JobSpec) -> float:
    """Return the median time from asking to the job's first instruction."""
    spans = []
    for _ in range(25):
        began = time.time()
        job = queue.submit(["date", "+%s.%N"], spec, cwd=Path("/"))
        queue.wait([job])
        spans.append(float(queue.log_of(queue.job(job)).read_text()) - began)
    return round(sorted(spans)[len(spans) // 2] * 1000, 1)


def idle(queue: Queue) -> dict[str, float]:
    """Return what the daemon and its launcher take while nothing happens."""
    ping = queue.client.ask("ping")
    pids = (ping["pid"], ping["launcher"])
    before, began = sum(map(ticks, pids)), time.perf_counter()
    time.sleep(5)
    spent = (sum(map(ticks, pids)) - before) / os.sysconf("SC_CLK_TCK")
    names = ("daemon", "launcher")
    memory = {f"{name}, MB": resident(pid) for name, pid in zip(names, pids, strict=True)}
    return memory | {
        "idle, % of a processor": round(100 * spent / (time.perf_counter() - began), 2)
    }


def ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return int(fields[11]) + int(fields[12])


def resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return round(int(next(line for line in lines if "VmRSS" in line).split()[1]) / 1024, 1)


def long_queue(queue: Queue, state: Path, plain: Order, queued: int) -> dict[str, float]:
    """Return how long decisions and lists take while many jobs wait."""
    found: dict[str, float] = {}
    blocked = replace(plain, need=replace(plain.need, cpus=10_000))
    asked = entries(blocked, queued)
    began = time.perf_counter()
    for first in range(0, queued, 5000):
        queue.submit_all(asked[first : first + 5000])
    found[f"{queued} submitted, a second"] = rate(queued, began)
    spans = []
    for _ in range(20):
        began = time.perf_counter()
        queue.submit_all(entries(plain, 1))
        spans.append(time.perf_counter() - began)
    found["submit and decide beside them, p50 ms"] = round(sorted(spans)[10] * 1000, 1)
    began = time.perf_counter()
    with queue.reading() as reader:
        reader.latest(50)
        reader.counts()
    found["list, in a process, ms"] = round((time.perf_counter() - began) * 1000, 1)
    environment = dict(os.environ) | {"ANIMSTUDIO_STATE": str(state)}
    command = [sys.executable, "-m", "animstudio", "jobs", "list"]
    spans.clear()
    for _ in range(9):
        began = time.perf_counter()
        subprocess.run(command, env=environment, capture_output=True, check=True)
        spans.append(time.perf_counter() - began)
    found["list, the command, p50 ms"] = round(sorted(spans)[4] * 1000, 1)
    found["daemon with them, MB"] = resident(queue.client.ask("ping")["pid"])
    queue.client.close()
    began = time.perf_counter()
    queue.stop()
    Queue(state, environment={}).client.ask("ping")
    found["daemon started again with them, s"] = round(time.perf_counter() - began, 2)
    Queue(state, environment={}).stop()
    return found


def decisions(queued: int) -> dict[str, float]:
    """Return the median time of one decision over a long queue, where no job finds room."""
    found = {}
    for strategy in get_args(Strategy):
        for name, needs in (("alike", 1), ("different", queued)):
            scheduler = Scheduler(ScheduleSpec(strategy=strategy), Host(8, 32 << 30))
            for job in range(queued):
                need = Need(cpus=9 + job % needs)
                scheduler.add(Waiting(job, need, float(job), f"user {job % 3}"), 1e6)
            spans = []
            for _ in range(9):
                began = time.perf_counter()
                scheduler.decide(1e6)
                spans.append(time.perf_counter() - began)
            found[f"decision, {strategy}, needs {name}, ms"] = round(sorted(spans)[4] * 1000, 2)
    return found


def peers(folder: Path) -> dict[str, float]:
    """Return how long others take for trivial jobs, end to end."""
    found = {}
    commands = {
        "tsp": f"tsp -S 8; for i in $(seq {FEW}); do tsp true; done; tsp -w; tsp -K",
        "parallel": f"seq {FEW} | parallel -j 8 true",
        "nq": f"for i in $(seq {FEW}); do nq -q true; done; nq -w",
    }
    for name, script in commands.items():
        if shutil.which(name):
            environment = dict(os.environ) | {"TMPDIR": str(folder), "NQDIR": str(folder)}
            began = time.perf_counter()
            subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=False)
            found[f"{name}: trivial jobs, a second"] = rate(FEW, began)
    return found


if __name__ == "__main__":
    main()
