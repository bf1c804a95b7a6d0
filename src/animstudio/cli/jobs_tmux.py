"""A window of tmux in which somebody can look at a job. It only follows the log: closing it, or
killing tmux, does nothing to the job.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from animstudio.kernel.errors import WorkFailed

SESSION = "animstudio"


def refuse_without() -> None:
    """Raise WorkFailed where there is no tmux."""
    if shutil.which("tmux") is None:
        raise WorkFailed(
            "--tmux: tmux is not installed",
            hint="jobs logs JOB -f shows the same in this terminal",
        )


def window(job: int) -> str:
    """Open a window that follows a job; return the command that shows it.

    Inside tmux it is a window of this session, else one of a session that stays in the background.
    Raises WorkFailed where tmux is missing, or refuses.
    """
    refuse_without()
    name = f"job-{job}"
    passed = [word for key, value in os.environ.items()
              if key.startswith("ANIMSTUDIO_") or key in ("PATH", "PYTHONPATH")
              for word in ("-e", f"{key}={value}")]  # fmt: skip
    command = [sys.executable, "-m", "animstudio", "jobs", "logs", str(job), "-f"]
    if os.environ.get("TMUX"):
        _tmux("new-window", "-d", "-n", name, *passed, *command)
        return f"tmux select-window -t {name}"
    there = subprocess.run(
        ["tmux", "has-session", "-t", f"={SESSION}"], capture_output=True, check=False
    )
    if there.returncode:
        _tmux("new-session", "-d", "-s", SESSION, "-n", name, *passed, *command)
    else:
        _tmux("new-window", "-d", "-t", f"={SESSION}:", "-n", name, *passed, *command)
    return f"tmux attach -t {SESSION}:{name}"


def _tmux(*words: str) -> None:
    done = subprocess.run(["tmux", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise WorkFailed(f"tmux refused: {done.stderr.strip() or f'code {done.returncode}'}")
