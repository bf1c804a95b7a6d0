"""A keeper over a store in a folder, with processes pretended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from animstudio.gpu.book import Book
from animstudio.gpu.devices import looking
from animstudio.jobs.daemon.attempts import Attempts
from animstudio.jobs.daemon.cards import Cards
from animstudio.jobs.daemon.keeper import Keeper
from animstudio.jobs.daemon.launching import Launch
from animstudio.jobs.daemon.verbs import Verbs
from animstudio.jobs.job import name_of
from animstudio.jobs.order import Order
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Host
from animstudio.jobs.shim.folder import Ended, Folder
from animstudio.jobs.store.schema import open_to_write
from animstudio.jobs.store.writing import Store
from tests.unit.jobs.orders import FakeClock


@dataclass
class FakeLauncher:
    """A launcher that only remembers."""

    launches: list[Launch] = field(default_factory=list)
    pid: int = 0

    def launch(self, launch: Launch) -> None:
        self.launches.append(launch)


class NoEvents:
    def when_readable(self, file: object, act: Callable[[], object]) -> None: ...

    def forget(self, file: object) -> None: ...

    def after(self, seconds: float, act: Callable[[], object]) -> None: ...


class Rig:
    """A keeper over a store in a folder."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.folder, self.clock, self.launcher = folder, clock, FakeLauncher()
        self.store = Store(open_to_write(folder), clock, folder)
        book = folder / "leases.sqlite"
        attempts = Attempts(folder, self.launcher, NoEvents(), clock, book)  # type: ignore[arg-type]
        cards = Cards(Book(book, looking("1x16G")), 800 << 20)
        scheduler = Scheduler(ScheduleSpec(), Host(2, 8 << 30))
        scheduler.look(cards.look(()))
        self.cards = cards
        self.keeper = Keeper(self.store, scheduler, attempts, cards)
        self.verbs = Verbs(self.keeper, lambda: None)
        self.keeper.recover()

    def submit(self, *orders: Order) -> list[int]:
        ids = self.keeper.submit([(str(uuid4()), order) for order in orders])
        self.keeper.start_ready()
        return ids

    def end(self, name: str, code: int = 0) -> None:
        Folder(self.folder / "attempts" / name).write_ended(Ended(code, "exited", "", 5.0))
        self.keeper.look(name)
        self.keeper.start_ready()

    def states(self, *jobs: int) -> list[str]:
        return [name_of(job.state) for n in jobs if (job := self.store.job(n))]
