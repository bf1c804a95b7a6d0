"""Writing a file and reading it as a document; what every test of a format does."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.knowledge.document import Block, Document
from animstudio.knowledge.documents import ReadSpec, UnreadableDocument, read_document
from animstudio.knowledge.documents.spec import USUAL


def read(folder: Path, name: str, content: str | bytes, limits: ReadSpec = USUAL) -> Document:
    """Write a file into a folder and read it."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(file, folder, limits)


def refused(folder: Path, name: str, content: str | bytes, limits: ReadSpec = USUAL) -> str:
    """Return the message a file is refused with."""
    with pytest.raises(UnreadableDocument) as caught:
        read(folder, name, content, limits)
    return caught.value.message


def pieces(document: Document) -> list[tuple[str, str]]:
    """Return kind and text of every block."""
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def block(document: Document, words: str) -> Block:
    """Return the first block with these words in it."""
    return next(b for b in document.blocks if words in document.text[b.start : b.end])
