"""What the stage takes, what it is done for, what it makes, and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from animstudio.kernel.spec import EXISTING, Spec
from animstudio.kernel.work import Committed, CorruptInput, Item, Made, Place, Work


class WordcountSpec(Spec):
    """How words are counted."""

    folder: Annotated[Path, EXISTING]
    """The folder with the texts."""
    shortest: Annotated[int, Field(ge=1)] = 1
    """Letters that a word has at least."""


class Wordcount(BaseModel):
    """What later stages can refer to: ``{words.total}``, ``{words.files}``."""

    total: int
    files: list[Path]


def count_words(text: str, spec: WordcountSpec) -> int:
    """Return how many words a text has; the plain function, for a notebook."""
    return sum(len(word) >= spec.shortest for word in text.split())


def items(spec: WordcountSpec, place: Place) -> Sequence[Item]:
    """Return one item a text, so that a new text is the only one that is counted."""
    return [Item(path.stem, {"text": path}) for path in sorted(spec.folder.glob("*.txt"))]


def make(item: Item, spec: WordcountSpec, work: Work) -> Made:
    """Count one text; runs in a worker process, and writes only into its drafts."""
    try:
        text = item.inputs["text"].read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CorruptInput(f"{item.name} is no text: {error}") from error
    words = count_words(text, spec)
    draft = work.draft("count")
    draft.write_text(f"{words}\n")
    return Made({f"{work.stage}/{item.name}.count": draft}, {"words": words})


def gather(spec: WordcountSpec, committed: Sequence[Committed], root: Path) -> Wordcount:
    """Return what the stage as a whole came to, from what stands."""
    files = [root / path for one in committed for path in one.outputs]
    return Wordcount(total=sum(int(str(one.facts["words"])) for one in committed), files=files)
