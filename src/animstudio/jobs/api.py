"""The queue as functions: what the commands call, and what a notebook can.

queue = Queue(state, environment=os.environ)
job = queue.submit(["python", "train.py"], JobSpec(gpus=1, retries=2))
queue.wait([job])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animstudio.jobs.client import Client
from animstudio.jobs.job import Job, PauseKind
from animstudio.jobs.order import Order
from animstudio.jobs.store.reading import Reader
from animstudio.jobs.wire import home
from animstudio.kernel.errors import AskedWrongly, WorkFailed

if TYPE_CHECKING:
    from animstudio.jobs.spare import Spare
    from animstudio.jobs.spec import JobSpec


class Queue:
    """The jobs of one state folder. The first question starts the daemon."""

    def __init__(
        self, state: Path, *, environment: Mapping[str, str], fake_gpus: str = "",
        spare: Spare | None = None,
    ) -> None:  # fmt: skip
        self.folder = home(state)
        self._environment = environment
        self.client = Client(state, environment, fake_gpus=fake_gpus, spare=spare)

    def submit(
        self, argv: Sequence[str], spec: JobSpec, *, cwd: Path | None = None, uuid: str = ""
    ) -> int:
        """Submit a command, and return its id when it is on disk; of an array, the array's.

        The same `uuid` again makes no second job.
        """
        return self.submit_array(argv, spec, cwd=cwd, uuid=uuid)[0]

    def submit_array(
        self, argv: Sequence[str], spec: JobSpec, *, cwd: Path | None = None, uuid: str = ""
    ) -> list[int]:
        """Submit a command, and return the ids of all its jobs, which are many for an array."""
        from animstudio.jobs.array import entries  # who only reads needs no spec

        found = entries(argv, spec, cwd=cwd or Path.cwd(), environment=self._environment, uuid=uuid)
        return self.submit_all(found)

    def submit_all(self, entries: Sequence[tuple[str, Order]]) -> list[int]:
        """Submit jobs, all or none; return their ids. One may depend on those before it."""
        found = self.client.ask("submit", entries=[(uuid, asdict(job)) for uuid, job in entries])
        return [int(job) for job in found]

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open the store to read. The daemon runs then: it keeps the store in order."""
        self.client.start()
        reader = Reader(self.folder)
        try:
            yield reader
        finally:
            reader.close()

    def select(
        self, words: Sequence[str], states: Sequence[str] = (), tags: Sequence[str] = ()
    ) -> list[int]:
        """Return the ids that words (``5``, ``3-9``, ``5_all``, ``last``, ``all``, a name), states
        and tags select.

        Raises AskedWrongly where nothing was named, or nothing is so.
        """
        if not (words or states or tags):
            raise AskedWrongly("name jobs: 5, 3-9, 5_all, last, all, --state or --tag")
        with self.reading() as reader:
            return reader.select(words, states, tags)

    def job(self, number: int) -> Job:
        """Return a job. Raises AskedWrongly if there is none of that id."""
        with self.reading() as reader:
            return reader.jobs(reader.select([str(number)]))[0]

    def cancel(self, jobs: Sequence[int]) -> list[int]:
        """Cancel jobs that are not over; return which. Their processes end a moment later."""
        return self._tell("cancel", jobs)

    def pause(self, jobs: Sequence[int], how: PauseKind) -> list[int]:
        """Pause jobs; return which."""
        return self._tell("pause", jobs, how=how)

    def resume(self, jobs: Sequence[int]) -> list[int]:
        """Let paused jobs go on; return which."""
        return self._tell("resume", jobs)

    def hold(self, jobs: Sequence[int]) -> list[int]:
        """Keep waiting jobs from beginning; return which."""
        return self._tell("hold", jobs)

    def release(self, jobs: Sequence[int]) -> list[int]:
        """Let held jobs begin; return which."""
        return self._tell("release", jobs)

    def retry(self, jobs: Sequence[int]) -> list[int]:
        """Queue failed and cancelled jobs again; return which."""
        return self._tell("retry", jobs)

    def remove(self, jobs: Sequence[int]) -> list[int]:
        """Forget jobs that are over, and their logs; return which."""
        return self._tell("remove", jobs)

    def prioritise(self, jobs: Sequence[int], value: int) -> list[int]:
        """Give waiting jobs another priority; return which."""
        return self._tell("priority", jobs, value=value)

    def wait(self, jobs: Sequence[int]) -> list[tuple[int, str, int | None]]:
        """Wait until jobs are over; return id, state and code of each."""
        return [tuple(found) for found in self.client.ask("wait", jobs=list(jobs))]

    def why(self, job: int) -> dict[str, Any]:
        """Say why a queued job does not run yet."""
        return dict(self.client.ask("why", job=job))

    def lacking(self, jobs: Sequence[int]) -> list[tuple[int, str]]:
        """Say which of these jobs can never run on this machine, and what it has too little of."""
        return [(job, text) for job, text in self.client.ask("lacking", jobs=list(jobs))]

    def drain(self, on: bool) -> bool:
        """Start no job any more, or start them again; return how it was."""
        return bool(self.client.ask("drain", on=on))

    def order_by(self, strategy: str) -> None:
        """Order waiting jobs another way; it holds over restarts. Jobs that run go on.

        Raises AskedWrongly for a strategy that there is not.
        """
        if self.client.ask("strategy", word=strategy) != strategy:
            self.stop()
            self.client.ask("ping")

    def stop(self, *, requeue: bool = False) -> bool:
        """End the daemon; jobs go on. Return whether there was one.

        With `requeue` jobs are ended first, and queued again for the next daemon.
        """
        if not self.client.running():
            return False
        self.client.ask("stop", requeue=requeue)
        self.client.close()
        return True

    def log_of(self, job: Job, attempt: int | None = None) -> Path:
        """Return the file that a job, or one attempt of it, writes to.

        Raises WorkFailed where nothing was begun.
        """
        if not job.attempts:
            raise WorkFailed(f"job {job.id} has not begun, and has written nothing")
        number = attempt or job.attempts
        return Path(job.order.log or self.folder / "attempts" / f"{job.id}.{number}" / "log")

    def _tell(self, verb: str, jobs: Sequence[int], **more: Any) -> list[int]:
        return [int(job) for job in self.client.ask(verb, jobs=list(jobs), **more)]
