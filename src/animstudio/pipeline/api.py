"""Pipelines for whoever calls them: plan, run, explain, list, cancel, collect.

Each takes paths and a checked recipe, returns a typed answer, prints nothing, and raises the
house's errors.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from animstudio.catalog import Stage, stages
from animstudio.kernel.closing import Closed, Ended
from animstudio.kernel.errors import AskedWrongly, StudioError, nearest
from animstudio.kernel.events import Event, EventLog
from animstudio.kernel.files import make_folder, refusal
from animstudio.kernel.guard import Guard, GuardSpec, Readings
from animstudio.kernel.hold import Holder, held, holder
from animstudio.kernel.machine import Machine
from animstudio.kernel.progress import Progress, Reporter, ignore
from animstudio.kernel.settings import Settings
from animstudio.pipeline import events as on
from animstudio.pipeline.closing import Closer, closing, items_of
from animstudio.pipeline.desk import Desk
from animstudio.pipeline.executors import Executor
from animstudio.pipeline.executors.local import LocalExecutor
from animstudio.pipeline.journal import Failure, no_sweeps
from animstudio.pipeline.plan import Plan, PlannedItem, plan_of
from animstudio.pipeline.publish import Publisher
from animstudio.pipeline.recipe.model import Recipe
from animstudio.pipeline.record import Record, StageKey
from animstudio.pipeline.resources import Leases, NoDevices, Room
from animstudio.pipeline.run import PaceSpec, Runner, Work
from animstudio.pipeline.runs import (
    RunRecord,
    Status,
    cancel_run,
    ended,
    find_run,
    list_runs,
    new_run,
    register,
    utc_now,
)

__all__ = [
    "Explanation",
    "RunOutcome",
    "RunStatus",
    "cancel_run",
    "explain",
    "list_runs",
    "plan_recipe",
    "run_recipe",
    "status_of",
]


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of a run. `failed` are the items that were set aside in it."""

    run: RunRecord
    counts: Mapping[str, int]
    failed: Sequence[Failure]
    stopped: str
    seconds: float
    ended: Mapping[str, Sequence[Ended]] = field(default_factory=dict)
    """What became of every item, by stage."""
    closed: Mapping[str, Closed] = field(default_factory=dict)
    """What the closing stages came to."""

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for stands."""
        return not self.failed and not self.counts.get("failed") and not self.counts.get("blocked")

    @property
    def nothing_changed(self) -> bool:
        """Whether everything stood already."""
        return self.complete and not self.counts.get("made")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an item stands or does not, and what it was made from."""

    planned: PlannedItem
    record: Record | None
    made_with: StageKey | None
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How a run is, from what it wrote: `counts` of what its items came to so far."""

    run: RunRecord
    counts: Mapping[str, int]
    at_work: Sequence[tuple[str, str]]
    failed: Sequence[tuple[str, str, str]]
    waits: str
    latest: datetime | None


def plan_recipe(
    recipe: Recipe,
    root: Path,
    *,
    home: Path | None = None,
    fresh: Collection[str] = (),
    retry_failed: bool = False,
    types: Mapping[str, Stage] | None = None,
) -> Plan:
    """Say what a run would do now, for every item, and why. Writes nothing."""
    desk = Desk.at(recipe, root, home)
    _check_names(recipe, fresh)
    known = types if types is not None else stages()
    opened = desk.unfolding(write=False, fresh=fresh, retry_failed=retry_failed, types=known)
    with opened as unfolding, no_sweeps():
        return plan_of(unfolding, list(unfolding.begin()), closing(recipe, known))


def explain(
    recipe: Recipe,
    root: Path,
    stage: str,
    item: str | None = None,
    *,
    home: Path | None = None,
    types: Mapping[str, Stage] | None = None,
) -> list[Explanation]:
    """Say why the items of a stage, or one of them, would run or be reused."""
    _check_names(recipe, [stage])
    desk = Desk.at(recipe, root, home)
    known = types if types is not None else stages()
    with desk.unfolding(write=False, types=known) as unfolding:
        plan = plan_of(unfolding, list(unfolding.begin()), closing(recipe, known))
        found = [p for p in plan.items if p.stage == stage and item in (None, p.item)]
        if not found:
            names = [p.item for p in plan.items if p.stage == stage]
            raise AskedWrongly(f"stage '{stage}' has no item '{item}'{nearest(item or '', names)}")
        journal = unfolding.journal
        answers = []
        for planned in found:
            record = journal.records.get((stage, planned.item))
            key = journal.keys.get(record.stage_key) if record else None
            failure = journal.failures.get((stage, planned.item))
            answers.append(Explanation(planned, record, key, failure))
        return answers


def run_recipe(
    recipe: Recipe,
    root: Path,
    *,
    state: Path,
    home: Path | None = None,
    pace: PaceSpec = PaceSpec(),
    guard: GuardSpec = GuardSpec(),
    readings: Readings | None = None,
    settings: Settings | None = None,
    progress: Progress = Reporter(ignore),
    fresh: Collection[str] = (),
    retry_failed: bool = False,
    wait: float = 0.0,
    listener: Callable[[Event], object] | None = None,
    executor: Executor | None = None,
    leases: Leases | None = None,
    types: Mapping[str, Stage] | None = None,
    now: Callable[[], datetime] = utc_now,
    clock: Callable[[], float] = time.monotonic,
) -> RunOutcome:
    """Run a recipe into an output folder; what stands is reused, and one item's failure is its own.

    `state` is the user's folder with the list of runs; `wait` how many seconds another run on
    the same folder is waited for; `listener` is told every event. Closing stages are given
    `settings` and `progress`.

    Raises:
        WorkFailed: another run holds the folder.
        OutOfRoom: memory or disk ran short, and stayed so.
        KeyboardInterrupt: Ctrl-C or SIGTERM came; everything finished was committed before.
    """
    _check_names(recipe, fresh)
    desk = Desk.at(recipe, root, home)
    guarded = partial(Guard, desk.root, guard, readings=readings)
    guarded().check_before()
    known, begun = types if types is not None else stages(), clock()
    slots = min(pace.workers, Machine().cpus())
    told = _Waits(listener)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_interruptible())
        for folder in desk.locks:
            stack.enter_context(held(folder, wait=wait, told=told))
        run = new_run(recipe.name, recipe.source, desk.root, desk.home, now())
        run.write()
        register(state, run)
        log = stack.enter_context(EventLog(run.events))
        if listener:
            log.subscribe("*", listener)
        unfolding = stack.enter_context(
            desk.unfolding(write=True, fresh=fresh, retry_failed=retry_failed, types=known)
        )
        journal = unfolding.journal
        publisher = Publisher(desk.root, journal, unfolding.looks, desk.spares)
        adopted = publisher.finish_late()
        desk.sweep()
        drafts = desk.drafts / run.id
        make_folder(drafts)
        note = _note(adopted, journal.rebuilt)
        log.write(on.PipelineStarted(run=run.id, recipe=recipe.name,
                                     stages=[n.id for n in recipe.stages], note=note))  # fmt: skip
        watch = guarded(emit=log.write)
        work = Work(
            run=run.id,
            root=desk.root,
            folder=recipe.folder.absolute(),
            modules=tuple(map(str, recipe.modules)),
            drafts=drafts,
            logs=run.folder / "logs",
            unfolding=unfolding,
            publisher=publisher,
            executor=executor or LocalExecutor(slots),
            room=Room(
                desk.root, watch, slots, Machine().cpus(), leases or NoDevices(), clock=clock
            ),
            emit=log.write,
            pace=pace,
            clock=clock,
        )  # fmt: skip
        closer = Closer(
            closing(recipe, known), known, unfolding, watch, log.write, run.started, now, slots,
            frozenset(fresh), settings or Settings(), progress,
        )  # fmt: skip
        run = _work(run, work, closer, log, now)
        journal.compact()
        desk.sweep()
        failed = [f for f in journal.failures.values() if f.run == run.id]
        items = {state.id: list(items_of(state)) for state in unfolding.stages.values()}
    return RunOutcome(run, dict(work.counts), failed, work.stopped, clock() - begun, items,
                      closer.closed)  # fmt: skip


def _work(
    run: RunRecord, work: Work, closer: Closer, log: EventLog, now: Callable[[], datetime]
) -> RunRecord:
    """Do it, and write down how it ended, however it did."""
    runner = Runner(work)
    try:
        runner.run()
        work.counts["failed"] += closer.close()
        work.publisher.settle()
    except BaseException as error:
        known = refusal(error) if isinstance(error, OSError) else error
        stopped = isinstance(error, KeyboardInterrupt)
        if stopped:
            runner.leave()
        status: Status = "interrupted" if stopped else "failed"
        with contextlib.suppress(OSError, StudioError):  # the disk may be what failed
            ended(run, status, "" if stopped else str(known), work.counts, now())
        log.write(on.PipelineEnded(run=run.id, status=status, counts=dict(work.counts)))
        raise known from None if known is error else error
    bad = work.counts["failed"] or work.counts["blocked"] or work.stopped
    status = "failed" if bad else "completed"
    if not bad:
        shutil.rmtree(work.publisher.spares, ignore_errors=True)
    run = ended(run, status, work.stopped, work.counts, now())
    log.write(on.PipelineEnded(run=run.id, status=status, counts=dict(work.counts)))
    return run


def status_of(state: Path, name: str) -> RunStatus:
    """Say how a run is or was, live or past. Raises AskedWrongly for one nobody knows."""
    from animstudio.kernel.follow import read

    run = find_run(state, name)
    counts: Counter[str] = Counter(run.counts)
    at_work: dict[tuple[str, str], None] = {}
    failed: list[tuple[str, str, str]] = []
    waits, latest = "", None
    for event in read(run.events):
        latest = event.at
        match event:
            case on.ItemStarted():
                at_work[event.stage, event.item] = None
                waits = ""
            case on.ItemCommitted():
                at_work.pop((event.stage, event.item), None)
                counts["made"] += 0 if run.ended else 1
            case on.ItemFailed():
                at_work.pop((event.stage, event.item), None)
                counts["failed"] += 0 if run.ended else 1
                failed.append((event.stage, event.item, event.reason))
            case on.PartEnded():
                counts["reuse"] += 0 if run.ended else event.reused
            case on.PipelineWaits():
                waits = event.why
    return RunStatus(run, dict(+counts), list(at_work) if run.alive else [], failed,
                     waits if run.alive else "", latest)  # fmt: skip


def who_runs(root: Path) -> Holder | None:
    """Return which process writes into an output folder now."""
    return holder(Desk.at(Recipe("", 1, ()), root).locks[0])


def _check_names(recipe: Recipe, names: Collection[str]) -> None:
    known = [node.id for node in recipe.stages]
    for name in names:
        if name not in known:
            raise AskedWrongly(f"{recipe.name} has no stage '{name}'{nearest(name, known)}")


def _note(adopted: int, rebuilt: str) -> str:
    notes = []
    if rebuilt:
        notes.append(f"the journal could not be read ({rebuilt}); it was built from the manifests")
    if adopted and not rebuilt:
        notes.append(f"{adopted} items of a run that was killed were taken over")
    return "; ".join(notes)


@dataclass(frozen=True, slots=True)
class _Waits:
    """Says that another run is waited for."""

    listener: Callable[[Event], object] | None

    def __call__(self, other: Holder) -> None:
        if self.listener:
            self.listener(on.PipelineWaits(why=f"another run is writing here ({other})"))


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM, which `cancel_run` sends, end a run as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
