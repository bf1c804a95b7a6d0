"""What is read of a document at most."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from animstudio.kernel.spec import Spec

Mebibytes = Annotated[float, Field(gt=0)]


class ReadSpec(Spec):
    """Limits that keep one odd file from taking the machine's memory or the night."""

    largest_file: Mebibytes = 256
    """A file larger than this is passed over unread, MiB."""
    largest_text: Mebibytes = 32
    """A document with more text than this is passed over, millions of characters (2^20); a part of
    what is packed (DOCX) may unpack to as many bytes."""
    most_pages: Annotated[int, Field(ge=1)] = 5000
    """A PDF with more pages than this is passed over."""


USUAL: Final = ReadSpec()
"""What is read where nothing is asked for."""
