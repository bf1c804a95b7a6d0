"""Which documents belong to a film: folders of its name, and subtitles beside its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from animstudio.knowledge.documents import ReadSpec, find_documents
from animstudio.knowledge.documents.binary import signed_name
from animstudio.knowledge.documents.names import readable as readable
from animstudio.knowledge.documents.spec import USUAL
from animstudio.knowledge.gather import Piece

SUBTITLES: Final = (".srt", ".ass", ".ssa", ".vtt")
_MIB: Final = 1024 * 1024
_HEAD: Final = 1024

PassedOver = Callable[[str, str], None]
"""Told of a file that is no document, and why."""


def documents_under(
    folder: Path,
    into: str,
    film: str,
    *,
    outside: Path,
    passed_over: PassedOver,
    limits: ReadSpec = USUAL,
) -> Iterator[Piece]:
    """Yield the documents of a folder as pieces below `into`; nothing where it is not there.

    Films, pictures and archives among them, and what is too large to be a document, are passed
    over before anything is copied; so is what lies in `outside`, our own output, unless the
    folder itself does.
    """
    if not folder.is_dir():
        return
    own = outside.resolve()
    inside_own = folder.resolve().is_relative_to(own)

    def refused(path: Path, why: str) -> None:
        passed_over(readable(path), why)

    for file in find_documents(folder, passed_over=refused):
        if not inside_own and file.resolve().is_relative_to(own):
            continue
        why = _no_document(file, limits)
        if why:
            refused(file, why)
        else:
            name = readable(file.relative_to(folder))
            yield Piece(f"{into}/{name}", file, readable(file), "document", film)


def subtitles_beside(file: Path, others: Iterable[Path] = ()) -> list[Path]:
    """Return the subtitle files in a film's folder: its name, a language or more, an ending.

    ``luca.srt`` and ``luca.zh-TW.ass`` are of ``luca.mp4``. `others` are the films beside it:
    ``luca.2.srt`` is not of ``luca.mp4`` where there is a ``luca.2.mp4``.
    """
    try:
        paths = sorted(file.parent.iterdir())
    except OSError:
        return []
    longer = [
        other.stem for other in others if other.parent == file.parent and other.stem != file.stem
    ]
    longer = [stem for stem in longer if stem.startswith(f"{file.stem}.")]
    found = []
    for path in paths:
        if path.suffix.lower() not in SUBTITLES or not _is_of(path.name, file.stem):
            continue
        if not any(_is_of(path.name, stem) for stem in longer) and path.is_file():
            found.append(path)
    return found


def told_apart(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces, those that would go where another goes under a name of their own."""
    taken: set[str] = set()
    apart: list[Piece] = []
    for piece in pieces:
        path, number = piece.path, 1
        while path.casefold() in taken:
            number += 1
            there = Path(piece.path)
            path = there.with_name(f"{there.stem}_{number}{there.suffix}").as_posix()
        taken.add(path.casefold())
        apart.append(Piece(path, piece.source, piece.origin, piece.kind, piece.film))
    return apart


def _is_of(name: str, stem: str) -> bool:
    return name.startswith(f"{stem}.")


def _no_document(file: Path, limits: ReadSpec) -> str:
    """Return why a file is not even looked into; "" for what may be a document."""
    try:
        if not file.is_file():
            return "no file"
        if file.stat().st_size > limits.largest_file * _MIB:
            return f"larger than the {limits.largest_file:g} MiB that a document may have"
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError as error:
        return error.strerror or str(error)
    binary = signed_name(head) if b"%PDF-" not in head else None
    return f"not a document: {binary}" if binary else ""


def first_of_each(paths: Sequence[Path]) -> list[Path]:
    """Return folders once each, whatever names lead to them."""
    return list({path.resolve(): path for path in reversed(paths)}.values())[::-1]
