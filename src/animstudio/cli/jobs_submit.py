"""``animstudio jobs submit`` and ``jobs batch``: work for the queue."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from animstudio.cli.cards import book
from animstudio.cli.jobs_queue import Quiet, Tmux, environment, queue, settings
from animstudio.cli.jobs_tmux import refuse_without, window
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import show_table, write_json
from animstudio.jobs.api import Queue
from animstudio.jobs.naming import named
from animstudio.jobs.spec import JobSpec
from animstudio.jobs.training import training_command
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.kernel.progress_views import duration
from animstudio.kernel.sizes import parse_size

if TYPE_CHECKING:
    from animstudio.jobs.batch import Asked as Batched

Asked = Annotated[JobSpec, Parameter(name="*", group="Job")]


def submit(
    *command: Annotated[str, Parameter(allow_leading_hyphen=True)],
    config: Path | None = None,
    gpu_count: int | None = None,
    gpu_memory: str | None = None,
    cpu_cores: int | None = None,
    system_memory: str | None = None,
    uuid: str = "",
    tmux: Tmux = False,
    quiet: Quiet = False,
    as_json: Json = False,
    job: Asked = JobSpec(),
) -> None:
    """Put a command into the queue; its id is written when it is safely on disk.

    For example:

        animstudio jobs submit --gpus 1 --retries 2 -- python train.py --epochs 10
        animstudio jobs submit --vram 7G --name portrait -- python generate.py
        animstudio jobs submit --config luca.toml --name luca --output ~/loras/luca
        animstudio jobs submit --array 0-99%4 -- python sheet.py --part {index}

    Parameters
    ----------
    command
        The program and its arguments, after `--`. It is not given to a shell.
    config
        A training configuration: runs the trainer of the settings with it, on one card.
    gpu_count
        The same as --gpus.
    gpu_memory
        The same as --vram; a bare number counts GB, from 1024 on MB.
    cpu_cores
        The same as --cpus.
    system_memory
        The same as --memory; a bare number counts GB, from 1024 on MB.
    uuid
        A name of your own for this submission; submitting it again makes no second job.
    """
    if bool(command) == (config is not None):
        raise AskedWrongly(
            "give a command after `--`, or a training configuration with --config",
            hint="animstudio jobs submit --gpus 1 -- python train.py",
        )
    if command and command[0].startswith("-"):  # else it would be taken for the program
        flags = [f"--{name}".replace("_", "-") for name in JobSpec.model_fields]
        raise AskedWrongly(
            f"there is no {command[0]}{nearest(command[0], flags)}",
            hint="the command comes after `--`; all flags: animstudio jobs submit --help",
        )
    said = {
        "gpus": gpu_count, "vram": _gigabytes("--gpu-memory", gpu_memory), "cpus": cpu_cores,
        "memory": _gigabytes("--system-memory", system_memory),
    }  # fmt: skip
    if config is not None and not (job.gpus or job.vram or gpu_count or gpu_memory):
        said["gpus"] = 1
    spec = JobSpec(**job.model_dump() | {key: v for key, v in said.items() if v is not None})
    argv = list(command) if config is None else _training(config)
    if tmux and spec.array is not None:
        raise AskedWrongly("--tmux: a window shows one job: animstudio jobs logs 5_3 --tmux")
    if tmux:
        refuse_without()
    array = spec.array is not None
    here = queue()
    ids = here.submit_array(argv, _after_whom(here, spec), uuid=uuid)
    _warn(here, ids)
    if tmux:
        say(f"look at it: {window(ids[0])}")
    if as_json:
        write_json({"id": ids[0], "command": argv} | ({"jobs": ids} if array else {}))
        return
    _told(ids, array=array, quiet=quiet)


def _told(ids: list[int], *, array: bool, quiet: bool) -> None:
    """Write what the job, or all of the array, can be named by."""
    word = f"{ids[0]}_all" if array else str(ids[0])
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
    if quiet:
        return
    if array:
        say(f"{len(ids)} jobs are queued; see how they stand: animstudio jobs status {word}")
    else:
        say(f"job {word} is queued; follow it: animstudio jobs logs {word} -f")


def _after_whom(here: Queue, spec: JobSpec) -> JobSpec:
    """Return what was asked for, with ids for last, 3-9 and names; the daemon knows the rest."""

    def ids(word: int | str) -> list[int | str]:
        if isinstance(word, str) and not word.isdigit() and not named(word):
            with suppress(AskedWrongly):  # it may be a UUID; if it is none, the daemon refuses it
                return [*here.select([word])]
        return [word]

    found = {key: tuple(job for word in getattr(spec, key) for job in ids(word))
             for key in ("after", "after_any", "after_fail")}  # fmt: skip
    return spec.model_copy(update=found)


def _warn(here: Queue, ids: list[int]) -> None:
    """Tell at once what nobody wants to find out in the morning."""
    with suppress(AskedWrongly):  # a daemon of an earlier version cannot say
        if lacking := here.lacking(ids):
            job, what = lacking[0]
            more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            say(f"job {job}{more} can never run on this machine: {what}")


def _gigabytes(flag: str, text: str | None) -> int | None:
    """Return the bytes of a size that may have no unit: people write 16 as well as 16384."""
    if text is None:
        return None
    bare = text.isascii() and text.replace(".", "", 1).isdigit()
    unit = ("M" if float(text) >= 1024 else "G") if bare else ""
    try:
        size = parse_size(f"{text}{unit}")
    except ValueError as error:
        raise AskedWrongly(f"{flag} {text}: {error}") from error
    return size if isinstance(size, int) else None


def _training(config: Path) -> list[str]:
    found = settings()
    return training_command(config, trainer=found.trainer, accelerate=found.accelerate)


def batch(
    file: Path,
    *,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    as_json: Json = False,
) -> None:
    """Put all jobs of a YAML or TOML file into the queue, all or none.

    For example:

        animstudio jobs batch night.yaml --dry-run
        animstudio jobs batch night.yaml

    Parameters
    ----------
    file
        Defaults, jobs, matrices and dependencies; see docs/jobs.md.
    dry_run
        Show when each would run on an idle machine, and submit nothing.
    """
    from animstudio.jobs.batch import read_batch

    asked = read_batch(file, cwd=Path.cwd(), environment=environment())
    if dry_run:
        _dry(asked, as_json=as_json)
        return
    here = queue()
    ids = here.submit_all([(job.uuid, job.order) for job in asked])
    _warn(here, ids)
    if as_json:
        write_json([{"id": job, "name": a.order.name} for job, a in zip(ids, asked, strict=True)])
    else:
        for number in ids:
            sys.stdout.write(f"{number}\n")
        say(f"{len(ids)} jobs are queued")


def _dry(asked: list[Batched], *, as_json: bool) -> None:
    from animstudio.jobs.batch import timeline
    from animstudio.jobs.daemon.cards import Cards
    from animstudio.jobs.daemon.host import promised
    from animstudio.jobs.schedule.spec import ScheduleSpec
    from animstudio.jobs.spare import Spare

    spare = Spare.of(settings())
    devices = Cards(book(), spare.vram).look(())
    planned = timeline(asked, promised(spare.memory), devices, ScheduleSpec())
    index = {device.uuid: str(device.index) for device in devices}
    rows = [(asked[p.job - 1].order, p) for p in planned]
    if as_json:
        write_json([
            {"name": order.name, "command": order.argv, "start": p.start, "end": p.end,
             "gpus": [index[uuid] for uuid in p.devices]} for order, p in rows
        ])  # fmt: skip
        return
    show_table(
        ["starts after", "ends after", "GPU", "job", "command"],
        [[duration(p.start), duration(p.end), ",".join(index[u] for u in p.devices), order.name,
          " ".join(order.argv)[:80]] for order, p in rows],
    )  # fmt: skip
    if left := len(asked) - len(rows):
        say(f"{left} jobs are held, wait for other jobs, or need more than this machine has")
    say("nothing was submitted; times are guesses where --expected was not given")
