"""What of a film goes into its knowledge base: analysis, facts, subtitles, documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from animstudio.film.run.paths import FilmPaths
from animstudio.film.stages.analysed import StandingOf, analysed
from animstudio.kernel.errors import StudioError
from animstudio.knowledge.belonging import (
    PassedOver,
    documents_under,
    first_of_each,
    readable,
    subtitles_beside,
    told_apart,
)
from animstudio.knowledge.gather import Piece
from animstudio.knowledge.inside import subtitles_inside
from animstudio.media.probe import FilmProbe, probe

_FACTS: Final = ("width", "height", "codec", "frames", "missing")
"""What stage 1 knows of a film that is a fact of the film, not of the run."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pieces to gather, and files that were passed over, with reasons."""

    pieces: list[Piece]
    passed_over: dict[str, str]


def film_pieces(
    out: Path,
    index: Mapping[str, Any],
    name: str,
    documents: Path | None,
    standing: StandingOf,
) -> Wanted:
    """Return what belongs to the films of stage 1's list (`index`).

    Documents are taken from ``documents/NAME`` in the input's and the output's folder, where
    NAME is a film's, its file's, or the run's, and from `documents` as a whole.
    """
    passed_over: dict[str, str] = {}
    films = {str(entry["film"]): Path(str(entry["file"])) for entry in index["films"]}
    pieces: list[Piece] = []
    for entry in index["films"]:
        film, file = str(entry["film"]), films[str(entry["film"])]
        found = analysed(film, standing)
        if "scenes" not in found:
            passed_over[f"scenes of {film}"] = (
                f"stage 2 has not run over these shots; run: animstudio film analyze {out}"
            )
        for item in found:
            path = out / FilmPaths(film).json_of(item)
            pieces.append(
                Piece(f"analysis/{item}/{film}.json", path, readable(path), "analysis", film)
            )
        told = _probed(file, passed_over.__setitem__)
        pieces.append(_facts(entry, file, told))
        pieces += _subtitles(film, file, films.values())
        if told is not None:
            pieces += subtitles_inside(
                film, file, told.subtitles, passed_over=passed_over.__setitem__
            )
    for folder, film in _folders(out, str(index["input_dir"]), name, films):
        pieces += documents_under(
            folder, f"documents/{folder.name}", film, outside=out,
            passed_over=passed_over.__setitem__,
        )  # fmt: skip
    if documents is not None:
        pieces += documents_under(
            documents, f"documents/{documents.name or 'more'}", "", outside=out,
            passed_over=passed_over.__setitem__,
        )  # fmt: skip
    return Wanted(told_apart(pieces), passed_over)


def _folders(
    out: Path, source: str, name: str, films: Mapping[str, Path]
) -> Iterator[tuple[Path, str]]:
    """Yield the folders that documents are looked for in, and the film that each is about."""
    given = Path(source) if source else out
    around = given if given.is_dir() else given.parent
    about = {name: ""}
    for film, file in films.items():
        about |= {file.stem: film, film: film}
    if len(films) == 1:
        about[name] = next(iter(films))
    roots = [around / "documents", out / "documents"]
    safe = [word for word in about if word not in ("", ".", "..") and "/" not in word]
    folders = [root / word for root in roots for word in safe]
    for folder in first_of_each([folder for folder in folders if folder.is_dir()]):
        yield folder, about[folder.name]


def _subtitles(film: str, file: Path, films: Iterable[Path]) -> Iterator[Piece]:
    for path in subtitles_beside(file, films):
        ending = path.name.removeprefix(file.stem)
        yield Piece(f"subtitles/{film}{ending}", path, readable(path), "subtitles", film)


def _probed(file: Path, passed_over: PassedOver) -> FilmProbe | None:
    """Return what a film's container says; None, and why, for one that is gone since stage 1."""
    try:
        return probe(file)
    except (StudioError, OSError) as error:
        passed_over(f"{readable(file)}, what is inside", str(error))
        return None


def _facts(entry: Mapping[str, Any], file: Path, told: FilmProbe | None) -> Piece:
    """Return what is known of a film as a whole: from stage 1, and from its file if it is there."""
    record: dict[str, Any] = {"film": entry["film"], "file": readable(Path(file.name))}
    if told is not None:
        record |= _declared(told)
    record |= {name: entry[name] for name in _FACTS if name in entry}
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    return Piece(f"films/{entry['film']}.json", text, readable(file), "film", str(entry["film"]))


def _declared(found: FilmProbe) -> dict[str, Any]:
    """Return what a film's container says of it."""
    record: dict[str, Any] = {"title": found.title} if found.title else {}
    if found.duration is not None:
        record["duration_seconds"] = round(found.duration, 3)
    record["frames_per_second"] = round(float(found.rate), 3)
    for name, tracks in (("sound", found.sound), ("subtitles", found.subtitles)):
        said = [
            " ".join(filter(None, (track.language, track.title, track.codec))) for track in tracks
        ]
        record |= {name: said} if said else {}
    return record
