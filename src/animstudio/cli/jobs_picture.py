"""The queue as a terminal shows it: jobs with bars and curves of their losses, and the cards."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from animstudio.gpu.standing import Standing
from animstudio.jobs.watch import JobLine, Picture
from animstudio.kernel.progress_views import duration
from animstudio.kernel.sizes import size_text

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

_LEVELS = "▁▂▃▄▅▆▇█"
_COLOURS = {
    "running": "green", "paused": "yellow", "failed": "red", "completed": "dim",
    "cancelled": "dim", "pending": "dim", "queued": "",
}  # fmt: skip
_WIDE = 110
"""Columns of a terminal from which steps and rates have room too."""


def screen(picture: Picture, width: int, height: int) -> Group:
    """Return all of it, no wider than the terminal and, where it can be, no higher."""
    from rich.console import Group
    from rich.text import Text

    cards = [_card(card) for card in picture.cards]
    told = ", ".join(f"{count} {state}" for state, count in picture.counts.items() if count)
    room = max(3, height - len(cards) - 6)
    parts: list[RenderableType] = [_jobs(picture, width, room)]
    if len(picture.jobs) > room:
        parts.append(Text(f"  and {len(picture.jobs) - room} more", style="dim"))
    parts += [Text(), *cards] if cards else [Text("\nno graphics card", style="dim")]
    parts.append(Text(told or "no job", style="dim"))
    return Group(*parts)


def _jobs(picture: Picture, width: int, room: int) -> Table:
    from rich.table import Table

    wide = width >= _WIDE
    table = Table(box=None, padding=(0, 1), pad_edge=False, expand=True, header_style="bold")
    table.add_column("job", justify="right", no_wrap=True)
    table.add_column("name", no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column("state", no_wrap=True)
    table.add_column("card", no_wrap=True)
    table.add_column("done", no_wrap=True, width=16 if wide else 12)
    if wide:
        table.add_column("steps", justify="right", no_wrap=True)
        table.add_column("a second", justify="right", no_wrap=True)
    table.add_column("left", justify="right", no_wrap=True)
    table.add_column("loss", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, width=20 if wide else 10)
    for job in picture.jobs[:room]:
        table.add_row(*_row(job, picture.cards, wide))
    return table


def _row(job: JobLine, cards: Sequence[Standing], wide: bool) -> list[RenderableType]:
    from rich.text import Text

    p = job.progress
    numbers = {card.device.uuid: card.device.index for card in cards}
    mine = ",".join(str(numbers.get(uuid, "?")) for uuid in job.cards)
    steps = f"{p.step}/{p.total}" if p.total else "" if p.step is None else str(p.step)
    loss = p.loss if p.loss is not None else p.average
    row: list[RenderableType] = [
        str(job.id), Text(job.name), Text(job.state, style=_COLOURS[job.state]), mine,
        _bar(p.share, 10 if wide else 6) if job.state == "running" else Text(),
    ]  # fmt: skip
    if wide:
        row += [steps, f"{p.rate:.2f}" if p.rate else ""]
    left = duration(p.left) if p.left is not None else ""
    bad = any(alarm.trouble in ("nan", "diverges") for alarm in job.alarms)
    number = Text("" if loss is None else f"{loss:.4g}", style="bold red" if bad else "")
    return [*row, left or _since(job), number, _last(job, 20 if wide else 10)]


def _since(job: JobLine) -> Text:
    """Say how long it has been in its state, where nobody can say how long it will be."""
    from rich.text import Text

    return Text(f"+{duration(job.since)}", style="dim")


def _last(job: JobLine, width: int) -> Text:
    from rich.text import Text

    if job.alarms:
        word = {"nan": "NaN", "diverges": "diverges", "stalls": "silent"}
        return Text(" ".join(word[alarm.trouble] for alarm in job.alarms), style="bold red")
    return Text(curve(job.losses, width), style="cyan")


def _bar(share: float | None, width: int) -> Text:
    from rich.text import Text

    if share is None:
        return Text("working", style="dim")
    full = round(share * width)
    return Text.assemble(
        ("━" * full, "green"), ("─" * (width - full), "dim"), f" {int(100 * share):3}%"
    )


def curve(losses: Sequence[float], width: int) -> str:
    """Return losses as a line of blocks, each the mean of as many as it stands for.

    The scale leaves out the highest tenth: the first losses of a training would flatten it.
    """
    if len(losses) < 2:
        return ""
    width = min(width, len(losses))
    cuts = [len(losses) * i // width for i in range(width + 1)]
    means = [sum(losses[a:b]) / (b - a) for a, b in pairwise(cuts)]
    low, high = min(means), sorted(means)[(len(means) * 9 - 1) // 10]
    span = high - low or 1.0
    top = len(_LEVELS) - 1
    return "".join(_LEVELS[min(top, int((mean - low) / span * top + 0.5))] for mean in means)


def _card(card: Standing) -> Text:
    """Return a card as one line: what is used, promised, and how warm it is."""
    from rich.text import Text

    device = card.device
    claimed = sum(lease.size or device.total for lease in card.leases)
    parts = [
        f"{size_text(device.used)} of {size_text(device.total)} used",
        f"{size_text(claimed)} claimed" if claimed else "free",
    ]
    if device.utilisation is not None and not device.fake:
        parts.append(f"{device.utilisation:.0f} %")
    if device.temperature is not None and not device.fake:
        parts.append(f"{device.temperature:.0f} C")
    if device.power is not None and not device.fake:
        parts.append(f"{device.power:.0f} W")
    if card.strangers and not device.fake:
        parts.append(f"others use {size_text(card.strangers)}")
    style = "magenta" if device.fake else "bold"
    return Text.assemble((f"{device.index}  {device.name}", style), "  ", ", ".join(parts))
