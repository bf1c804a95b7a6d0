"""Telling others how a run ended: mail, chat or a web address, through Apprise.

Source: https://github.com/caronc/apprise. An address often is a secret, in whole or in part:
nothing here says more of it than its kind, and nothing writes it down.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
import time
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from animstudio.kernel.errors import AskedWrongly, MissingExtra
from animstudio.kernel.progress_views import duration
from animstudio.pipeline.conduct import RunOutcome
from animstudio.pipeline.secrecy import Secrets

_PATIENCE = 20.0
"""Seconds that all addresses together have to take a message."""
_FAILURES = 3
"""Failures that a message names."""
_LONG = 300
"""Characters of a reason that a message gives."""

Ending = Literal["completed", "failed", "stopped"]


class Notifier:
    """Addresses that are told how a run ended."""

    def __init__(self, addresses: Sequence[str], secrets: Secrets) -> None:
        """Look at the addresses; nothing is sent yet.

        Raises:
            MissingExtra: Apprise is not installed.
            AskedWrongly: it cannot read an address (names which one, and its kind).
        """
        self._secrets = secrets
        self._named = [(_kind(n, one), _server(n, one)) for n, one in enumerate(addresses, 1)]

    def tell(self, ending: Ending, title: str, text: str) -> list[str]:
        """Send a message to all; return the sentence for each that did not take it."""
        failed: dict[str, str] = {}
        title, text = self._secrets.hide(title), self._secrets.hide(text)
        threads = [
            threading.Thread(target=_send, args=(name, server, ending, title, text, failed),
                             daemon=True)
            for name, server in self._named
        ]  # fmt: skip
        with _quiet():
            for thread in threads:
                thread.start()
            until = time.monotonic() + _PATIENCE
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))
        for (name, _), thread in zip(self._named, threads, strict=True):
            if thread.is_alive():
                failed.setdefault(name, f"it did not answer in {_PATIENCE:g} s")
        return [f"{name} was not told: {why}" for name, why in failed.items()]


def ended_message(recipe: str, outcome: RunOutcome, counts: str) -> tuple[Ending, str, str]:
    """Return what is said of a run that came to its end; `counts` in words."""
    ending: Ending = "completed" if outcome.complete else "failed"
    lines = [f"{counts} in {duration(outcome.seconds)}"]
    for one in outcome.failed[:_FAILURES]:
        reason = one.reason.splitlines()[0] if one.reason else ""
        lines.append(f"failed: {one.stage}/{one.item}: {reason[:_LONG]}")
    if (more := len(outcome.failed) - _FAILURES) > 0:
        lines.append(f"and {more:,} more")
    if outcome.stopped:
        lines.append(f"stopped: {outcome.stopped[:_LONG]}")
    lines.append(f"run {outcome.run.id} on {socket.gethostname()}")
    return ending, f"{recipe}: {ending}", "\n".join(lines)


def broken_message(recipe: str, error: BaseException) -> tuple[Ending, str, str]:
    """Return what is said of a run that an error or Ctrl-C ended."""
    stopped = isinstance(error, KeyboardInterrupt)
    why = "it was interrupted; what was committed is kept" if stopped else str(error)
    ending: Ending = "stopped" if stopped else "failed"
    return ending, f"{recipe}: {ending}", f"{why[:_LONG]}\non {socket.gethostname()}"


def _kind(number: int, address: str) -> str:
    found = re.match(r"[A-Za-z][A-Za-z0-9+.-]{0,19}(?=://)", address.strip())
    return f"--notify {found[0]}://..." if found else f"--notify address {number}"


def _server(number: int, address: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of modules that it loads and others wrote
            from apprise import Apprise
    except ImportError as error:
        raise MissingExtra("--notify", "notify") from error
    server = Apprise()
    with _quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not server.add(address):
            raise AskedWrongly(
                f"{_kind(number, address)}: Apprise cannot read this address",
                hint="what it reads: https://appriseit.com/services/",
            )
    return server


def _send(
    name: str, server: Any, ending: Ending, title: str, text: str, failed: dict[str, str]
) -> None:
    kinds: Mapping[Ending, str] = {"completed": "success", "failed": "failure"}
    try:
        if not server.notify(body=text, title=title, notify_type=kinds.get(ending, "warning")):
            failed[name] = "it could not be reached, or refused"
    except Exception as error:  # whatever a service's code does, the run has ended well or not
        failed[name] = type(error).__name__


@contextlib.contextmanager
def _quiet(names: Collection[str] = ("apprise", "urllib3", "requests")) -> Iterator[None]:
    """Keep what others log from the terminal and from every log: addresses stand in it."""
    loggers = [logging.getLogger(name) for name in names]
    before = [(one.propagate, list(one.handlers)) for one in loggers]
    for one in loggers:
        one.propagate, one.handlers = False, [logging.NullHandler()]
    try:
        yield
    finally:
        for one, (propagate, handlers) in zip(loggers, before, strict=True):
            one.propagate, one.handlers = propagate, handlers
