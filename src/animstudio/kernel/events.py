"""Events: typed, appended to one JSON-lines file a run, read by whoever wants to know.

A line is written by one ``write`` to a file opened for appending, which Linux keeps whole
between processes on a local disk. A crash can tear the last line: readers pass over it, and
the next writer ends it before its own. In this process one may subscribe; other processes
follow the file (`follow`).
"""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from animstudio.kernel.errors import WorkFailed


class Event(BaseModel):
    """Something that happened. A kind of event is a subclass with its own literal `type`.

    Unknown fields are kept: a newer writer's events survive an older reader.
    """

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)
    kinds: ClassVar[dict[str, type[Event]]] = {}

    type: str
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Make the kind known by its `type`, so that reading gives it back."""
        kind = cls.model_fields["type"].default
        if not isinstance(kind, str):
            raise TypeError(f"{cls.__name__} must give `type` a default")
        known = Event.kinds.setdefault(kind, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{cls.__name__} and {known.__name__} are both {kind!r}")


class EventsLost(Event):
    """Events could not be written, for example to a full disk; now writing works again."""

    type: Literal["events.lost"] = "events.lost"
    count: int
    reason: str


class SubscriberFailed(Event):
    """A subscriber raised. It is told further events, but its failures only once."""

    type: Literal["events.subscriber_failed"] = "events.subscriber_failed"
    subscriber: str
    event: str
    error: str


@dataclass(eq=False)
class _Subscription:
    pattern: str
    callback: Callable[[Event], object]
    priority: int
    failed: bool = False


class EventLog:
    """Appends events to a file. Several threads and processes may write to the same one.

    Pickled, it opens the file again in the other process, without this one's subscribers.
    """

    def __init__(self, path: Path) -> None:
        """Open the log, making it and its folder; end a line that a crash left torn."""
        self.path = path
        self.lost = 0
        self._why = ""
        self._lock = threading.Lock()
        self._waiting: deque[Event] = deque()
        self._delivering = False
        self._subscriptions: list[_Subscription] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise WorkFailed(f"{path}: cannot write events: {error.strerror}") from error
        if self._torn():
            self._put(b"")

    def __reduce__(self) -> tuple[type[EventLog], tuple[Path]]:
        return EventLog, (self.path,)

    def write(self, event: Event) -> None:
        """Append the event, then tell the subscribers, in the order of the file.

        A disk that cannot take it never harms the work: lost events are counted in `lost`,
        and the count is written as soon as that is possible.
        """
        with self._lock:
            if self.lost and self._append(EventsLost(count=self.lost, reason=self._why)):
                self.lost = 0
            if not self._append(event):
                self.lost += 1
            self._waiting.append(event)
            if self._delivering:  # by another thread, or a subscriber wrote this one
                return
            self._delivering = True
        self._deliver()

    def subscribe(
        self, pattern: str, callback: Callable[[Event], object], *, priority: int = 0
    ) -> Callable[[], None]:
        """Call back for each event written here whose type matches (``guard.*``).

        Higher priorities first, then who came first. Returns the function that ends it.
        """
        subscription = _Subscription(pattern, callback, priority)
        with self._lock:
            self._subscriptions.append(subscription)
            self._subscriptions.sort(key=lambda s: -s.priority)

        def unsubscribe() -> None:
            with self._lock:
                if subscription in self._subscriptions:
                    self._subscriptions.remove(subscription)

        return unsubscribe

    def close(self) -> None:
        """Close the file; what was written stays."""
        os.close(self._file)

    def __enter__(self) -> EventLog:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _append(self, event: Event) -> bool:
        return self._put(event.model_dump_json().encode() + b"\n")

    def _put(self, line: bytes) -> bool:
        try:
            # Another writer's line that just grows looks torn too: then a blank line is left.
            data = b"\n" + line if self._torn() else line
            if os.write(self._file, data) == len(data):
                return True
            self._why = os.strerror(errno.ENOSPC)  # what a short write to a file means
        except OSError as error:
            self._why = str(error.strerror)
        return False

    def _torn(self) -> bool:
        size = os.fstat(self._file).st_size
        return size > 0 and os.pread(self._file, 1, size - 1) not in (b"\n", b"")

    def _deliver(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._delivering = False
                    return
                event = self._waiting.popleft()
                listeners = [s for s in self._subscriptions if fnmatchcase(event.type, s.pattern)]
            for listener in listeners:
                try:
                    listener.callback(event)
                except Exception as error:  # a subscriber never harms the work
                    self._report(listener, event, error)

    def _report(self, listener: _Subscription, event: Event, error: Exception) -> None:
        if listener.failed:
            return
        listener.failed = True
        name = getattr(listener.callback, "__qualname__", repr(listener.callback))
        self.write(SubscriberFailed(subscriber=name, event=event.type, error=repr(error)))
