"""How a folder of documents is taken into a knowledge base."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from animstudio.kernel.spec import RUNTIME, Spec


class SyncSpec(Spec):
    """How a folder of documents is taken into a knowledge base."""

    pattern: str = "**/*"
    """Files that are documents."""
    strict: Annotated[bool, RUNTIME] = False
    """Stop at the first file that cannot be read, instead of reporting and passing over it."""
    batch_size: Annotated[int, Field(ge=1, le=4096), RUNTIME] = 32
    """Chunks that each processor embeds between two reports of progress."""
