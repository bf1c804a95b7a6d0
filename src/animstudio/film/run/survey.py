"""The survey of a list of films, from whatever is already there to whatever can be had.

    survey_films
      reuse what stands; open the others; decode their spans and take their sound;
      when a film's spans are measured, analyse it
      a film that fails is set aside with its reason; the rest goes on
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from animstudio.film.run.analyse import analyse_film
from animstudio.film.run.specs import Item
from animstudio.film.run.tasks import (
    Film,
    Opened,
    expected_frames,
    measure_span,
    open_film,
    take_sound,
)
from animstudio.kernel.digests import DigestCache
from animstudio.kernel.errors import OutOfRoom, StudioError
from animstudio.kernel.workers import Done, Failed, Said, Task, Workers


class Listener(Protocol):
    """Whoever wants to know how a survey goes on."""

    def reused(self, film: str) -> None:
        """Everything of this film stands already."""

    def opened(self, film: str, frames: int | None, why: Mapping[str, str]) -> None:
        """Work on a film begins: expected frames, and why each item is made."""

    def decoded(self, film: str, frames: int) -> None:
        """So many more frames are measured."""

    def made(self, film: str, item: str) -> None:
        """An item is committed."""

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
    told: dict[int, int] = field(default_factory=dict)
    error: StudioError | None = None
    reused: bool = False
    done: bool = False


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
                case Failed(task, error, trace):
                    self._set_aside(self._state(task), error, trace)

    def _begin(self, state: FilmState) -> None:
        """Reuse a film whose content is known and whose items all stand; open the others."""
        try:
            known = self._cache.known(state.film.file)
        except OSError as error:
            self._set_aside(state, StudioError(f"{state.film.file}: {error.strerror}"), "")
            return
        if known and not self._find_stale(state, known):
            state.reused = state.done = True
            self._listener.reused(state.film.name)
            return
        self._submit(state, "open", open_film, state.film, known)

    def _find_stale(self, state: FilmState, digest: str) -> dict[Item, str]:
        film = state.film
        found = {
            item: film.ledger.stale(
                film.paths.item(item), film.specs.key(item, digest), self._cache
            )
            for item in state.wanted
        }
        state.stale = {item: why for item, why in found.items() if why}
        return state.stale

    def _opened(self, state: FilmState, opened: Opened) -> None:
        state.opened = opened
        self._cache.remember(state.film.file, opened.digest)
        stale = self._find_stale(state, opened.digest)
        if any(item != "sound" for item in stale):
            state.spans_left = self._stale_spans(state, opened)
        self._listener.opened(state.film.name, expected_frames(opened.probe), stale)
        if "sound" in stale:
            self._submit(state, "sound", take_sound, state.film, opened)
        for number in state.spans_left if self._side_by_side else state.spans_left[:1]:
            self._submit(state, f"span{number}", measure_span, state.film, opened, number)
        if not state.spans_left:
            self._analyse(state)

    def _stale_spans(self, state: FilmState, opened: Opened) -> list[int]:
        film = state.film
        numbers = []
        for number, span in enumerate(opened.spans):
            key = film.specs.span_key(opened.digest, span.start, span.end)
            if film.ledger.stale(film.paths.item(f"span{number:03d}"), key):
                numbers.append(number)
        return numbers

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
        self._listener.made(state.film.name, kind)
        if kind.startswith("span"):
            self._span_done(state, int(kind[4:]))
        elif not state.open_tasks:
            self._finish(state)

    def _span_done(self, state: FilmState, number: int) -> None:
        state.spans_left.remove(number)
        if not state.spans_left:
            self._analyse(state)
        elif not self._side_by_side:
            following = state.spans_left[0]
            self._submit(
                state, f"span{following}", measure_span, state.film, state.opened, following
            )

    def _finish(self, state: FilmState) -> None:
        """Believe a film only after looking at what lies on the disk."""
        assert state.opened is not None
        missing = self._find_stale(state, state.opened.digest)
        if missing:
            item, why = next(iter(missing.items()))
            self._set_aside(state, StudioError(f"{item}: {why}, right after it was made"), "")
            return
        state.done = True
        self._listener.finished(state.film.name)

    def _said(self, task: Task, message: object) -> None:
        state = self._state(task)
        kind = task.name.rsplit("/", 1)[1]
        if isinstance(message, int):
            number = int(kind[4:])
            self._listener.decoded(state.film.name, message - state.told.get(number, 0))
            state.told[number] = message

    def _set_aside(self, state: FilmState, error: StudioError, trace: str) -> None:
        state.open_tasks -= 1
        self._workers.drop(lambda task: task.name.startswith(f"{state.film.name}/"))
        if isinstance(error, OutOfRoom):
            raise error  # no film's fault: every other would fail the same way
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

