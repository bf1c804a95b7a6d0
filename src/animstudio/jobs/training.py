"""The command of a training that is described by a configuration."""

from __future__ import annotations

from pathlib import Path

from animstudio.kernel.errors import AskedWrongly


def training_command(config: Path, *, trainer: Path, accelerate: Path) -> list[str]:
    """Return the command that runs the trainer with a configuration.

    Raises AskedWrongly where the configuration, or the trainer, is not there.
    """
    file = config.expanduser().absolute()
    if not file.is_file():
        raise AskedWrongly(f"the configuration {config}: there is no such file")
    if not trainer.is_file():
        raise AskedWrongly(
            f"the trainer {trainer} is not there",
            hint="name it: `trainer` in animstudio.toml, or ANIMSTUDIO_TRAINER",
        )
    return [str(accelerate), "launch", "--num_cpu_threads_per_process=2",
            str(trainer), "--config_file", str(file)]  # fmt: skip
