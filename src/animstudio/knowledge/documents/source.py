"""What a reader is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from animstudio.knowledge.document import Block, DocumentKind
from animstudio.knowledge.documents.encoding import Decoded, decode
from animstudio.knowledge.documents.spec import ReadSpec
from animstudio.knowledge.documents.unreadable import UnreadableDocument

MIB = 1 << 20


@dataclass(frozen=True)
class Source:
    """A file in memory: where it lies, what it is called in messages, and its bytes.

    companions: the files that are read with it, by their names.
    """

    path: Path
    root: Path
    name: str
    data: bytes
    limits: ReadSpec
    companions: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def decoded(self) -> Decoded:
        """The file as text. Raises UnreadableDocument for what is none."""
        found = decode(self.data)
        if isinstance(found, str):
            raise self.refused(found)
        return found

    @property
    def text(self) -> str:
        """The file's text, line ends as they are, without a byte order mark."""
        return self.decoded.text

    def too_much_text(self) -> UnreadableDocument:
        """Return the error that says so."""
        return self.refused(
            f"more text than the {self.limits.largest_text:g} MiB that are read of a document",
            hint="raise --largest-text, or split the document",
        )

    def refused(self, reason: str, *, hint: str | None = None) -> UnreadableDocument:
        """Return the error that says why this file is no document."""
        return UnreadableDocument(self.name, reason, hint=hint)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of a file.

    kind:  where the reader found it to be something else than it was taken for.
    exact: the text is the file's own.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    language: str | None = None
    kind: DocumentKind | None = None
    exact: bool = True
