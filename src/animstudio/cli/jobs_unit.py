"""The daemon as a unit of systemd, for those who want it there when nobody is logged in.

``KillMode=process``: stopping the unit ends the daemon, and leaves its jobs alone.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from animstudio.jobs.spec import PASSED
from animstudio.jobs.wire import LOCK, home

_TEXT = """\
[Unit]
Description=Animation AI Studio: the queue of jobs

[Service]
Type=forking
PIDFile={pid}
{environment}
ExecStart={command} start
ExecStop={command} stop
KillMode=process
Restart=on-failure

[Install]
WantedBy=default.target
"""


def text(state: Path, environment: Mapping[str, str]) -> str:
    """Return the unit of the daemon of a state folder."""
    named = ("PATH", "PYTHONPATH", "ANIMSTUDIO_")
    passed = {name: value for name, value in environment.items()
              if name in PASSED and name.startswith(named)}  # fmt: skip
    passed["ANIMSTUDIO_STATE"] = str(state)
    command = f"{_quoted(sys.executable)} -m animstudio jobs daemon"
    lines = [f"Environment={_quoted(f'{name}={passed[name]}')}" for name in sorted(passed)]
    pid = str(home(state) / LOCK).replace("%", "%%")
    return _TEXT.format(pid=pid, environment="\n".join(lines), command=command)


def place(environment: Mapping[str, str]) -> Path:
    """Return where a user's units stand; see systemd.unit(5)."""
    config = environment.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "systemd/user/animstudio-jobs.service"


def _quoted(word: str) -> str:
    """Return a word as systemd reads it: see systemd.syntax(7), and % in systemd.unit(5)."""
    safe = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{safe}"'
