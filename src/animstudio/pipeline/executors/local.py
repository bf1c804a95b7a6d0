"""Orders carried out by worker processes of this machine."""

from __future__ import annotations

from collections.abc import Callable

from animstudio.kernel.background import work_in_background
from animstudio.kernel.workers import Done, Failed, Restarted, Task, Workers
from animstudio.pipeline.executors import Answer, Broken, Finished, Told
from animstudio.pipeline.perform import Drafted, Order, perform


def give_way() -> None:
    """Prepare a worker: out of the way of whoever uses the machine."""
    work_in_background()


class LocalExecutor:
    """See `Executor`. A worker is started when there is work for it, and kept."""

    def __init__(self, slots: int, setup: Callable[[], object] = give_way) -> None:
        self.slots = slots
        self._workers = Workers(slots, setup=setup, restart=False)

    def start(self, order: Order) -> None:
        """See `Executor`."""
        self._workers.submit(Task(order.attempt, perform, (order,)))

    def answers(self, patience: float) -> list[Answer]:
        """See `Executor`."""
        found: list[Answer] = []
        for outcome in self._workers.hear(patience):
            attempt = outcome.task.name
            if isinstance(outcome, Done):
                drafted: Drafted = outcome.value
                found.append(Finished(attempt, drafted))
            elif isinstance(outcome, Failed):
                found.append(Broken(attempt, outcome.error, outcome.trace, outcome.died))
            elif not isinstance(outcome, Restarted):
                found.append(Told(attempt, outcome.message))
        return found

    def end(self, attempt: str) -> None:
        """See `Executor`."""
        self._workers.end(attempt)

    def rest(self) -> None:
        """See `Executor`."""
        self._workers.dismiss()

    def stop(self) -> None:
        """See `Executor`."""
        self._workers.stop()
