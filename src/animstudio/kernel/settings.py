"""Settings: where this machine keeps models, data, cache and state.

Weakest first: the platform's own folders, ``animstudio.toml`` in the user's configuration
folder, the nearest ``animstudio.toml`` from the working folder upward, ``ANIMSTUDIO_*``
variables, flags. Read once, at the start, and handed down.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.kernel.sizes import Size
from animstudio.kernel.spec import Spec

FILE_NAME = "animstudio.toml"
_PREFIX = "ANIMSTUDIO_"
_TOLD = ("JOB_ID", "ATTEMPT", "RUN_DIR", "RESUME_FROM", "LEASE", "TOKEN")
"""What jobs are told about themselves in variables of the same prefix; no settings."""
_WORDS = ("fake_gpus", "spare_vram", "spare_memory")
"""Settings that are no folders."""


def _home(kind: str) -> Path:
    import platformdirs

    return Path(getattr(platformdirs, f"user_{kind}_dir")("animstudio", appauthor=False))


class Settings(Spec):
    """The folders of this machine, what is kept back of it, and what is pretended."""

    models: Path = Field(default_factory=lambda: _home("data") / "models")
    """Model weights."""
    data: Path = Field(default_factory=lambda: _home("data") / "data")
    """Films, datasets and other inputs that recipes name without a path."""
    cache: Path = Field(default_factory=lambda: _home("cache"))
    """What can be computed again; may be deleted at any time."""
    state: Path = Field(default_factory=lambda: _home("state"))
    """Queues, journals and logs of this machine."""
    trainer: Path = Field(default_factory=lambda: _home("data") / "sd-scripts/train_network.py")
    """The script that trains from a configuration: kohya's train_network.py, or one like it."""
    accelerate: Path = Path("accelerate")
    """The program that starts the trainer; that of the trainer's own environment."""
    fake_gpus: str = ""
    """Graphics cards to pretend, for tests and trials: ``2x16G``. They are shown as fake."""
    spare_vram: Size = 800 << 20
    """Memory of each card that jobs are never promised: the driver and the desktop need some."""
    spare_memory: Size = 2 << 30
    """Main memory that jobs are never promised."""


def read_settings(
    *, cwd: Path, environment: Mapping[str, str], flags: Mapping[str, Path | None] | None = None
) -> Settings:
    """Return the settings; a flag that is None was not given.

    Paths may begin with ``~``. Relative ones are relative to the file they stand in, or to
    `cwd` in variables and flags.

    Raises:
        AskedWrongly: a file cannot be read, or a name or value in it is wrong (names the file
            and the line), or an ``ANIMSTUDIO_*`` variable is not a setting.
    """
    found: dict[str, Path | str] = {}
    for file in (_home("config") / FILE_NAME, _upward(cwd)):
        if file is not None and file.is_file():
            found |= _read_file(file)
    found |= _read_environment(environment, cwd)
    found |= {name: _path(value, cwd) for name, value in (flags or {}).items() if value is not None}
    return Settings.model_validate(found)


def _upward(folder: Path) -> Path | None:
    folder = folder.absolute()
    files = (place / FILE_NAME for place in (folder, *folder.parents))
    return next((file for file in files if file.is_file()), None)


def _read_file(file: Path) -> dict[str, Path | str]:
    try:
        text = file.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise AskedWrongly(f"{file}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        line, what = _position(error)
        raise AskedWrongly(f"{file}{line}: {what}") from error
    for name, value in table.items():
        where = f"{file}:{_line_of(name, text)}"
        if name not in Settings.model_fields:
            raise AskedWrongly(f"{where}: unknown setting '{name}'{_nearest(name)}")
        _check(name, value, where)
    return {name: _value(name, value, file.parent) for name, value in table.items()}


def _read_environment(environment: Mapping[str, str], cwd: Path) -> dict[str, Path | str]:
    found = {}
    for variable, value in environment.items():
        if not variable.startswith(_PREFIX):
            continue
        if variable.removeprefix(_PREFIX) in _TOLD:
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name not in Settings.model_fields:
            raise AskedWrongly(
                f"{variable}: unknown setting"
                + nearest(variable, [_PREFIX + field.upper() for field in Settings.model_fields])
            )
        if value:  # an empty variable is an unset one
            found[name] = _value(name, value, cwd)
    return found


def _check(name: str, value: Any, where: str) -> None:
    try:
        Settings.model_validate({name: value})
    except ValidationError as error:
        problem = error.errors()[0]["msg"].lower()
        raise AskedWrongly(f"{where}: {name} = {value!r}: {problem}") from error
    if not value and name not in _WORDS:
        raise AskedWrongly(f"{where}: {name} is empty; name a folder")


def _value(name: str, value: str, base: Path) -> Path | str:
    return value if name in _WORDS else _path(value, base)


def _path(value: str | Path, base: Path) -> Path:
    try:
        path = Path(value).expanduser()
    except RuntimeError as error:  # ~nobody
        raise AskedWrongly(f"{value}: {error}") from error
    return path if path.is_absolute() else base.absolute() / path


def _nearest(name: str) -> str:
    choices = ", ".join(Settings.model_fields)
    return nearest(name, Settings.model_fields) or f"; settings are {choices}"


def _line_of(name: str, text: str) -> int:
    """Return the line that a top-level name first stands on; tomllib does not tell."""
    key = re.compile(rf"""^\s*\[{{0,2}}\s*["']?{re.escape(name)}["']?\s*[.=\]]""")
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if key.match(line)), 1)


def _position(error: tomllib.TOMLDecodeError) -> tuple[str, str]:
    found = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", str(error))
    return (f":{found[2]}", found[1]) if found else ("", str(error))
