"""Orders carried out by worker processes of this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from animstudio.kernel.background import work_in_background
from animstudio.kernel.workers import Done, Failed, Said, Task, Workers
from animstudio.pipeline.executors import Answer, Broken, Finished, Told
from animstudio.pipeline.perform import Drafted, Order, Spoilt, perform_all


def give_way() -> None:
    """Prepare a worker: out of the way of whoever uses the machine."""
    work_in_background()


class LocalExecutor:
    """See `Executor`. A worker is started when there is work for it, and kept."""

    def __init__(self, slots: int, setup: Callable[[], object] = give_way) -> None:
        self.slots = slots
        self._workers = Workers(slots, setup=setup)
        self._started: dict[str, tuple[str, ...]] = {}

    def start(self, orders: Sequence[Order]) -> None:
        """See `Executor`."""
        attempts = tuple(order.attempt for order in orders)
        task = Task(orders[0].attempt, perform_all, (orders,))
        self._started[task.name] = attempts
        self._workers.submit(task)

    def answers(self, patience: float) -> list[Answer]:
        """See `Executor`."""
        found: list[Answer] = []
        for outcome in self._workers.hear(patience):
            name = outcome.task.name
            if isinstance(outcome, Said):
                found.append(Told(*outcome.message))
            elif isinstance(outcome, Done):
                found += map(_answer, self._started.pop(name), outcome.value)
            elif isinstance(outcome, Failed):
                for attempt in self._started.pop(name):
                    found.append(Broken(attempt, outcome.error, outcome.trace, outcome.died))
        return found

    def end(self, attempt: str) -> None:
        """See `Executor`."""
        for name, attempts in list(self._started.items()):
            if attempt in attempts:
                del self._started[name]
                self._workers.end(name)

    def rest(self) -> None:
        """See `Executor`."""
        self._workers.dismiss()

    def stop(self) -> None:
        """See `Executor`."""
        self._workers.stop()


def _answer(attempt: str, value: Drafted | Spoilt) -> Answer:
    if isinstance(value, Spoilt):
        return Broken(attempt, value.error, value.trace)
    return Finished(attempt, value)
