"""Whether a claim fits: on a card beside the others, or within a lease that is held already."""

from __future__ import annotations

from collections.abc import Sequence

from animstudio.gpu.device import Device
from animstudio.gpu.standing import Lease, Standing, stand
from animstudio.kernel.errors import AskedWrongly, StudioError, WorkFailed
from animstudio.kernel.sizes import size_text


class NoRoom(WorkFailed):
    """A claim does not fit now; the message says what holds the room."""


def standing_of(devices: Sequence[Device], leases: list[Lease], uuid: str) -> Standing:
    """Return how a card stands. Raises AskedWrongly where there is none of this UUID."""
    found = next((s for s in stand(devices, leases) if s.device.uuid == uuid), None)
    if found is None:
        known = ", ".join(device.uuid for device in devices) or "none"
        raise AskedWrongly(f"there is no graphics card {uuid}; this machine has: {known}")
    return found


def check(standing: Standing, size: int | None) -> None:
    """Raise NoRoom where a claim does not fit on a card now."""
    if not standing.takes(size):
        raise NoRoom(standing.refusal(size))


def check_within(leases: list[Lease], within: str, uuid: str, size: int | None) -> None:
    """Raise NoRoom where a claim does not fit within an outer lease, AskedWrongly for none."""
    outer = next((each for each in leases if (each.token, each.device) == (within, uuid)), None)
    if outer is None:
        raise AskedWrongly(f"there is no lease {within[:8]} on {uuid} to claim within")
    inner = [each for each in leases if (each.parent, each.device) == (within, uuid)]
    if outer.size is None and size is not None and all(each.size is not None for each in inner):
        return  # the whole card is its own: what it loads there is its own affair
    taken = sum(each.size or 0 for each in inner)
    left = (outer.size or 0) - taken
    if size is None and outer.size is None and not inner:
        return
    if size is None or outer.size is None or size > left:
        wanted = "the whole card" if size is None else size_text(size)
        raise NoRoom(
            f"{wanted} does not fit within the lease of {outer.what}, which has "
            f"{size_text(max(0, left))} left; waiting would be for ever"
        )


def refusal_of(standings: Sequence[Standing], size: int | None, count: int) -> StudioError:
    """Return why no card, or not as many, can be had: NoRoom, or AskedWrongly if never."""
    wanted = "a card of its own" if size is None else size_text(size)
    large = [s for s in standings if s.device.total >= (size or 1)]
    if len(large) < count:
        largest = max((s.device.total for s in standings), default=0)
        has = f"the largest card has {size_text(largest)}" if largest else "there is none"
        many = f"{count} graphics cards" if count > 1 else "a graphics card"
        return AskedWrongly(f"{wanted} is wanted on {many}, and {has}")
    return NoRoom("; ".join(standing.refusal(size) for standing in large))
