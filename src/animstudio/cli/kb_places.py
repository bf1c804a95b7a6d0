"""Where a knowledge base is looked for, and where the machine keeps models and caches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.settings import Settings, read_settings
from animstudio.knowledge.store.store import FILE

Base = Annotated[Path | None, Parameter(name="--kb-dir")]

PLACES: Final = (".", "knowledge_base", "rag/knowledge_base")
"""Where a knowledge base is looked for, below the working folder, when none is named."""


def found_base(kb_dir: Path | None) -> Path:
    """Return the knowledge base that is meant. Raises AskedWrongly where there is none."""
    if kb_dir is not None:
        return kb_dir
    for place in PLACES:
        if Path(place, FILE).is_file():
            return Path(place)
    looked = ", ".join(PLACES)
    raise AskedWrongly(
        f"no knowledge base here (looked in {looked})",
        hint="name one with --kb-dir, or make one: animstudio kb build",
    )


def folders() -> Settings:
    """Return where this machine keeps models and caches."""
    return read_settings(cwd=Path.cwd(), environment=os.environ)
