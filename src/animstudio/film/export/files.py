"""Every form of a shot list at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from animstudio.film.export.edl import edl
from animstudio.film.export.otio import otio
from animstudio.film.export.scenes_csv import scenes_csv
from animstudio.film.export.scenes_json import scenes_json
from animstudio.film.export.spec import USUAL, ExportSpec
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot
from animstudio.kernel.errors import WorkFailed


def scene_files(
    shots: Sequence[Shot],
    measures: Measures,
    *,
    film: str,
    media: Path,
    detector: str,
    remarks: Mapping[int, str] | None = None,
    spec: ExportSpec = USUAL,
) -> dict[str, str]:
    """Return the shot list's texts by suffix: json, csv, otio, and edl where there can be one.

    An EDL counts in timecode; a film whose rate has none is left without.
    """
    texts = {
        "json": scenes_json(shots, measures, film=film, file=media.name, detector=detector),
        "csv": scenes_csv(shots, measures, spec=spec),
        "otio": otio(shots, measures, title=film, media=media, remarks=remarks, spec=spec),
    }
    try:
        texts["edl"] = edl(shots, measures, title=film, file=media.name, remarks=remarks, spec=spec)
    except WorkFailed:
        return texts
    return texts
