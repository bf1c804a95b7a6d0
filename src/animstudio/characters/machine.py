"""Which folders and device a stage uses where its options name none: the machine's."""

from __future__ import annotations

import os
from pathlib import Path

from animstudio.kernel.settings import read_settings
from animstudio.models import grid
from animstudio.models.registry import Host, build_detector, build_segmenter
from animstudio.models.seams import Detector, Segmenter


def host_of(models_dir: Path | None, device: str, threads: int) -> Host:
    """Return where models run.

    A stage's worker is handed no settings, and its results depend on the weights, not on where
    they lie: so this module is the one place of the wing that asks the machine.
    """
    folder = models_dir or read_settings(cwd=Path.cwd(), environment=os.environ).models
    return Host(folder, device, max(1, threads))


def cache_of() -> Path:
    """Return the folder for what can be computed again."""
    return read_settings(cwd=Path.cwd(), environment=os.environ).cache


def backends_of(segmenter: str, detector: str, host: Host) -> tuple[Segmenter, Detector | None]:
    """Return what follows things and what finds them, for one shot; None if the first does both.

    Raises AskedWrongly, MissingExtra.
    """
    following = build_segmenter(segmenter, host)
    if following.finds:
        return following, None
    if detector == grid.NAME:
        return following, grid.grid_over(following)
    return following, build_detector(detector, host)
