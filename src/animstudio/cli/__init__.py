"""The command line: parse, call, show. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App

from animstudio import __version__

app = App(
    name="animstudio",
    version=__version__,
    help="A film in, everything known about it out: shots, frames, camera, composition, sound.",
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
app.command("animstudio.cli.film:app", name="film", help="Take films apart.")
app.command(
    "animstudio.cli.kb:app", name="kb", help="Ask documents, and get the line it stands on."
)
app.command(
    "animstudio.cli.characters:app", name="characters",
    help="Find the characters of films, and say who is who.",
)  # fmt: skip
app.command("animstudio.cli.gpu:app", name="gpu", help="Tasks of big models.")
app.command(
    "animstudio.cli.dataset:app", name="dataset", help="Pictures in, sets to train with out."
)
app.command(
    "animstudio.cli.pipeline:app", name="pipeline", help="Run recipes that go on after anything."
)
app.command("animstudio.cli.jobs:app", name="jobs", help="Queue long work, and trust it overnight.")
app.command(
    "animstudio.cli.monitor:monitor", name="monitor", help="Watch CPU, memory, GPU and disk."
)
app.command(
    "animstudio.cli.demo:demo", name="demo", help="Survey a real animated clip, as a first look."
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code."""
    from animstudio.cli.outcome import run_command

    # Work is spread over processes and decoders; a numeric library's own threads would only
    # spin beside them. It reads this when it is first imported, here and in every worker.
    for library in ("OMP", "OPENBLAS"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    # Looking through every installed package for pydantic's plugins costs each process 20 ms.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run_command(app, words))
