"""The stage ``films``: every film is opened, its content digested, and cut into spans.

One item a film. What a film looks like decides whether it is opened again; its content decides
what follows. So one that was only touched costs a look through the file, and nothing more.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from animstudio.film.run.paths import readable
from animstudio.kernel.digests import Identity
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import sha256
from animstudio.kernel.spec import RUNTIME, Spec
from animstudio.kernel.work import Committed, CorruptInput, Item, Made, Place, Work
from animstudio.media.find import film_names, find_films
from animstudio.media.probe import FilmProbe, probe
from animstudio.media.spans import plan_spans

SPAN = Fraction(120)
"""Seconds of film in one span: what a kill can cost, a few seconds of work."""

Edges = tuple[int | None, int | None]
"""Where a span begins and ends, in ticks of the film; None at the film's own ends."""
WHOLE: Edges = (None, None)
"""A film in one piece."""


class FilmsSpec(Spec):
    """Which films are taken."""

    input: Annotated[Path | None, RUNTIME] = None
    """A film, or a folder with films in it and its subfolders."""
    files: Annotated[dict[str, Path], RUNTIME] = Field(default_factory=dict)
    """Films by name, in place of `input`."""


class Films(BaseModel):
    """What is known once films are open; but for `names`, of each film alone."""

    names: list[str] = []
    file: Path = Path()
    sha256: str = ""
    spans: list[Edges] = []
    expected: int | None = None


def film_files(spec: FilmsSpec) -> Mapping[str, Path]:
    """Return every film's file by its name. Raises AskedWrongly, and WorkFailed for none."""
    if spec.files or spec.input is None:
        return spec.files
    return {name: file.absolute() for file, name in film_names(find_films(spec.input)).items()}


def items(spec: FilmsSpec, place: Place) -> Sequence[Item]:
    """Return one item a film."""
    return [Item(name, {"file": file}, by_looks=True) for name, file in film_files(spec).items()]


def make(item: Item, spec: FilmsSpec, work: Work) -> Made:
    """Open one film. Raises UnreadableFilm, and WorkFailed for one that changes meanwhile."""
    file = item.inputs["file"]
    try:
        os.fsencode(file).decode()
    except UnicodeDecodeError as error:
        why = "its name is no valid text (UTF-8): give it another"
        raise CorruptInput(f"{readable(file)}: {why}") from error
    seen = Identity.of(file)
    facts = probe(file)
    spans = plan_spans(facts, SPAN)
    digest = sha256(file)
    if not seen.holds(file):
        raise WorkFailed(f"{file}: the file was changed or moved while it was read")
    work.know(file, digest, seen)
    edges = [[span.start, span.end] for span in spans]
    return Made(facts={"sha256": digest, "spans": edges, "expected": expected_frames(facts)})


def gather(spec: FilmsSpec, committed: Sequence[Committed], root: Path) -> Films:
    """Return the films that open."""
    return Films(names=[one.item for one in committed])


def expected_frames(film: FilmProbe) -> int | None:
    """Return how many frames a film should have, by its container; None when unknown."""
    if film.frame_count:
        return film.frame_count
    if film.duration:
        return max(1, round(film.duration * film.rate))
    return None
