"""What the commands of `jobs` share: the queue of this machine, and how jobs are named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from animstudio.jobs.api import Queue
from animstudio.jobs.spare import Spare
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.settings import Settings, read_settings

Selected = Annotated[
    list[str],
    Parameter(
        help="Jobs: 5, 3-9, last, all, a name; of an array 5_3, 5_3-7, 5_all.",
        negative="",
        allow_leading_hyphen=False,
    ),
]
States = Annotated[
    list[str],
    Parameter(
        name="--state", negative="", consume_multiple=True,
        help="Only jobs that are pending, queued, running, paused, completed, failed, cancelled.",
    ),
]  # fmt: skip
Tags = Annotated[
    list[str], Parameter(name="--tag", negative="", consume_multiple=True, help="Only with this.")
]
Quiet = Annotated[
    bool, Parameter(name=["--quiet", "-q"], negative="", help="Write the id, and nothing else.")
]
Tmux = Annotated[
    bool, Parameter(negative="", help="Open a window of tmux that follows its log, to attach to.")
]


def settings() -> Settings:
    """Return the settings, as this command sees them."""
    return read_settings(cwd=Path.cwd(), environment=os.environ)


def environment() -> dict[str, str]:
    """Return what this command was started with.

    What the command line sets for its own libraries, as one thread for each, is not for jobs.
    """
    begun = Path("/proc/self/environ").read_bytes().split(b"\0")
    names = {os.fsdecode(line.partition(b"=")[0]) for line in begun}
    return {name: value for name, value in os.environ.items() if name in names}


def one(here: Queue, word: str) -> int:
    """Return the one job that a word names; of several that have a name, the latest.

    Raises AskedWrongly for a word that names several otherwise.
    """
    found = here.select([word])
    if len(found) > 1 and (word == "all" or word[:1].isdigit()):
        raise AskedWrongly(f"{word} are {len(found)} jobs; name one of them: {found[0]}, say")
    return found[-1]


def queue() -> Queue:
    """Return the queue of this machine."""
    found = settings()
    spare = Spare.of(found)
    return Queue(found.state, environment=environment(), fake_gpus=found.fake_gpus, spare=spare)
