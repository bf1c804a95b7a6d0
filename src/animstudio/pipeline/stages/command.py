"""The stage type ``command``: any program, with inputs and outputs that are declared."""

from __future__ import annotations

import ctypes
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.offspring import Offspring, offspring
from animstudio.kernel.spec import Spec
from animstudio.kernel.work import Committed, Item, Made, Place, Work
from animstudio.pipeline.events import LeftRunning
from animstudio.pipeline.groups import (
    GRACE,
    TOKEN,
    end_groups,
    forget_group,
    note_group,
    note_token,
)
from animstudio.pipeline.stages.declared import Inputs, declared
from animstudio.pipeline.stages.places import OutputPlace
from animstudio.pipeline.stages.printing import shorten

_TAIL = 400
"""Characters of a program's last words that its failure shows."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _variable(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{name}' cannot be the name of a variable")
    return name


Variable = Annotated[str, AfterValidator(_variable)]
"""What a variable can be called."""


class CommandSpec(Spec):
    """A program to run.

    It runs in an empty folder, where every output is to be written at its declared path; the
    folders for them are there. ``$INPUT_NAME`` and ``$OUTPUT_NAME`` are absolute paths, in its
    environment and in its words.
    """

    argv: Annotated[list[str] | str, Field(min_length=1)]
    """The program and its words; or one text, which is split as a shell would."""
    shell: bool = False
    """Give the text to ``/bin/sh -c``."""
    inputs: Inputs = Field(default_factory=dict)
    """Files, folders and patterns that it reads, by name; relative to the working folder."""
    outputs: Annotated[dict[Variable, OutputPlace], Field(min_length=1)]
    """Files and folders that it makes, by name; relative to the output folder."""
    env: dict[Variable, str] = Field(default_factory=dict)
    """Variables added to its environment."""


class CommandResult(BaseModel):
    """The declared outputs, each under its name."""

    model_config = ConfigDict(frozen=True, extra="allow")

    def __getattribute__(self, name: str) -> Any:
        """Return an output even where models have a method of that name, such as ``copy``."""
        outputs = object.__getattribute__(self, "__pydantic_extra__")
        return outputs[name] if outputs and name in outputs else super().__getattribute__(name)


def command_items(spec: CommandSpec, place: Place) -> Sequence[Item]:
    """Return the only item. What its words name in the output folder is an input as well."""
    inputs = declared(spec.inputs, place.folder)
    for word in _words(spec):
        path = word.rpartition("=")[2]
        if path.startswith(f"{place.root}{os.sep}") and os.path.lexists(path):
            inputs.setdefault(f"argv {os.path.relpath(path, place.root)}", Path(path))
    program = _words(spec)[0]
    if os.sep in program and (place.folder / program).is_file():
        inputs.setdefault("program", place.folder / program)
    return [Item(inputs=inputs)]


def run_command(item: Item, spec: CommandSpec, work: Work) -> Made:
    """Run the program; its stdout and stderr go to the log. Raises WorkFailed if it fails."""
    drafts = {name: work.draft(path) for name, path in spec.outputs.items()}
    variables = {f"OUTPUT_{name.upper()}": str(path) for name, path in drafts.items()}
    for name, path in item.inputs.items():
        if _NAME.fullmatch(name):
            variables[f"INPUT_{name.upper()}"] = str(path)
    words = [_filled(word, variables) for word in _words(spec)]
    if spec.shell:
        words = ["/bin/sh", "-c", spec.argv if isinstance(spec.argv, str) else " ".join(spec.argv)]
    elif os.sep in words[0]:
        words[0] = str(work.folder / words[0])
    _run(words, {**os.environ, **variables, **spec.env}, work)
    missing = [name for name, path in drafts.items() if not path.exists()]
    if missing:
        raise WorkFailed(f"{words[0]} ended well, but did not make: {', '.join(missing)}")
    return Made({spec.outputs[name]: path for name, path in drafts.items()})


def _run(words: list[str], environment: dict[str, str], work: Work) -> None:
    work.log.parent.mkdir(parents=True, exist_ok=True)
    with work.log.open("ab") as log:
        begin = log.tell()
        token = note_token(work.drafts)
        with offspring() as started:
            try:
                process = subprocess.Popen(
                    words,
                    cwd=work.drafts,
                    env={**environment, TOKEN: token},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_die_with_parent,  # a worker has one thread
                )
            except (FileNotFoundError, PermissionError) as error:
                forget_group(work.drafts)
                raise WorkFailed(f"{words[0]}: {error.strerror}") from error
            note_group(work.drafts, process.pid, token)
            code = process.wait()
            _end_who_is_left(started, work)
    shorten(work.log, begin)
    if code:
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        said = _last_words(work.log, begin)
        raise WorkFailed(f"{words[0]} failed ({how})" + (f": {said}" if said else ""))


def _end_who_is_left(started: Offspring, work: Work) -> None:
    """End what a program left running, daemons too, and say whom that met."""
    if left := started.end(grace=GRACE):
        who = ", ".join(sorted(f"{process.name} ({process.pid})" for process in left))
        work.say(LeftRunning(stage=work.stage, item=work.item, processes=who))
    if not started.held:
        end_groups(work.drafts)
    forget_group(work.drafts)


def _last_words(path: Path, begin: int) -> str:
    with path.open("rb") as log:
        log.seek(max(begin, log.seek(0, os.SEEK_END) - 4 * _TAIL))
        return log.read().decode(errors="replace").strip()[-_TAIL:]


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _words(spec: CommandSpec) -> list[str]:
    if isinstance(spec.argv, list):
        return spec.argv
    try:
        return shlex.split(spec.argv) or [""]
    except ValueError as error:
        if spec.shell:
            return [spec.argv]
        raise AskedWrongly(f"argv: {error}: {spec.argv}") from error


def _filled(word: str, variables: dict[str, str]) -> str:
    """Put variables into a word; unknown ones stay as they are."""
    return re.sub(
        r"\$\{?((?:INPUT|OUTPUT)_[A-Z0-9_]+)\}?", lambda m: variables.get(m[1], m[0]), word
    )


def gather_command(spec: CommandSpec, committed: Sequence[Committed], root: Path) -> CommandResult:
    """Return the outputs' absolute paths by name."""
    return CommandResult.model_validate({n: str(root / path) for n, path in spec.outputs.items()})
