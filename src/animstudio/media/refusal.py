"""Why a file is no film, in plain words: what FFmpeg calls "invalid data"."""

from __future__ import annotations

from pathlib import Path

from animstudio.kernel.errors import AskedWrongly, UnreadableFilm

UNKNOWN = "this is not a film in any format we know, or it is badly damaged"


def refusal(path: Path, otherwise: str = UNKNOWN) -> AskedWrongly | UnreadableFilm:
    """Return the error for a file that is no film: AskedWrongly where there is no file.

    `otherwise` is said where the file's own bytes name no cause.
    """
    try:
        if path.is_dir():
            return AskedWrongly(f"{path}: this is a folder, not a film")
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        return AskedWrongly(f"{path}: there is no such file")
    except PermissionError:
        return UnreadableFilm(path, "you have no permission to read it")
    except OSError as error:
        return UnreadableFilm(path, f"it cannot be read ({error.strerror or error})")
    if not head:
        return UnreadableFilm(path, "the file is empty")
    if not any(head):
        why = "the file begins with zeros: a download or a copy that never finished"
        return UnreadableFilm(path, why)
    if head[4:8] in _MP4 and not _has_moov(path):
        return UnreadableFilm(
            path,
            "the film is cut off: its index, which an MP4 keeps at the end (the moov atom), "
            "is missing",
            hint="copy or download it again; a recording that was interrupted needs a repair tool",
        )
    if head.lstrip(b"\xef\xbb\xbf \r\n").startswith(_PLAYLISTS):
        return UnreadableFilm(path, "this is a playlist: it names other files, and holds no film")
    if _is_text(head):
        return UnreadableFilm(path, "this is a text file, not a film")
    return UnreadableFilm(path, otherwise)


_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<MPD")

_MP4 = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


def _has_moov(path: Path) -> bool:
    """Walk an MP4's outermost boxes, as far as they go."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        place = 0
        while place + 8 <= end:
            file.seek(place)
            size, kind = int.from_bytes(file.read(4)), file.read(4)
            if kind == b"moov":
                return place + size <= end
            if size == 1:
                size = int.from_bytes(file.read(8))
            if size < 8:
                return False
            place += size
    return False


def _is_text(head: bytes) -> bool:
    """Tell text from data by its first bytes; a character cut in half at the end is fine."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode("utf-8")
    return bool(text) and all(letter.isprintable() or letter in "\t\n\r\f﻿" for letter in text)
