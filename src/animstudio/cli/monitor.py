"""``animstudio monitor``: the machine, live, in a file, or in the background."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from animstudio.care import daemon as background
from animstudio.care.daemon import EndSignals, PidFile
from animstudio.care.live import line, table
from animstudio.care.monitor import Alarms, MonitorSpec, csv_recorder, watch
from animstudio.care.monitor import once as one_sample
from animstudio.care.recording import Recorder
from animstudio.care.sample import Sample, Sampler
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.guard import check_writable
from animstudio.kernel.settings import read_settings

_DEFAULTS = MonitorSpec()
Switch = Parameter(negative="")


def monitor(
    *,
    once: Annotated[bool, Switch] = False,
    daemon: Annotated[bool, Switch] = False,
    status: Annotated[bool, Switch] = False,
    stop: Annotated[bool, Switch] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    csv: Path | None = None,
    log_dir: Path | None = None,
    spec: Annotated[MonitorSpec, Parameter(name="*")] = _DEFAULTS,
) -> None:
    """Watch processors, memory, GPUs and disks.

    A live table on a terminal, lines anywhere else, until Ctrl-C. Thresholds are said when
    they are crossed; nothing ends the monitor but you.

    Parameters
    ----------
    once
        Take one sample and end.
    daemon
        Go on in the background, recording monitor.csv and monitor.log into --log-dir.
    status
        Show the last sample of the monitor in the background.
    stop
        End the monitor in the background.
    as_json
        Write samples as JSON, one a line.
    csv
        Append samples to this file, too.
    log_dir
        Folder of the monitor in the background; without --daemon: record there, too.
    spec
        How often, and what counts as tight.
    """
    asked = [name for name, on in (("daemon", daemon), ("status", status), ("stop", stop)) if on]
    if len(asked) + once > 1:
        both = " and ".join(f"--{name}" for name in [*asked, *(["once"] if once else [])])
        raise AskedWrongly(f"{both} cannot be asked for together")
    if not asked:
        files = [csv] if csv else []
        _foreground(spec, once, as_json, [*files, *([log_dir / "monitor.csv"] if log_dir else [])])
        return
    folder = _folder(log_dir)
    if daemon:
        _start(folder, spec, csv)
    elif status:
        _status(folder, as_json)
    else:
        _stop(folder)


def _folder(log_dir: Path | None) -> Path:
    if log_dir is None:
        return read_settings(cwd=Path.cwd(), environment=os.environ).state / "monitor"
    return log_dir.expanduser().absolute()


def _foreground(spec: MonitorSpec, once: bool, as_json: bool, files: list[Path]) -> None:
    for file in files:
        check_writable(file.parent)
    recorders = [csv_recorder(file, spec, _say) for file in files]
    with EndSignals() as signals:
        if once:
            sample = one_sample(Sampler(), signals.wait)
            _write(sample, spec, as_json)
            _record(recorders, sample)
        elif sys.stdout.isatty() and not as_json:
            _live(spec, recorders, signals)
        else:
            alarms = Alarms(spec, _say)

            def output(sample: Sample) -> None:
                _write(sample, spec, as_json)
                _record(recorders, sample)
                alarms(sample)

            watch(Sampler(), spec.interval, output, signals.wait)
    if signals.received == signal.SIGINT:
        raise KeyboardInterrupt


def _live(spec: MonitorSpec, recorders: list[Recorder], signals: EndSignals) -> None:
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(highlight=False), auto_refresh=False) as live:

        def output(sample: Sample) -> None:
            live.update(table(sample, spec), refresh=True)
            _record(recorders, sample)

        watch(Sampler(), spec.interval, output, signals.wait)


def _write(sample: Sample, spec: MonitorSpec, as_json: bool) -> None:
    text = json.dumps(asdict(sample), ensure_ascii=False) if as_json else line(sample, spec)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _record(recorders: list[Recorder], sample: Sample) -> None:
    for recorder in recorders:
        recorder.append(sample.cells())


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _start(folder: Path, spec: MonitorSpec, csv: Path | None) -> None:
    check_writable(folder)
    pid_file = PidFile(folder / "monitor.pid")
    files = [folder / "monitor.csv", *([csv.expanduser().absolute()] if csv else [])]
    pid = background.detach(pid_file, lambda: _in_background(folder, spec, files))
    sys.stdout.write(f"{pid}\n")
    _say(f"monitoring every {spec.interval:g} s into {files[0]} (pid {pid})")


def _in_background(folder: Path, spec: MonitorSpec, files: list[Path]) -> None:
    say = _logger(folder / "monitor.log", spec)
    try:
        recorders = [csv_recorder(file, spec, say) for file in files]
        alarms = Alarms(spec, say)

        def output(sample: Sample) -> None:
            _record(recorders, sample)
            alarms(sample)

        with EndSignals() as signals:
            say(f"monitoring every {spec.interval:g} s (pid {os.getpid()})")
            watch(Sampler(), spec.interval, output, signals.wait)
            say("ended as asked")
    except Exception as error:  # nobody sees a traceback here; the log is where people look
        say(f"ended by a bug: {error!r}")
        raise


def _logger(path: Path, spec: MonitorSpec) -> Callable[[str], object]:
    limit = int(spec.rotate_mb * 1024**2)
    # A log that does not fit has nobody left to say so to.
    log = Recorder(path, lambda text: None, max_bytes=limit, keep=spec.keep)

    def say(text: str) -> None:
        log.append([datetime.now().astimezone().isoformat(timespec="seconds") + " " + text])

    return say


def _status(folder: Path, as_json: bool) -> None:
    pid = _running(folder)
    last = _last_row(folder / "monitor.csv")
    if as_json:
        sys.stdout.write(json.dumps({"pid": pid, "log_dir": str(folder), "last": last}) + "\n")
    else:
        sys.stdout.write(f"running, pid {pid}, in {folder}\n")
        for name, value in last.items():
            sys.stdout.write(f"  {name:16} {value}\n")


def _running(folder: Path) -> int:
    pid = background.running(folder / "monitor.pid")
    if pid is None:
        raise WorkFailed(f"no monitor is running in the background of {folder}")
    return pid


def _last_row(file: Path) -> dict[str, str]:
    import csv

    if not file.is_file():
        return {}
    with file.open(newline="") as text:
        last = deque(csv.DictReader(text), maxlen=1)
    return last[0] if last else {}


def _stop(folder: Path) -> None:
    pid = background.stop(folder / "monitor.pid")
    _say(f"ended (pid {pid})" if pid else f"no monitor is running in the background of {folder}")
