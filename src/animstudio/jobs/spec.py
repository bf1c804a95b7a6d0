"""What can be asked of a job, each default in its one place."""

from __future__ import annotations

import getpass
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from animstudio.jobs.follow.pattern import reader_of
from animstudio.jobs.follow.spec import FollowSpec
from animstudio.jobs.order import PRIORITIES, After, Order
from animstudio.jobs.schedule.state import Need
from animstudio.kernel.durations import Duration
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.kernel.sizes import Size
from animstudio.kernel.spec import Seconds

PASSED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM",
    "PYTHONPATH", "PYTHONHASHSEED", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV",
    "LD_LIBRARY_PATH", "CUDA_HOME", "XDG_*", "LC_*", "OMP_NUM_THREADS", "PYTORCH_ALLOC_CONF",
    "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_DATASETS_CACHE", "TRANSFORMERS_OFFLINE",
    "ANIMSTUDIO_MODELS", "ANIMSTUDIO_DATA", "ANIMSTUDIO_CACHE", "ANIMSTUDIO_STATE",
    "ANIMSTUDIO_TRAINER", "ANIMSTUDIO_ACCELERATE", "ANIMSTUDIO_FAKE_GPUS",
)  # fmt: skip
"""Variables that a job gets from whoever submits it. Keys and passwords are not among them."""


def _priority(value: object) -> object:
    if isinstance(value, str) and not value.isdigit():
        found = PRIORITIES.get(value.lower())
        if found is None:
            names = ", ".join(PRIORITIES)
            raise ValueError(
                f"a priority is {names}, or 0 to 20{nearest(value.lower(), PRIORITIES)}"
            )
        return found
    return int(value) if isinstance(value, str) else value


def _signal(value: str) -> str:
    name = value.upper().removeprefix("SIG")
    if f"SIG{name}" not in signal.Signals.__members__:
        raise ValueError("name a signal, such as USR1 or TERM")
    return name


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("write it in one line, without control characters")
    return value


def _array(value: object) -> object:
    """Take what YAML makes of ``array: 5`` and ``array: [1, 3]``, too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else value


Priority = Annotated[int, BeforeValidator(_priority), Field(ge=0, le=20)]


def priority_of(word: str) -> int:
    """Return the number of a priority that is named or numbered. Raises AskedWrongly."""
    try:
        return TypeAdapter(Priority).validate_python(word)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ").lower()
        raise AskedWrongly(f"priority {word}: {said}") from error


OneLine = Annotated[str, AfterValidator(_one_line), Field(max_length=200)]


class JobSpec(FollowSpec):
    """What a job needs, when it may run, and what is done when it fails."""

    name: OneLine = ""
    """What it is called; its program's name unless given."""
    gpus: Annotated[int, Field(ge=0, le=64)] = 0
    """Graphics cards; each is the job's own, unless --vram says how much of it."""
    vram: Size = 0
    """Memory that it takes of each card, as 7G; others may use the rest."""
    cpus: Annotated[int, Field(ge=0)] = 1
    """Processors that it keeps busy."""
    memory: Size = Field(default="512M", validate_default=True)
    """Main memory that it takes, as 8G."""
    priority: Priority = Field(default="normal", validate_default=True)
    """low, normal, high, critical, or 0 to 20: higher sooner."""
    after: tuple[int | str, ...] = ()
    """Jobs that have to succeed first: 5, 3-9, 5_all, last, or a name."""
    after_any: tuple[int | str, ...] = ()
    """Jobs that have to end first, however."""
    after_fail: tuple[int | str, ...] = ()
    """Jobs that have to fail first."""
    array: Annotated[str | None, BeforeValidator(_array)] = None
    """Run it once for each index, as 0-9, 1,3,7 or 0-99:5; 0-99%4: four at the same time at most.
    {index} in the command stands for the index."""
    tag: tuple[OneLine, ...] = ()
    """Words to find it by."""
    retries: Annotated[int, Field(ge=0, le=1000)] = 0
    """How often it is tried again when it fails."""
    backoff: Seconds = 10.0
    """Seconds before it is tried again, doubled each time."""
    timeout: Duration | None = None
    """How long it may run, as 8h; no limit unless given."""
    expected: Duration | None = None
    """How long it will take, as you think; what ran before tells better."""
    grace: Seconds = 30.0
    """Seconds to end cleanly after it was asked to, before it is killed."""
    checkpoint_signal: Annotated[str, AfterValidator(_signal)] = "USR1"
    """The signal on which it saves what it has, and ends."""
    resumable: bool = False
    """It goes on by itself from what it saved: it is queued again when the machine went down."""
    hold: bool = False
    """It does not begin before `release`."""
    log: Path | None = None
    """The file it writes to; one of the queue's unless given."""
    output: Path | None = None
    """The folder of its results, where checkpoints are looked for."""
    directory: Path | None = None
    """The folder it runs in; the present one unless given."""
    env: tuple[str, ...] = ()
    """Variables it gets besides the usual ones: NAME=VALUE, or NAME as it is here."""


def order(
    argv: Sequence[str], spec: JobSpec, *, cwd: Path, environment: Mapping[str, str], user: str = ""
) -> Order:
    """Return a job as the daemon takes it.

    Raises AskedWrongly for a command or a folder that there is not.
    """
    words = tuple(argv)
    if not words or not words[0]:
        raise AskedWrongly("there is no command", hint="animstudio jobs submit -- COMMAND ...")
    if spec.progress_pattern:
        reader_of(spec.progress_pattern)  # a wrong one is told here, not in the night
    folder = (cwd / spec.directory.expanduser()) if spec.directory else cwd
    if not folder.is_dir():
        raise AskedWrongly(f"--directory {folder}: there is no such folder")
    kind = Path(words[0]).name[:200]
    after = (
        *(After(job, "ok") for job in spec.after),
        *(After(job, "any") for job in spec.after_any),
        *(After(job, "fail") for job in spec.after_fail),
    )
    gpus = spec.gpus or (1 if spec.vram else 0)
    found = Order(
        name=spec.name or kind, argv=words, cwd=str(folder), env=passed(environment, spec.env),
        need=Need(gpus, spec.vram, bool(spec.vram), spec.cpus, spec.memory),
        user=user or getpass.getuser(), priority=spec.priority, tags=spec.tag,
        after=after,
        retries=spec.retries, backoff=spec.backoff, timeout=spec.timeout,
        expected=spec.expected, grace=spec.grace,
        checkpoint=int(signal.Signals[f"SIG{spec.checkpoint_signal}"]),
        resumable=spec.resumable, hold=spec.hold, log=_absolute(spec.log, folder),
        output=_absolute(spec.output, folder), signature=" ".join(words)[:500], kind=kind,
        follow=_followed(spec),
    )  # fmt: skip
    try:
        found.to_json().encode()
    except UnicodeEncodeError as error:
        part = error.object[max(0, error.start - 20) : error.end]
        raise AskedWrongly(f"the queue keeps text, and this is not UTF-8: ...{part!a}") from error
    return found


def _followed(spec: FollowSpec) -> dict[str, Any]:
    """Return how a job is followed, where that is not as usual."""
    usual = FollowSpec().model_dump(mode="json")  # parsed: a default may be written as 30m
    asked = spec.model_dump(mode="json", include=set(usual))
    return {name: value for name, value in asked.items() if value != usual[name]}


def passed(environment: Mapping[str, str], more: Sequence[str]) -> dict[str, str]:
    """Return the variables a job gets. Raises AskedWrongly for one that is not set here."""
    heads = tuple(name[:-1] for name in PASSED if name.endswith("*"))
    found = {
        name: value for name, value in environment.items()
        if name in PASSED or name.startswith(heads)
    }  # fmt: skip
    for word in more:
        name, equals, value = word.partition("=")
        if not equals and name not in environment:
            raise AskedWrongly(f"--env {name}: is not set here{nearest(name, environment)}")
        found[name] = value if equals else environment[name]
    return found


def _absolute(path: Path | None, folder: Path) -> str | None:
    return None if path is None else str(folder / path.expanduser())
