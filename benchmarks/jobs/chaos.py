"""kill -9 of the daemon, the launcher (its shims' parent), shims and commands, at random moments.

    python benchmarks/jobs/chaos.py [--kills 500] [--seed N]

Each attempt writes its token to its job's file when it begins and when it ends: an empty file is
a lost job, two attempts are one that ran twice unless the shim of the first was killed, and it
was told so. At the end no lease may stand, and no process of a job may live.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from score import BAD, score

from animstudio.gpu.book import FILE, Book
from animstudio.gpu.devices import looking
from animstudio.jobs.api import Queue
from animstudio.jobs.order import Order
from animstudio.jobs.shim.folder import Folder, started
from animstudio.jobs.spec import JobSpec, order
from animstudio.jobs.store.schema import open_to_read
from animstudio.jobs.wire import LOCK, home
from animstudio.kernel.errors import StudioError

FAKE = "2x16G"
VICTIMS = ("daemon", "daemon", "launcher", "launcher", "shim", "shim", "shim", "command")


class Chaos:
    """One run of it, over a state folder of its own."""

    def __init__(self, state: Path, seed: int) -> None:
        self.state, self.chance = state, random.Random(seed)
        self.tokens = state / "tokens"
        self.tokens.mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"], "ANIMSTUDIO_STATE": str(state),
            "ANIMSTUDIO_FAKE_GPUS": FAKE, "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        self.queue = Queue(state, environment=self.environment, fake_gpus=FAKE)
        self.asked: dict[str, Order] = {}
        self.kills: Counter[str] = Counter()

    def job(self) -> tuple[str, Order]:
        """Return another job: it writes its token, and takes a moment; some have children."""
        uuid = str(UUID(int=self.chance.getrandbits(128), version=4))
        nap = self.chance.choice(["", "sleep 0.02;", "sleep 0.1;", "sleep 0.5;",
                                  "setsid sleep 0.05 &"])  # fmt: skip
        card = self.chance.random() < 0.3
        retries = self.chance.choice([0, 0, 3])
        spec = JobSpec(name=uuid[:8], vram="4G" if card else 0, cpus=0, memory=0,
                       retries=retries, backoff=0.0)  # fmt: skip
        file = self.tokens / uuid
        script = (
            f'echo "+$ANIMSTUDIO_TOKEN" >> "{file}"; {nap} echo "-$ANIMSTUDIO_TOKEN" >> "{file}"'
        )
        asked = order(["sh", "-c", script], spec, cwd=self.state, environment=self.environment)
        self.asked[uuid] = asked
        return uuid, asked

    def run(self, kills: int) -> None:
        """Submit and kill in turn."""
        while self.kills.total() < kills:
            self.queue.submit_all([self.job() for _ in range(self.chance.randint(1, 4))])
            time.sleep(self.chance.random() * 0.06)
            self.kill(self.chance.choice(VICTIMS))

    def kill(self, victim: str) -> None:
        """Kill one process, and count it if it was there."""
        if victim == "command":
            self._kill_command()
            return
        daemon = self._daemon()
        if victim == "daemon":
            pid = daemon
        else:
            pid = self._launcher(daemon)
            if victim == "shim":
                pid = self._shim(pid)
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.kills[victim] += 1
        self.queue.client.close()

    def _kill_command(self) -> None:
        """Kill a submitting command; whoever typed it does not know what came of it."""
        uuid, asked = self.job()
        words = ["submit", "--uuid", uuid, "--name", asked.name, "--cpus", "0", "--memory", "0",
                 "--", *asked.argv]  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "animstudio", "jobs", *words], cwd=self.state,
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with suppress(subprocess.TimeoutExpired):
            process.wait(self.chance.random() * 0.9)
        if process.poll() is None:
            self.kills["command"] += 1
        process.kill()
        process.wait()

    def _daemon(self) -> int:
        with suppress(OSError, ValueError):
            return int((home(self.state) / LOCK).read_text())
        return 0

    def _launcher(self, daemon: int) -> int:
        return (_children(daemon) or [0])[0]

    def _shim(self, launcher: int) -> int:
        """Choose a shim: of this launcher, or of one that was killed before; 0 if there is none."""
        found = set(_children(launcher))
        with suppress(StudioError), closing(open_to_read(home(self.state))) as base:
            query = "SELECT job || '.' || number FROM attempts WHERE outcome IS NULL"
            for (name,) in base.execute(query).fetchall():
                holder = Folder(home(self.state) / "attempts" / name).holder()
                if holder and started(holder[0]) == holder[1]:
                    found.add(holder[0])
        return self.chance.choice(sorted(found)) if found else 0

    def settle(self) -> dict[str, Any]:
        """Submit all again, as whoever does not know would; wait; count."""
        self.queue.client.close()
        self.queue.wait(self.queue.submit_all(list(self.asked.items())))
        words = {uuid: self._words(uuid) for uuid in self.asked}
        with closing(open_to_read(home(self.state))) as base:
            found = score(base, words, self.kills["shim"])
        book = Book(self.state / "gpu" / FILE, looking(FAKE))
        found["leaked leases"] += len(book.leases())
        found["orphans"] = self._orphans()
        self.queue.stop()
        return {"kills": self.kills.total(), **dict(sorted(self.kills.items())), **found}

    def _words(self, uuid: str) -> list[str]:
        with suppress(FileNotFoundError):
            return (self.tokens / uuid).read_text().splitlines()
        return []

    def _orphans(self) -> int:
        mark = f"ANIMSTUDIO_RUN_DIR={home(self.state)}".encode()
        found = 0
        for folder in Path("/proc").iterdir():
            with suppress(OSError):
                if folder.name.isdigit() and mark in (folder / "environ").read_bytes():
                    found += 1
        return found


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def chaos(kills: int, seed: int) -> dict[str, Any]:
    """Run it in a folder that is gone afterwards, and return the score."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-jobs-"))
    try:
        run = Chaos(folder, seed)
        began = time.monotonic()
        run.run(kills)
        return {"seed": seed, **run.settle(), "seconds": round(time.monotonic() - began, 1)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    print(f"seed {asked.seed}")
    found = chaos(asked.kills, asked.seed)
    print(json.dumps(found))
    return 1 if any(found[name] for name in BAD) else 0


if __name__ == "__main__":
    sys.exit(main())
