"""A recipe run into an output folder, from taking the folder to saying how it ended."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from animstudio.catalog import Stage, stages
from animstudio.kernel.closing import Closed, Ended
from animstudio.kernel.errors import StudioError
from animstudio.kernel.events import Event, EventLog
from animstudio.kernel.files import make_folder, refusal
from animstudio.kernel.guard import Guard, GuardSpec, Readings
from animstudio.kernel.hold import Holder, held
from animstudio.kernel.machine import Machine
from animstudio.kernel.progress import Progress, Reporter, ignore
from animstudio.kernel.settings import Settings
from animstudio.pipeline import events as on
from animstudio.pipeline import temporary
from animstudio.pipeline.closing import Closer, items_of
from animstudio.pipeline.desk import Desk
from animstudio.pipeline.entries import Failure
from animstudio.pipeline.executors import Executor
from animstudio.pipeline.executors.local import LocalExecutor
from animstudio.pipeline.kept import keep_recipe
from animstudio.pipeline.late import finish_late
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.publish import Publisher
from animstudio.pipeline.recipe.model import Recipe
from animstudio.pipeline.resources import Leases, NoDevices, Room
from animstudio.pipeline.run import Runner
from animstudio.pipeline.runs import RunRecord, Status, ended, new_run, register, utc_now
from animstudio.pipeline.secrecy import Secrets
from animstudio.pipeline.underway import Work
from animstudio.pipeline.unfold import Unfolding


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
    def problems(self) -> Mapping[str, str]:
        """What was wrong with closing stages, by stage."""
        return {stage: closed.problem for stage, closed in self.closed.items() if closed.problem}

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for stands."""
        return not self.failed and not self.counts.get("failed") and not self.counts.get("blocked")

    @property
    def nothing_changed(self) -> bool:
        """Whether everything stood already."""
        return self.complete and not self.counts.get("made")


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
    the same folder is waited for; `listener` is told every event. The guard looks at `readings`;
    closing stages are given `settings` and `progress`.

    Raises:
        WorkFailed: another run holds the folder.
        OutOfRoom: memory or disk ran short, and stayed so.
        KeyboardInterrupt: Ctrl-C or SIGTERM came; everything finished was committed before.
    """
    desk = Desk.at(recipe, root, home)
    desk.check_names(fresh)
    Guard(desk.root, guard, readings=readings).check_before()
    begun, known = clock(), types if types is not None else stages()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_interruptible())
        for folder in desk.locks:
            stack.enter_context(held(folder, wait=wait, told=_Waits(listener)))
        run = new_run(recipe.name, recipe.source, desk.root, desk.home, now())
        run.write()
        keep_recipe(run.folder, recipe)
        register(state, run)
        log = stack.enter_context(EventLog(run.events))
        if listener:
            log.subscribe("*", listener)
        unfolding = stack.enter_context(
            desk.unfolding(write=True, fresh=fresh, retry_failed=retry_failed, types=known)
        )
        stack.callback(desk.sweep)
        say = Secrets.of(recipe).hiding(log.write)
        watch = Guard(desk.root, guard, readings=readings, emit=say)
        work = _prepared(run, desk, unfolding, log, pace, watch, executor, leases, clock)
        closer = Closer(
            desk.closing(known), known, unfolding, watch, say, run.started, now,
            work.room.slots, settings or Settings(), progress,
        )  # fmt: skip
        run = _worked(run, work, closer, log, now)
        unfolding.journal.compact()
        failed = [f for f in unfolding.journal.failures.values() if f.run == run.id]
        items = {state.id: list(items_of(state)) for state in unfolding.stages.values()}
    return RunOutcome(run, dict(work.counts), failed, work.stopped, clock() - begun, items,
                      closer.closed)  # fmt: skip


def _prepared(
    run: RunRecord,
    desk: Desk,
    unfolding: Unfolding,
    log: EventLog,
    pace: PaceSpec,
    watch: Guard,
    executor: Executor | None,
    leases: Leases | None,
    clock: Callable[[], float],
) -> Work:
    """Carry to its end what a killed run left, throw away the rest, and say that a run begins."""
    journal, recipe = unfolding.journal, desk.recipe
    publisher = Publisher(desk.root, journal, unfolding.looks, desk.spares)
    adopted = finish_late(desk.root, journal)
    temporary.finish(desk.root, journal)
    desk.sweep()
    drafts = desk.drafts / run.id
    make_folder(drafts)
    cpus, secrets = Machine().cpus(), Secrets.of(recipe)
    slots = min(pace.workers, cpus)
    log.write(on.PipelineStarted(run=run.id, recipe=recipe.name,
                                 stages=[n.id for n in recipe.stages],
                                 closing=tuple(n.id for n in recipe.stages
                                               if n.id not in unfolding.stages),
                                 note=_note(adopted, journal.rebuilt), slots=slots))  # fmt: skip
    return Work(
        run=run.id,
        root=desk.root,
        folder=recipe.folder.absolute(),
        modules=tuple(map(str, recipe.modules)),
        drafts=drafts,
        logs=run.folder / "logs",
        unfolding=unfolding,
        publisher=publisher,
        executor=executor or LocalExecutor(slots),
        room=Room(desk.root, watch, slots, cpus, leases or NoDevices(), clock=clock),
        emit=secrets.hiding(log.write),
        secrets=secrets,
        together=log.together,
        pace=pace,
        clock=clock,
    )


def _worked(
    run: RunRecord, work: Work, closer: Closer, log: EventLog, now: Callable[[], datetime]
) -> RunRecord:
    """Do it, and write down how it ended, however it did."""
    runner = Runner(work)
    try:
        runner.run()
        work.counts.update(closer.close())
        runner.settle()
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
        work.publisher.spares.clear()
    run = ended(run, status, work.stopped, work.counts, now())
    log.write(on.PipelineEnded(run=run.id, status=status, counts=dict(work.counts)))
    return run


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
