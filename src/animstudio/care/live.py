"""A sample as people read it: a table on a terminal, a line in a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from animstudio.care.monitor import MonitorSpec, level
from animstudio.care.sample import Sample

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

_COLOURS = {"ok": "green", "warning": "yellow", "critical": "bold red"}
_BAR = 20


def table(sample: Sample, spec: MonitorSpec) -> Table:
    """Return the sample as a table; a level is a colour and, for who sees none, a word."""
    from rich import box
    from rich.table import Table

    s = sample
    clock = s.timestamp[11:19]
    view = Table(
        box=box.ROUNDED,
        title=f"Machine at {clock}, every {spec.interval:g} s",
        title_style="bold",
        show_header=False,
        title_justify="left",
    )
    view.add_column(no_wrap=True)
    view.add_column(no_wrap=True, width=_BAR)
    view.add_column(no_wrap=True, justify="right", min_width=7)
    view.add_column(overflow="fold", min_width=28)
    view.add_row(*_row("CPU", "cpu_usage_pct", s, spec, f"{_told(s.cpu_cores)} cores"))
    view.add_row(*_row("RAM", "ram_pct", s, spec, _of(s.ram_used_gb, s.ram_total_gb, "GB")))
    if s.vram_total_mb is None and s.gpu_util_pct is None and s.gpu_temp_c is None:
        view.add_row("GPU", "", "", "none that answers", style="dim")
    else:
        view.add_row(*_row("GPU", "gpu_util_pct", s, spec, _temperature(s, spec)))
        vram = _of(s.vram_used_mb, s.vram_total_mb, "MB")
        view.add_row(*_row("VRAM", "vram_pct", s, spec, vram))
    root = _of(s.disk_root_used, s.disk_root_total, "GB")
    view.add_row(*_row("disk /", "disk_root_pct", s, spec, root))
    if s.disk_mnt_pct is not None:
        view.add_row(*_row("disk /mnt", "disk_mnt_pct", s, spec, "the fullest there"))
    view.add_section()
    busy = s.top_processes.split("; ") if s.top_processes else ["nobody"]
    for number, process in enumerate(busy):
        name, _, numbers = process.partition(") ")
        share, _, memory = numbers.partition(" ")
        title = "busy" if number == 0 else ""
        view.add_row(title, name + ")" if numbers else name, share, memory)
    return view


def line(sample: Sample, spec: MonitorSpec) -> str:
    """Return the sample as one line; ``!`` marks a warning, ``!!`` what is critical."""
    s = sample
    parts = [
        s.timestamp,
        f"CPU {_told(s.cpu_usage_pct)} %{_mark('cpu_usage_pct', s, spec)}",
        f"RAM {_of(s.ram_used_gb, s.ram_total_gb, 'GB')} {_told(s.ram_pct)} %"
        + _mark("ram_pct", s, spec),
    ]
    if s.vram_total_mb is not None or s.gpu_temp_c is not None:
        parts.append(
            f"GPU {_told(s.gpu_util_pct)} % {_told(s.gpu_temp_c)} C"
            f"{_mark('gpu_temp_c', s, spec)} VRAM {_of(s.vram_used_mb, s.vram_total_mb, 'MB')}"
        )
    root = _of(s.disk_root_used, s.disk_root_total, "GB")
    parts.append(f"disk {root} {_told(s.disk_root_pct)} %{_mark('disk_root_pct', s, spec)}")
    return "  ".join(parts)


def _row(
    name: str, column: str, sample: Sample, spec: MonitorSpec, detail: str | Text
) -> tuple[RenderableType, ...]:
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    value = getattr(sample, column)
    how = level(column, sample, spec)
    colour = _COLOURS[how]
    bar = ProgressBar(100, value or 0, width=_BAR, complete_style=colour, finished_style=colour)
    number = Text("? %" if value is None else f"{value:.1f} %", style=colour)
    if how != "ok" and isinstance(detail, str):
        detail = Text.assemble(detail, "  ", (how, colour))
    return name, bar, number, detail


def _temperature(sample: Sample, spec: MonitorSpec) -> Text:
    from rich.text import Text

    how = level("gpu_temp_c", sample, spec)
    text = Text(f"{_told(sample.gpu_temp_c)} C", style=_COLOURS[how])
    return text if how == "ok" else text.append(f"  {how}")


def _told(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"


def _of(used: float | None, total: float | None, unit: str) -> str:
    return f"{_told(used)} of {_told(total)} {unit}"


def _mark(column: str, sample: Sample, spec: MonitorSpec) -> str:
    return {"ok": "", "warning": " !", "critical": " !!"}[level(column, sample, spec)]
