"""How the shot list is written for editors."""

from __future__ import annotations

from typing import Final

from animstudio.kernel.spec import Spec


class ExportSpec(Spec):
    """How the shot list is written for editors."""

    drop_frame: bool = False
    """Number the EDL's frames in drop-frame timecode (only 29.97 and 59.94 frames a second)."""
    media_start: str = "00:00:00:00"
    """Timecode of the film's first frame, HH:MM:SS:FF, where the file carries one of its own."""
    cut_row: bool = True
    """Begin the CSV with PySceneDetect's row of cuts, before the header."""


USUAL: Final = ExportSpec()
"""What is written where nothing is asked for."""
