"""Files that are no text, told by their first bytes and named for people."""

from __future__ import annotations

import io
import zipfile
from typing import Final

# (bytes, where they stand, what it is). Source: the formats' own specifications.
_SIGNS: Final = (
    (b"\x89PNG\r\n\x1a\n", 0, "a PNG picture"),
    (b"\xff\xd8\xff", 0, "a JPEG picture"),
    (b"GIF87a", 0, "a GIF picture"),
    (b"GIF89a", 0, "a GIF picture"),
    (b"WEBP", 8, "a WebP picture"),
    (b"II*\0", 0, "a TIFF picture"),
    (b"MM\0*", 0, "a TIFF picture"),
    (b"8BPS", 0, "a Photoshop picture"),
    (b"v/1\x01", 0, "an OpenEXR picture"),
    (b"ftyp", 4, "a film or picture (MP4, MOV, HEIC)"),
    (b"\x1aE\xdf\xa3", 0, "a film (Matroska, WebM)"),
    (b"AVI ", 8, "a film (AVI)"),
    (b"WAVE", 8, "a sound (WAV)"),
    (b"fLaC", 0, "a sound (FLAC)"),
    (b"OggS", 0, "a sound or film (Ogg)"),
    (b"ID3", 0, "a sound (MP3)"),
    (b"\x1f\x8b", 0, "a gzip archive"),
    (b"BZh", 0, "a bzip2 archive"),
    (b"\xfd7zXZ\0", 0, "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive"),
    (b"Rar!\x1a\x07", 0, "a RAR archive"),
    (b"(\xb5/\xfd", 0, "a Zstandard archive"),
    (b"ustar", 257, "a tar archive"),
    (b"SQLite format 3\0", 0, "an SQLite database"),
    (b"\x7fELF", 0, "a program (ELF)"),
    (b"MZ\x90", 0, "a program (Windows)"),
    (b"\xcf\xfa\xed\xfe", 0, "a program (macOS)"),
    (b"\xca\xfe\xba\xbe", 0, "a program (Java or macOS)"),
    (b"\0asm", 0, "a program (WebAssembly)"),
    (b"\x93NUMPY", 0, "a NumPy array"),
    (b"PAR1", 0, "a Parquet table"),
    (b"wOF2", 0, "a font"),
    (b"OTTO", 0, "a font"),
    (b"{\\rtf", 0, "a rich text document (RTF); save it as DOCX or text"),
    (b"%!PS", 0, "a PostScript document; save it as PDF"),
)
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_PACKED: Final = (
    ("word/", "docx"),
    ("xl/", "an Excel workbook; save its sheets as CSV"),
    ("ppt/", "a PowerPoint presentation; save it as PDF"),
    ("content.xml", "an OpenDocument file; save it as DOCX or PDF"),
    ("META-INF/container.xml", "an EPUB book; save it as HTML or PDF"),
    ("AndroidManifest.xml", "a program (Android)"),
    ("archive/data.pkl", "model weights (PyTorch)"),
)


def binary_format(data: bytes) -> str | None:
    """Return "pdf" or "docx" for what can be read; None for what may be text."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    return "docx" if data.startswith(_ZIP) and _packed(data) == "docx" else None


def binary_name(data: bytes) -> str | None:
    """Return what a binary file is called by people, None for what may be text."""
    return signed_name(data) or office_name(data)


def signed_name(head: bytes) -> str | None:
    """Return what a file with these first bytes is called, where they alone tell."""
    for sign, place, name in _SIGNS:
        if head[place : place + len(sign)] == sign:
            return name
    return None


def office_name(data: bytes) -> str | None:
    """Return what a packed or compound file is called; it takes all of it to tell."""
    if data.startswith(_COMPOUND):
        # The encrypted OOXML formats are wrapped so; the stream's name is UTF-16.
        locked = "EncryptedPackage".encode("utf-16-le") in data
        return (
            "an Office document with a password"
            if locked
            else "an old Office document (.doc, .xls, .ppt); save it as DOCX, CSV or PDF"
        )
    return _packed(data) if data.startswith(_ZIP) else None


def _packed(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return "a broken ZIP archive"
    for prefix, name in _PACKED:
        if any(entry.startswith(prefix) or entry.endswith("/" + prefix) for entry in names):
            return name
    return "a ZIP archive"
