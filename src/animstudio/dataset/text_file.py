"""Caption files, in whatever encoding somebody wrote them."""

from __future__ import annotations

import codecs
import errno
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip

LONGEST: Final = 1 << 20
"""Bytes of a caption at most."""

_IN_PAIRS: Final = re.compile(rb"[\x80-\xff]{4}")
"""Two Asian signs in a row; Western texts hardly ever have four accents on end."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption file's text as it stands, and the encoding that it was read in.

    `sound`: whether trainers read it as it is meant: UTF-8, without a byte order mark.
    """

    text: str
    encoding: str

    @property
    def sound(self) -> bool:
        """Whether it is plain UTF-8."""
        return self.encoding == "utf-8"


def read_caption(path: Path) -> Caption:
    """Return a caption file. Raises OSError; every sequence of bytes is some text.

    A pipe would be waited for, and a device never ends: these, and what is far too long, are none.
    """
    what = path.stat()
    if not stat.S_ISREG(what.st_mode) or what.st_size > LONGEST:
        raise OSError(errno.EINVAL, "no caption", str(path))
    content = path.read_bytes()
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return Caption(content.decode(encoding), encoding)
            except UnicodeDecodeError:
                break
    for encoding in ("utf-8", "shift_jis", "gb18030", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        odd = _half_width(text) or (_garbled(text) and not _IN_PAIRS.search(content))
        if encoding == "utf-8" or not odd:
            return Caption(text, encoding)
    return Caption(content.decode("latin-1"), "latin-1")


def _half_width(text: str) -> bool:
    """Return whether much of a guess are half-width kana: Chinese read as Japanese looks so."""
    odd = [sign for sign in text if ord(sign) > 0x2E7F]
    return 4 * sum("\uff61" <= sign <= "\uff9f" for sign in odd) > len(odd)


def _garbled(text: str) -> bool:
    """Return whether a guess at an encoding gave single odd signs amid Latin letters.

    An accent of a Western text makes a rare Asian sign with the letter after it; a text that is
    in fact Asian has more of such signs than letters, or several in a row.
    """
    odd = sum(ord(sign) > 0x2E7F for sign in text)
    latin = sum(sign.isascii() and sign.isalpha() for sign in text)
    return 0 < odd < latin
