"""Fair shares: who had more than they are due waits longer.

A user's usage is a running mean of what they hold, in cards: after a time dt in which they
hold r, ``u <- b u + (1 - b) r`` with ``b = 0.5 ** (dt / half-life)``. The user with the least
usage over share comes first. Running jobs count at once, since the usage compared is the one
that is expected some minutes from now.

Source: HTCondor manual, "User Priorities and Negotiation" (real user priority).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from animstudio.jobs.schedule.state import Device, Host, Need

_AHEAD = 600.0
"""Seconds from now that usages are compared at."""


def rate(need: Need, vram: int, host: Host, devices: tuple[Device, ...]) -> float:
    """Return what a job holds, in cards: 1 each if they are its own, else its part of the memory.

    Work of the processor alone counts as its part of the processors.
    """
    if not need.gpus:
        return min(1.0, need.cpus / max(1, host.cpus))
    if not need.shared:
        return float(need.gpus)
    total = max((device.total for device in devices), default=0)
    return need.gpus * min(1.0, vram / total if total else 1.0)


@dataclass(slots=True)
class _Account:
    mean: float
    holds: float
    at: float


@dataclass
class Usage:
    """What each user had of the machine, as a decayed mean, and holds now."""

    half_life: float
    shares: Mapping[str, float] = field(default_factory=dict)
    _accounts: dict[str, _Account] = field(default_factory=dict)

    def restore(self, user: str, mean: float, at: float) -> None:
        """Put back what was saved of a user, as of a time."""
        self._accounts[user] = _Account(mean, 0.0, at)

    def users(self) -> Iterable[str]:
        """Return those who had something of the machine; all others score alike."""
        return self._accounts.keys()

    def saved(self, now: float) -> dict[str, float]:
        """Return each user's usage as of now, to be restored after a restart."""
        return {user: self._advanced(user, now).mean for user in self._accounts}

    def hold(self, user: str, rate: float, now: float) -> None:
        """Count what a job begins to hold; negative when it ends."""
        account = self._advanced(user, now)
        account.holds = max(0.0, account.holds + rate)

    def score(self, user: str, now: float, more: float = 0.0) -> float:
        """Return usage over share some minutes from now, `more` held besides. Changes nothing."""
        account = self._accounts.get(user) or _Account(0.0, 0.0, now)
        kept = self._kept(max(0.0, now - account.at))
        mean = kept * account.mean + (1 - kept) * account.holds
        kept = self._kept(_AHEAD)
        return (kept * mean + (1 - kept) * (account.holds + more)) / self.shares.get(user, 1.0)

    def _advanced(self, user: str, now: float) -> _Account:
        account = self._accounts.setdefault(user, _Account(0.0, 0.0, now))
        kept = self._kept(max(0.0, now - account.at))
        account.mean = kept * account.mean + (1 - kept) * account.holds
        account.at = max(now, account.at)
        return account

    def _kept(self, seconds: float) -> float:
        return float(0.5 ** (seconds / self.half_life))
