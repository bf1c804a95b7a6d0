"""``animstudio pipeline``: recipes checked, planned, run, explained, cleaned up.

A command's module is loaded when the command is given: a list of runs needs no planner.
"""

from __future__ import annotations

from cyclopts import App

app = App(name="pipeline", help="Run recipes: stages over films that go on after anything.")
for _module, _commands in {
    "pipeline_look": ("validate", "graph", "schema"),
    "pipeline_work": ("plan", "why", "run", "gc"),
    "pipeline_runs": ("status", "list", "report", "cancel"),
}.items():
    for _name in _commands:
        _function = "list_" if _name == "list" else _name
        app.command(f"animstudio.cli.{_module}:{_function}", name=_name)
