"""``animstudio jobs``: a queue for long work, trusted overnight.

A command that is named is loaded alone: `list` is to answer at once.
"""

from __future__ import annotations

import sys

from cyclopts import App

app = App(name="jobs", help="A queue for long work on this machine, trusted overnight.")
_COMMANDS = {
    "jobs_submit": ("submit", "batch"),
    "jobs_look": ("list", "status", "why", "stats", "gpus"),
    "jobs_log": ("logs", "wait"),
    "jobs_events": ("events",),
    "jobs_monitor": ("monitor", "checkpoints"),
    "jobs_change": (
        "cancel", "pause", "resume", "hold", "release", "retry", "rm", "priority",
    ),
    "jobs_daemon": ("drain", "strategy", "export", "import"),
}  # fmt: skip
_TAKEN = {"list", "import"}
"""Words that mean something in Python; their functions have an underscore behind."""

for _module, _names in _COMMANDS.items():
    for _name in _names:
        _function = f"{_name}_" if _name in _TAKEN else _name
        app.command(f"animstudio.cli.{_module}:{_function}", name=_name)
app.command("animstudio.cli.jobs_daemon:app", name="daemon")

_named = {name for names in _COMMANDS.values() for name in names}
if _named.isdisjoint(sys.argv) or not {"-h", "--help"}.isdisjoint(sys.argv):
    app.resolved_commands()  # help tells in each command's own words what it is for: all are loaded
