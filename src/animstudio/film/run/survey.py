"""The survey of a list of films, from whatever is already there to whatever can be had.

    survey_films
      reuse what stands; open the others; decode their spans and take their sound;
      when a film's spans are measured, analyse it
      a film that fails is set aside with its reason; the rest goes on

What stands is decided before a film is opened where its content is known by its looks, and
then no worker is started; otherwise once its digest was taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from animstudio.film.run.analyse import analyse_film
from animstudio.film.run.paths import readable
from animstudio.film.run.specs import Item
from animstudio.film.run.tasks import (
    Film,
    Opened,
    check_unchanged,
    drop_spares,
    expected_frames,
    measure_span,
    open_film,
    take_sound,
)
from animstudio.kernel.digests import DigestCache
from animstudio.kernel.errors import OutOfRoom, StudioError
from animstudio.kernel.workers import Done, Failed, Restarted, Said, Task, Workers


class Listener(Protocol):
    """Whoever wants to know how a survey goes on."""

    def reused(self, film: str) -> None:
        """Everything of this film stands already."""

    def opened(self, film: str, frames: int | None, why: Mapping[str, str]) -> None:
        """Work on a film begins: expected frames, and why each item is made."""

    def decoded(self, film: str, frames: int) -> None:
        """So many more frames are measured."""

    def made(self, film: str, item: str, decoded_again: int) -> None:
        """An item is committed; so many pictures of it had to be decoded a second time."""

    def restarted(self, film: str, task: str, why: str) -> None:
        """A worker was killed; what it did for this film begins again, once."""

    def finished(self, film: str) -> None:
        """Everything of this film is committed and verified."""

    def failed(self, film: str, error: StudioError, trace: str) -> None:
        """A film is set aside."""


@dataclass(slots=True)
class FilmState:
    """What is known of one film during a run."""

    film: Film
    wanted: tuple[Item, ...]
    opened: Opened | None = None
    stale: dict[Item, str] = field(default_factory=dict)
    spans_left: list[int] = field(default_factory=list)
    open_tasks: int = 0
    told: dict[str, int] = field(default_factory=dict)
    error: StudioError | None = None
    reused: bool = False
    done: bool = False


def span_name(number: int) -> str:
    """Return the ledger's name of a span's measures."""
    return f"span{number:03d}"


class Survey:
    """One run over films; `run` returns when each is finished, reused or set aside."""

    def __init__(
        self,
        films: Sequence[Film],
        items: Sequence[Item],
        *,
        workers: Workers,
        cache: DigestCache,
        listener: Listener,
        side_by_side: bool,
    ) -> None:
        self.states = {f.name: FilmState(f, tuple(items)) for f in films}
        self._workers, self._cache, self._listener = workers, cache, listener
        self._side_by_side = side_by_side

    def run(self, may_start: Callable[[], bool]) -> None:
        """Work until nothing is left. `may_start` is asked before each piece of new work."""
        for state in self.states.values():
            self._begin(state)
        for outcome in self._workers.outcomes(may_start):
            match outcome:
                case Done(task, value):
                    self._done(task, value)
                case Said(task, message):
                    self._said(task, message)
                case Restarted(task, why):
                    self._restarted(task, why)
                case Failed(task, error, trace):
                    self._set_aside(self._state(task), error, trace)

    def _begin(self, state: FilmState) -> None:
        """Reuse a film whose content is known and whose items all stand; open the others."""
        try:
            known = self._cache.known(state.film.file)
        except OSError as error:
            self._set_aside(state, StudioError(f"{state.film.file}: {error.strerror}"), "")
            return
        except UnicodeEncodeError:
            why = "its name is no valid text (UTF-8): give it another"
            self._set_aside(state, StudioError(f"{readable(state.film.file)}: {why}"), "")
            return
        if known and not self._find_stale(state, known) and self._spans_stand(state.film):
            self._reuse(state)
            return
        self._submit(state, "open", open_film, state.film, known)

    def _reuse(self, state: FilmState) -> None:
        state.reused = state.done = True
        drop_spares(state.film)  # a kill may have come between the last result and this
        self._listener.reused(state.film.name)

    def _find_stale(self, state: FilmState, digest: str) -> dict[Item, str]:
        """Return which items have to be made, and why: those wanted, and what they need."""
        state.stale = {
            item: why for item in state.wanted if (why := self._why(state.film, item, digest))
        }
        if "composition" in state.stale and "frames" not in state.wanted:
            why = self._why(state.film, "frames", digest)  # the pictures that are composed
            state.stale |= {"frames": why} if why else {}
        return state.stale

    def _why(self, film: Film, item: Item, digest: str) -> str | None:
        return film.ledger.stale(film.paths.item(item), film.key(item, digest), self._cache)

    def _spans_stand(self, film: Film) -> bool:
        """Return whether the measures are there; the report and other options need them."""
        items = (film.ledger.read(film.paths.item(item)) for item in ("frames", "scenes"))
        counts = [int(str(made.facts["spans"])) for made in items if made]
        return bool(counts) and not any(
            film.ledger.harm(film.paths.item(span_name(n)), self._cache) for n in range(counts[0])
        )

    def _opened(self, state: FilmState, opened: Opened) -> None:
        state.opened = opened
        self._cache.remember(state.film.file, opened.digest, opened.seen)
        stale = self._find_stale(state, opened.digest)
        spans = self._stale_spans(state.film, opened)
        if not stale and not spans:  # another date, the same film
            self._reuse(state)
            return
        state.spans_left = list(spans)
        why = {span_name(number): why for number, why in spans.items()} | stale
        frames = expected_frames(opened.probe) if spans else None
        self._listener.opened(state.film.name, frames, why)
        if "sound" in stale:
            self._submit(state, "sound", take_sound, state.film, opened)
        for number in state.spans_left if self._side_by_side else state.spans_left[:1]:
            self._measure(state, number)
        if not state.spans_left:
            self._analyse(state)

    def _stale_spans(self, film: Film, opened: Opened) -> dict[int, str]:
        found = {}
        for number, span in enumerate(opened.spans):
            key = film.specs.span_key(opened.digest, span.start, span.end)
            why = film.ledger.stale(film.paths.item(span_name(number)), key, self._cache)
            if why:
                found[number] = why
        return found

    def _measure(self, state: FilmState, number: int) -> None:
        self._submit(state, span_name(number), measure_span, state.film, state.opened, number)

    def _analyse(self, state: FilmState) -> None:
        items = [item for item in state.stale if item != "sound"]
        if items:
            self._submit(state, "analyse", analyse_film, state.film, state.opened, items)
        elif not state.open_tasks:
            self._finish(state)

    def _done(self, task: Task, value: object) -> None:
        state = self._state(task)
        state.open_tasks -= 1
        if state.error:
            return
        kind = task.name.rsplit("/", 1)[1]
        if isinstance(value, Opened):
            self._opened(state, value)
            return
        if kind != "analyse":  # that one told of its items itself
            self._listener.made(state.film.name, kind, 0)
        if kind.startswith("span"):
            self._span_done(state, int(kind[4:]))
        elif not state.open_tasks:
            self._finish(state)

    def _span_done(self, state: FilmState, number: int) -> None:
        state.spans_left.remove(number)
        if not state.spans_left:
            self._analyse(state)
        elif not self._side_by_side:
            self._measure(state, state.spans_left[0])

    def _finish(self, state: FilmState) -> None:
        """Believe a film only after looking at what lies on the disk."""
        assert state.opened is not None
        try:
            check_unchanged(state.film, state.opened)
        except StudioError as error:
            self._set_aside(state, error, "")
            return
        missing = self._find_stale(state, state.opened.digest)
        if missing:
            item, why = next(iter(missing.items()))
            self._set_aside(state, StudioError(f"{item}: {why}, right after it was made"), "")
            return
        state.done = True
        drop_spares(state.film)
        self._listener.finished(state.film.name)

    def _said(self, task: Task, message: object) -> None:
        state = self._state(task)
        if state.error:  # another of its tasks failed; nobody watches this film any more
            return
        match message:
            case int(frames):
                new = max(0, frames - state.told.get(task.name, 0))  # again after a restart
                state.told[task.name] = state.told.get(task.name, 0) + new
                self._listener.decoded(state.film.name, new)
            case (str(item), int(decoded_again)):
                self._listener.made(state.film.name, item, decoded_again)

    def _restarted(self, task: Task, why: str) -> None:
        state = self._state(task)
        if state.error:
            self._workers.drop(lambda waiting: waiting.name == task.name)
            return
        self._listener.restarted(state.film.name, task.name.rsplit("/", 1)[1], why)

    def _set_aside(self, state: FilmState, error: StudioError, trace: str) -> None:
        state.open_tasks -= 1
        self._workers.drop(lambda task: task.name.startswith(f"{state.film.name}/"))
        if isinstance(error, OutOfRoom):
            # No film's fault: every other would fail the same way.
            raise OutOfRoom(f"{state.film.out}: {error.message}", hint=error.hint)
        if state.error is None:
            state.error = error
            self._listener.failed(state.film.name, error, trace)

    def _submit(
        self, state: FilmState, kind: str, function: Callable[..., object], *arguments: object
    ) -> None:
        state.open_tasks += 1
        self._workers.submit(
            Task(f"{state.film.name}/{kind}", function, arguments), first=kind != "open"
        )

    def _state(self, task: Task) -> FilmState:
        return self.states[task.name.rsplit("/", 1)[0]]
