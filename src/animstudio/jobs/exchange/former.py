"""The file in which the studio's former training orchestrator kept its jobs.

    {"jobs": {"job_1f0c...": {"id": "job_1f0c...", "name": ..., "config_path": ..., ...}},
     "queue": ["job_1f0c..."], "saved_at": "2025-12-03T21:15:00"}

Sizes were MB, lengths of time seconds, paths relative to the folder of the file. Its jobs had
their cards to themselves, and so they do here. What they asked of processors and memory was a
default more often than a need; it is cut to what this machine can promise.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from animstudio.jobs.exchange.listed import Listed, as_fields, refuse_unknown, state_of
from animstudio.jobs.job import OVER
from animstudio.jobs.schedule.state import Host
from animstudio.jobs.spec import JobSpec, order
from animstudio.kernel.errors import AskedWrongly

_ASKED = (
    "id", "name", "config_path", "output_dir", "log_file", "priority", "dependencies", "resources",
    "state", "retry_count", "current_retry", "timeout", "command", "tags",
)  # fmt: skip
_TOLD = (
    "allocated_gpus", "created_at", "queued_at", "started_at", "completed_at", "process_id",
    "tmux_session", "exit_code", "error_message", "checkpoints", "metadata",
)  # fmt: skip
"""Fields that tell how a job went there, which is nothing to submit."""
_RESOURCES = (
    "gpu_count", "gpu_memory", "cpu_cores", "system_memory", "disk_space", "estimated_duration",
)  # fmt: skip
_SHELL = frozenset("|&;<>()$`*?~{}[]#!\n")
"""Characters that mean something to a shell: with none of them a command is just its words."""


def read(
    content: Mapping[str, Any], folder: Path, environment: Mapping[str, str], host: Host,
    training: Callable[[Path], list[str]],
) -> list[Listed]:  # fmt: skip
    """Return the jobs of such a file. Raises AskedWrongly, naming job and field.

    `folder` is where the file is, `training` makes a command of a configuration, and `host` is
    what this machine can promise.
    """
    refuse_unknown("the file", content, ("jobs", "queue", "saved_at"))
    found = []
    for key, job in content["jobs"].items():
        fields = as_fields(f"job {key}", job)
        where = f"job {key} ({fields.get('name', '')})"
        refuse_unknown(where, fields, (*_ASKED, *_TOLD))
        state = state_of(where, fields.get("state"))
        after = tuple((str(other), "ok") for other in fields.get("dependencies") or ())
        if missing := [other for other, _ in after if other not in content["jobs"]]:
            raise AskedWrongly(f"{where}: dependencies: the file holds no {missing[0]}")
        name = str(fields.get("name") or key)
        asked = None
        if state not in OVER:
            spec = _spec(where, name, fields, host)
            argv = _command(where, fields, folder, training)
            asked = order(argv, spec, cwd=folder, environment=environment)
        found.append(Listed(key, key, name, state, after, asked))  # type: ignore[arg-type]
    return found


def _spec(where: str, name: str, job: Mapping[str, Any], host: Host) -> JobSpec:
    needs = as_fields(f"{where}: resources", job.get("resources") or {})
    refuse_unknown(f"{where}: resources", needs, _RESOURCES)
    try:
        memory = int(needs.get("system_memory", 0)) << 20
        asked = {
            "name": name, "priority": job.get("priority"), "tag": job.get("tags"),
            "gpus": needs.get("gpu_count", 1),
            "cpus": min(int(needs.get("cpu_cores", 1)), host.cpus),
            "memory": min(memory, host.memory),
            "retries": max(0, int(job.get("retry_count", 3)) - int(job.get("current_retry", 0))),
            "timeout": job.get("timeout"), "expected": needs.get("estimated_duration"),
            "log": job.get("log_file"), "output": job.get("output_dir"),
            "hold": job["state"] == "paused",
        }  # fmt: skip
        return JobSpec.model_validate({k: v for k, v in asked.items() if v is not None})
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, problem["loc"]))
        raise AskedWrongly(f"{where}: {field}: {problem['msg'].lower()}") from error
    except (TypeError, ValueError) as error:
        raise AskedWrongly(f"{where}: {error}") from error


def _command(
    where: str, job: Mapping[str, Any], folder: Path, training: Callable[[Path], list[str]]
) -> list[str]:
    command, config = job.get("command"), job.get("config_path")
    if command:
        if _SHELL.intersection(str(command)):
            return ["sh", "-c", str(command)]
        try:
            return shlex.split(str(command))
        except ValueError as error:
            raise AskedWrongly(f"{where}: command: {error}") from error
    if not config:
        raise AskedWrongly(f"{where}: has neither a command nor a config_path")
    try:
        return training(folder / Path(str(config)).expanduser())
    except AskedWrongly as error:
        raise AskedWrongly(f"{where}: {error.message}", hint=error.hint) from error
