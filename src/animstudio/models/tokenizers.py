"""The tokenizer that lies beside a model's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from animstudio.kernel.errors import MissingExtra, WorkFailed


def tokenizer_of(folder: Path, what: str) -> Any:
    """Return it. Raises MissingExtra; WorkFailed if the folder has none that loads."""
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise MissingExtra(what, "models") from error
    try:
        return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        said = str(error).splitlines()[0]
        raise WorkFailed(f"{folder}: its tokenizer cannot be loaded: {said}") from error
