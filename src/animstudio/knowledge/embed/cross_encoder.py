"""A cross-encoder out of a local folder: it reads a question together with each passage.

Slower than vectors by far, and better at the order of the few best (Nogueira and Cho, Passage
Re-ranking with BERT, 2019). With the `models` extra.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from animstudio.kernel.errors import AskedWrongly, MissingExtra, nearest
from animstudio.knowledge.embed.sentence_transformer import is_model_folder


class CrossEncoderModel:
    """Scores passages for a question, higher is better. Nothing is loaded before it is used."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder = folder
        self._threads = max(1, threads)

    def __call__(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return a score for each passage; what is longer than the model reads is cut there."""
        pairs = [(query, passage) for passage in passages]
        scores = self._model.predict(pairs, batch_size=8, show_progress_bar=False)
        return [float(score) for score in scores]

    @cached_property
    def _model(self) -> Any:
        try:
            import torch
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise MissingExtra(f"the reranker {self._folder}", "models") from error
        torch.set_num_threads(self._threads)
        try:
            model = CrossEncoder(str(self._folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise AskedWrongly(
                f"{self._folder}: not a model that can be loaded: {reason}"
            ) from error
        if model.num_labels != 1:
            raise AskedWrongly(
                f"{self._folder}: gives {model.num_labels} numbers for a passage, not one score",
                hint="a reranker is a cross-encoder with one label",
            )
        return model


def load_reranker(name: str, *, models: Path, threads: int) -> CrossEncoderModel:
    """Return the cross-encoder in a folder: its path, or its name below `models`.

    Raises AskedWrongly, naming the nearest one, if there is no such folder.
    """
    for folder in (Path(name).expanduser(), models / name):
        if is_model_folder(folder):
            return CrossEncoderModel(folder, threads)
    found = {mark.parent for depth in ("*", "*/*") for mark in models.glob(f"{depth}/config.json")}
    choices = sorted(folder.relative_to(models).as_posix() for folder in found)
    raise AskedWrongly(
        f"no reranker '{name}'{nearest(name, choices)}",
        hint=f"name the folder of a cross-encoder, or one in {models}",
    )
