"""Any sentence-transformers model out of a local folder, with the `models` extra."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animstudio.kernel.errors import AskedWrongly, MissingExtra
from animstudio.kernel.files import sha256
from animstudio.knowledge.embed.windows import as_one, windows

if TYPE_CHECKING:
    from animstudio.knowledge.embed.embedder import Floats

_MARKS = ("modules.json", "config_sentence_transformers.json", "config.json")
"""A folder with one of these can be loaded."""


def is_model_folder(folder: Path) -> bool:
    """Return whether sentence-transformers could load this folder."""
    return any((folder / mark).is_file() for mark in _MARKS)


class SentenceTransformerModel:
    """Embeds with a model folder; prompts named ``query`` and ``document`` in it are used."""

    def __init__(self, name: str, folder: Path, threads: int) -> None:
        self.name = name
        self._folder = folder
        self._threads = max(1, threads)

    @cached_property
    def fingerprint(self) -> str:
        """Of every file of the folder, by name and content."""
        digest = hashlib.sha256()
        for file in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            name = file.relative_to(self._folder).as_posix()
            if not name.startswith("."):
                digest.update(f"{name}:{sha256(file)}\n".encode())
        return digest.hexdigest()

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        return int(self._model.get_embedding_dimension())

    @property
    def limit(self) -> int:
        """Tokens read at once, as the folder says."""
        return int(self._model.max_seq_length or 512)

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Return the characters each token of a text stands on."""
        found = self._tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )["offset_mapping"]
        return [(int(start), int(end)) for start, end in found]

    def embed(self, texts: Sequence[str]) -> list[Floats]:
        """Return the vectors of each text, (windows, dimensions)."""
        import numpy as np

        pieces = [(number, piece) for number, text in enumerate(texts) for piece in self._cut(text)]
        vectors = self._encode([piece for _, piece in pieces], "document")
        ends = np.cumsum(np.bincount([number for number, _ in pieces], minlength=len(texts)))
        return np.split(vectors, ends[:-1]) if texts else []

    def reads(self, text: str) -> float:
        """Return 1: nobody can tell what a folder was taught."""
        return 1.0

    def embed_query(self, text: str) -> Floats:
        """Return the vector of a question."""
        return as_one(self._encode(list(self._cut(text)), "query"))

    def _cut(self, text: str) -> list[str]:
        """Return the text in pieces that fit, however their tokens fall when they stand alone."""
        offsets = self.offsets(text)
        room = self.limit - self._special
        if len(offsets) <= room:
            return [text]
        spans = [(offsets[a][0], offsets[b - 1][1]) for a, b in windows(offsets, room)]
        pieces = [text[start:end] for start, end in spans]
        if all(len(self.offsets(piece)) <= room for piece in pieces):
            return pieces
        half = offsets[len(offsets) // 2][0]
        return [*self._cut(text[:half]), *self._cut(text[half:])] if half else pieces

    @cached_property
    def _special(self) -> int:
        prompts = [str(prompt) for prompt in (self._model.prompts or {}).values() if prompt]
        longest = max((len(self.offsets(prompt)) for prompt in prompts), default=0)
        return int(self._tokenizer.num_special_tokens_to_add()) + longest

    def _encode(self, texts: list[str], prompt: str) -> Floats:
        prompts = self._model.prompts or {}
        found: Floats = self._model.encode(
            texts,
            prompt_name=prompt if prompts.get(prompt) else None,
            batch_size=8,  # the fastest on two cores; it sorts by length itself
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return found

    @property
    def _tokenizer(self) -> Any:
        return self._model.tokenizer

    @cached_property
    def _model(self) -> Any:
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingExtra(f"the embedding model {self.name}", "models") from error
        torch.set_num_threads(self._threads)
        try:
            return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise AskedWrongly(
                f"{self._folder}: not a model that can be loaded: {reason}"
            ) from error
