"""A chunk: a stretch of a document that is found, shown and cited as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from animstudio.kernel.spec import Spec

Offsets = Callable[[str], Sequence[tuple[int, int]]]
"""A tokenizer: returns the characters each token of a text stands on, in order."""

SPECIAL_TOKENS = 2
"""Tokens that a model adds around every text, and that a chunk's size includes."""

Strategy = Literal["fixed_size", "sentence", "sliding_window", "semantic"]


class ChunkSpec(Spec):
    """How documents are cut into chunks."""

    chunking_strategy: Strategy = "semantic"
    """`semantic` cuts where the structure does (headings, paragraphs, symbols, scenes), `sentence`
    between sentences, `fixed_size` and `sliding_window` anywhere between words."""
    chunk_size: Annotated[int, Field(ge=8, le=32768)] = 512
    """Tokens of a chunk at most, the two that the model adds included."""
    chunk_overlap: Annotated[int, Field(ge=0, le=16384)] = 128
    """Tokens of a chunk that the next one repeats at most."""

    @model_validator(mode="after")
    def _moves_on(self) -> ChunkSpec:
        most = (self.chunk_size - SPECIAL_TOKENS) * 3 // 4
        if self.chunk_overlap > most:
            raise ValueError(
                f"an overlap of {self.chunk_overlap} tokens is too much for chunks of "
                f"{self.chunk_size}: at most {most}"
            )
        return self


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document's text, ``text == document.text[start:end]``, and where it stands.

    first_line, last_line: from 1; lines of the file where `Document.lines` says so, else of the
                  document's text.
    tokens:       of the text, the model's special tokens included.
    headings:     the path of headings above its beginning; where it begins with headings, they
                  are the end of the path.
    page, last_page, scene, last_scene: the first and last that it covers.
    symbols:      the pieces of code it covers, in order; `symbol` is the path they share, or the
                  first where they share none.
    characters:   who speaks in it, in order; `character` is the one, None where they are several.
    begin, stop:  seconds of film, from the first to the last that it covers.
    """

    start: int
    end: int
    text: str
    first_line: int
    last_line: int
    tokens: int
    headings: tuple[str, ...] = ()
    page: int | None = None
    last_page: int | None = None
    symbol: str | None = None
    symbols: tuple[str, ...] = ()
    scene: int | None = None
    last_scene: int | None = None
    begin: float | None = None
    stop: float | None = None
    character: str | None = None
    characters: tuple[str, ...] = ()
