"""How far a job is, put together from the lines of its log."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from animstudio.jobs.follow.reading import Reading

_POINTS = 400
"""Losses kept for a curve; then every other one is dropped, and new ones are thinned alike."""
_SIDE = re.compile(
    r"download|fetch|load|map\b|cach|token|generat|sampl|valid|eval|test|sanity|filter|saving"
    r"|upload|convert|prepar|predict|encod",
    re.IGNORECASE,
)
_MAIN = re.compile(r"^steps?\b|train|^epochs?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is; None is what nobody said.

    step, total: of all the training. epoch: the one that is worked at, from 1.
    share:       0-1 of all the work.
    rate:        steps a second. left: seconds. at: when it last moved.
    """

    step: int | None = None
    total: int | None = None
    epoch: int | None = None
    epochs: int | None = None
    share: float | None = None
    loss: float | None = None
    average: float | None = None
    validation: float | None = None
    learning_rate: float | None = None
    rate: float | None = None
    left: float | None = None
    at: float | None = None

    @property
    def until(self) -> float | None:
        """When it is expected to end, on the clock of `at`."""
        return None if self.left is None or self.at is None else self.at + self.left


class Tracker:
    """Takes readings in the order of the log. `progress` and `losses` are what they come to."""

    def __init__(self) -> None:
        self.progress = Progress()
        self.losses: list[tuple[int, float]] = []
        self._every = 1
        self._seen = 0
        self._rank = -1
        self._title = ""
        self._announced: int | None = None
        self._in_epoch = False
        self._inner: tuple[int, int] | None = None
        self._part = 0.0
        self._first: tuple[float, float] | None = None

    def take(self, reading: Reading, now: float) -> None:
        """Take in what a line said."""
        if reading.title is not None and not self._follows(reading):
            return
        if reading.title is None and reading.total is not None and reading.step is None:
            self._announced = reading.total
        self._take_epoch(reading)
        self._take_step(reading)
        self._take_numbers(reading)
        self._reckon(reading, now)

    def _follows(self, reading: Reading) -> bool:
        """Whether a bar is the one that tells of the whole work, as far as one can see.

        Bars of loading, sampling and validation count only while there was no other, and a
        bar without a name that is shorter than the one before is an evaluation's.
        """
        title = re.sub(r"\d+(?:/\d+)?", "", reading.title or "").strip(" :[]")
        rank = 2 if _MAIN.search(title) else 0 if _SIDE.search(title) else 1
        before = self.progress
        if rank < self._rank:
            return False
        if rank == self._rank and before.total and not reading.of_epoch and not self._in_epoch:
            shorter = (reading.total or 0) < before.total
            done = before.step is not None and before.step >= before.total
            if shorter and (title == self._title or not done):
                return False
        if rank > self._rank:
            self._first = None
        self._rank, self._title = rank, title
        return True

    def _take_epoch(self, reading: Reading) -> None:
        now = self.progress
        epochs = reading.epochs or now.epochs
        if reading.epoch is None or not math.isfinite(reading.epoch):
            self.progress = replace(now, epochs=epochs)
            return
        epoch = max(1, math.floor(reading.epoch))
        part = min(1.0, max(0.0, reading.epoch - epoch))
        if reading.finished:
            part = 1.0
        if now.epoch is not None and epoch > now.epoch:
            self._inner = None
        if epochs and epoch > epochs:  # all are done: there is no next one
            epoch, part = epochs, 1.0
        self._part = part if epoch != now.epoch or reading.finished else max(part, self._part)
        self.progress = replace(now, epoch=epoch, epochs=epochs)

    def _take_step(self, reading: Reading) -> None:
        if reading.step is None:
            if reading.total is not None and not self._in_epoch:
                self.progress = replace(self.progress, total=reading.total)
            return
        if self._is_of_epoch(reading):
            self._in_epoch = True
            self._inner = (reading.step, reading.total or 0)
            self._part = min(1.0, reading.step / reading.total) if reading.total else 0.0
            self.progress = replace(self.progress, step=None, total=None)
            self._sum_up()
            return
        total = reading.total or self.progress.total or self._announced
        self.progress = replace(self.progress, step=reading.step, total=total)

    def _is_of_epoch(self, reading: Reading) -> bool:
        """Whether the steps of a reading begin anew with each epoch."""
        if reading.of_epoch:
            return True
        if reading.title is None or reading.total is None:
            return False
        epochs = self.progress.epochs
        if not epochs or epochs < 2 or reading.title.lower().startswith("step"):
            return False
        # The script told its epochs in words, and announced no steps in all that these could be.
        return self.progress.epoch is not None and self._announced != reading.total

    def _sum_up(self) -> None:
        """Count the steps of an epoch among all, where both are known."""
        now, inner = self.progress, self._inner
        if inner and inner[1] and now.epoch:
            step = (now.epoch - 1) * inner[1] + inner[0]
            total = now.epochs * inner[1] if now.epochs else None
            self.progress = replace(now, step=step, total=total)

    def _take_numbers(self, reading: Reading) -> None:
        said = {
            name: getattr(reading, name)
            for name in ("loss", "average", "validation", "learning_rate", "rate")
            if getattr(reading, name) is not None
        }
        self.progress = replace(self.progress, **said)
        loss = reading.loss if reading.loss is not None else reading.average
        if loss is None or not math.isfinite(loss):
            return
        self._seen += 1
        if self._seen % self._every == 0:
            self.losses.append((self.progress.step or self._seen, loss))
        if len(self.losses) > _POINTS:
            del self.losses[::2]
            self._every *= 2

    def _reckon(self, reading: Reading, now: float) -> None:
        before, share = self.progress, self._share()
        left = reading.left if not self._in_epoch else None
        if left is None and before.total and before.step is not None and before.rate:
            left = max(0, before.total - before.step) / before.rate
        if share is not None:
            self._first = self._first or (share, now)
            gained = share - self._first[0]
            if left is None and gained > 0.01 and now > self._first[1]:
                left = (1 - share) / (gained / (now - self._first[1]))
        self.progress = replace(
            before, share=share, left=before.left if left is None else left, at=now
        )

    def _share(self) -> float | None:
        now = self.progress
        if now.total and now.step is not None:
            return min(1.0, now.step / now.total)
        if now.epoch and now.epochs:
            return min(1.0, (now.epoch - 1 + self._part) / now.epochs)
        return None
