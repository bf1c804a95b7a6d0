"""Opening what is packed or marked up by others: bounded, and deaf to its tricks.

A part of an archive is unpacked up to a limit and no further, whatever size it claims. XML may
declare no document type, so no entity grows and nothing outside the file is read; and it may not
be nested deeper than any honest document is.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import Any, Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from animstudio.knowledge.documents.source import MIB, Source

_DEEPEST: Final = 400


class _Refused(Exception):
    """Raised inside expat's callbacks."""


def part(source: Source, archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return a part of an archive, None where there is none. Raises UnreadableDocument."""
    limit = int(source.limits.largest_text * MIB)
    try:
        with archive.open(name) as file:
            data = file.read(limit + 1)
    except KeyError:
        return None
    except RuntimeError:
        raise source.refused("it is encrypted") from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
    ) as error:  # a directory may send the reader before the file's beginning
        raise source.refused(f"broken: {name} does not unpack ({error})") from None
    if len(data) > limit:
        raise source.refused(
            f"{name} unpacks to more than {source.limits.largest_text:g} MiB",
            hint="raise --largest-text, or split the document",
        )
    return data


def xml(source: Source, data: bytes, name: str = "") -> Element:
    """Return the root of an XML text, names as ``{namespace}tag``. Raises UnreadableDocument."""
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise _Refused("nested too deeply")
        builder.start(_name(tag), {_name(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(tag))

    def doctype(*_: Any) -> None:
        raise _Refused("it declares a document type, which may hide entities")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    where = f"{name}: " if name else ""
    try:
        parser.Parse(data, True)
        return builder.close()
    except _Refused as refused:
        raise source.refused(f"{where}{refused}") from None
    except expat.ExpatError as error:
        raise source.refused(f"broken: {where}{error}") from None


def _name(name: str) -> str:
    return "{" + name if "}" in name else name
