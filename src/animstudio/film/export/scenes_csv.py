"""The shot list as CSV, column for column as PySceneDetect 0.7 writes it.

Source: ``scenedetect.output.write_scene_list``. Start frames count from 1 and end frames are
inclusive, times count from the film's first frame.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from animstudio.film.export.spec import USUAL, ExportSpec
from animstudio.film.export.timecode import boundary_ticks, clock, elapsed_seconds
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot

COLUMNS = (
    "Scene Number",
    "Start Frame",
    "Start Timecode",
    "Start Time (seconds)",
    "End Frame",
    "End Timecode",
    "End Time (seconds)",
    "Length (frames)",
    "Length (timecode)",
    "Length (seconds)",
)


def scenes_csv(shots: Sequence[Shot], measures: Measures, *, spec: ExportSpec = USUAL) -> str:
    """Return the scene list as CSV text.

    The row of cuts comes first (empty in a film without cuts), as PySceneDetect's command
    writes it and reads it back; `spec.cut_row` leaves it out.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    if spec.cut_row:
        cuts = [clock(elapsed_seconds(measures, shot.start)) for shot in shots[1:]]
        writer.writerow(["Timecode List:", *cuts] if cuts else [])
    writer.writerow(COLUMNS)
    writer.writerows(_row(shot, measures) for shot in shots)
    return text.getvalue()


def _row(shot: Shot, measures: Measures) -> list[str]:
    start, end = elapsed_seconds(measures, shot.start), elapsed_seconds(measures, shot.end)
    ticks = boundary_ticks(measures, shot.end) - boundary_ticks(measures, shot.start)
    length = float(ticks * measures.time_base)
    return [
        str(shot.number),
        str(shot.start + 1),
        clock(start),
        f"{start:.3f}",
        str(shot.end),
        clock(end),
        f"{end:.3f}",
        str(len(shot)),
        clock(length),
        f"{length:.3f}",
    ]
