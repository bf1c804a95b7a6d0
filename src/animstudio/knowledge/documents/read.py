"""Reading a document: what may be read, what it is, its reader, and what is wrong with it."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import Final

from animstudio.knowledge.document import Document, DocumentKind
from animstudio.knowledge.documents.binary import signed_name
from animstudio.knowledge.documents.companions import companions
from animstudio.knowledge.documents.detect import detect
from animstudio.knowledge.documents.formats import FORMATS
from animstudio.knowledge.documents.names import readable
from animstudio.knowledge.documents.source import MIB, Reading, Source
from animstudio.knowledge.documents.spec import USUAL, ReadSpec
from animstudio.knowledge.documents.unreadable import UnreadableDocument
from animstudio.knowledge.documents.wording import language_of

_HEAD: Final = 1024
_REFUSALS: Final = {
    errno.ENOENT: "it is not there (any more)",
    errno.EACCES: "no permission to read it",
    errno.EPERM: "no permission to read it",
    errno.ELOOP: "a link that leads around in a circle",
    errno.ENAMETOOLONG: "its name is too long",
    errno.EISDIR: "a folder, not a file",
}


def read_document(path: Path, root: Path, limits: ReadSpec = USUAL) -> Document:
    """Return a file as a document; its path is taken relative to `root`.

    Raises UnreadableDocument, with one line that says why, for whatever is wrong with it.
    """
    name = _name(path, root)
    data = _bytes(path, name, limits)
    others = {other.relative_to(root).as_posix(): other for other in companions(path, root)}
    beside = {label: _bytes(other, label, limits) for label, other in others.items()}
    source = Source(path, root, name, data, limits, beside)
    format = FORMATS[detect(source)]
    try:
        reading = format.load()(source)
    except RecursionError:
        raise source.refused("nested too deeply") from None
    return _document(source, reading, reading.kind or format.kind)


def content_digest(path: Path, root: Path) -> str:
    """Return the sha256 that `read_document` gives, without reading it as a document.

    It is that of the file's bytes, and of the files that are read with it (`companions`).
    Raises OSError.
    """
    digest = hashlib.sha256()
    for file in (path, *companions(path, root)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _document(source: Source, reading: Reading, kind: DocumentKind) -> Document:
    _check_text(source, reading)
    digest = hashlib.sha256(source.data)
    for data in source.companions.values():
        digest.update(data)
    known = all(block.line is not None for block in reading.blocks)
    return Document(
        path=source.name,
        kind=kind,
        text=reading.text,
        blocks=reading.blocks,
        title=reading.title or readable(Path(source.path.stem)),
        language=reading.language or language_of(reading.text),
        sha256=digest.hexdigest(),
        bytes=len(source.data),
        exact=reading.exact,
        lines=reading.exact or known,
        read_with=tuple(source.companions),
        encoding=source.decoded.encoding if reading.exact else "",
    )


def _check_text(source: Source, reading: Reading) -> None:
    if not reading.text.strip():
        raise source.refused("there is no text in it")
    if len(reading.text) > source.limits.largest_text * MIB:
        raise source.too_much_text()


def _name(path: Path, root: Path) -> str:
    inside = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    if inside == Path():
        inside = Path(path.name)
    return readable(inside).replace(os.sep, "/")


def _bytes(path: Path, name: str, limits: ReadSpec) -> bytes:
    """Return a file's content, its size known before anything is read."""
    try:
        look = path.stat()
        if not stat.S_ISREG(look.st_mode):
            raise UnreadableDocument(name, _no_file(look.st_mode))
        with path.open("rb") as file:
            data = file.read(min(_HEAD, look.st_size))
            _check_head(name, data, look.st_size, limits)
            # A file that grows while it is read (a log) is taken as long as it was.
            data += file.read(look.st_size - len(data))
    except OSError as error:
        why = _REFUSALS.get(error.errno or 0, error.strerror or str(error))
        raise UnreadableDocument(name, why) from None
    if not data:
        raise UnreadableDocument(name, "the file is empty")
    return data


def _check_head(name: str, head: bytes, size: int, limits: ReadSpec) -> None:
    """Refuse films and pictures by their first bytes, and the rest by its size, still unread."""
    binary = signed_name(head) if b"%PDF-" not in head else None
    if binary:
        raise UnreadableDocument(name, f"not a document: {binary}")
    if size > limits.largest_file * MIB:
        raise UnreadableDocument(
            name,
            f"{_amount(size)}, more than the {_amount(limits.largest_file * MIB)} "
            "that a document may have",
            hint="raise --largest-file, or split the file",
        )


def _no_file(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder, not a file"
    return "a pipe, socket or device, not a file"


def _amount(size: float) -> str:
    return f"{size / MIB / 1024:.3g} GiB" if size >= 1024 * MIB else f"{size / MIB:.3g} MiB"
