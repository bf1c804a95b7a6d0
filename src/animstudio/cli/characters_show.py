"""What ``animstudio characters`` shows: who was recognised, and where to look them over."""

from __future__ import annotations

from pathlib import Path

from animstudio.characters.cluster_records import METADATA, NOISE, ClusteringMetadata
from animstudio.characters.records import SegmentationSummary, read_record
from animstudio.characters.sheet import UNSURE
from animstudio.cli.tables import show_line, show_table, write_json
from animstudio.kernel.errors import AskedWrongly, nearest

PAGE = "contact_sheet.html"


SHOWN = 5
"""Shots without anybody that are named before the rest is counted."""


def show_found(summary: SegmentationSummary) -> None:
    """Write what segmentation found, and in which shots nobody."""
    found = f"{_of(summary.instance_count, 'picture')} of {_of(summary.tracks, 'track')}"
    show_line(f"{found} in {_of(summary.shots, 'shot')}, by {summary.backends.segmenter}")
    if summary.frames_failed:
        show_line(f"{_of(summary.frames_failed, 'frame')} did not decode: see failed_frames.json")
    if empty := summary.shots_without_characters:
        more = f" and {len(empty) - SHOWN} more" if len(empty) > SHOWN else ""
        show_line(f"nobody in {', '.join(empty[:SHOWN])}{more}")
    if not summary.tracks:
        show_line("no character was found; a smaller --min-size or another --model finds more")


def show_cast(found: ClusteringMetadata) -> None:
    """Write who was recognised, and who was not."""
    rows = [
        [c.name, str(c.instances), str(c.tracks), str(c.shots), f"{c.cohesion:.2f}"]
        for c in found.characters
    ]
    if rows:
        show_table(["character", "pictures", "tracks", "shots", "cohesion"], rows)
    if found.noise_tracks:
        show_line(f"nobody's: {_of(found.noise_instances, 'picture')} "
                  f"of {_of(found.noise_tracks, 'track')}")  # fmt: skip
    _show_missing(found)


def show_sheets(folder: Path, name: str | None, *, as_json: bool) -> None:
    """Write where the contact sheets lie, the tracks that are unsure, and who was not found."""
    if not (folder / METADATA).is_file():
        raise AskedWrongly(f"{folder}: no characters were recognised there yet",
                           hint=f"animstudio characters cluster {folder.parent}")  # fmt: skip
    found = read_record(ClusteringMetadata, folder / METADATA)
    names = [character.name for character in found.characters]
    if found.noise_tracks:
        names.append(NOISE)
    if name in found.unseen:
        raise AskedWrongly(f"'{name}' is in no shot, so there is no sheet of them")
    if name is not None and name not in names:
        raise AskedWrongly(f"no character '{name}'{nearest(name, names)}")
    chosen = [name] if name else names
    unsure = [v for v in found.tracks if v.character in chosen and v.margin < UNSURE]
    if as_json:
        write_json({
            "sheets": {one: str(folder / one / PAGE) for one in chosen},
            "unsure": [v.model_dump(mode="json") for v in unsure],
            "unseen": found.unseen,
            "notes": found.notes,
        })  # fmt: skip
        return
    for one in chosen:
        show_line(f"{one}: {folder / one / PAGE}")
    for verdict in unsure:
        show_line(f"worth a look: {verdict.track} ({verdict.character}, {verdict.margin:.2f})")
    if name is None:
        _show_missing(found)


def _show_missing(found: ClusteringMetadata) -> None:
    for name in found.unseen:
        show_line(f"{name}: in no shot")
    for note in found.notes:
        show_line(note)


def _of(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
