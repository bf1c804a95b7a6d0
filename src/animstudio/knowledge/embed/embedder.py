"""What the knowledge wing needs of a model that turns text into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


class Embedder(Protocol):
    """Turns text into vectors of length 1, whose dot product is their cosine."""

    @property
    def name(self) -> str:
        """As people write it."""

    @property
    def fingerprint(self) -> str:
        """Of everything that can change a vector: weights, vocabulary, pooling, the most tokens
        read at once. Vectors of two fingerprints are never mixed."""

    @property
    def dimensions(self) -> int:
        """Of a vector."""

    @property
    def limit(self) -> int:
        """Tokens that the model reads at once, its special tokens included."""

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Return the characters each token of a text stands on, special tokens left out."""

    def embed(self, texts: Sequence[str]) -> list[Floats]:
        """Return the vectors of each text, (windows, dimensions).

        A text longer than `limit` is read in windows, and nothing of it is left out. A text
        gives the same vectors whatever stands beside it.
        """

    def reads(self, text: str) -> float:
        """Return the share of a text's words that the model was taught, 0 to 1.

        What it was not taught has vectors too, and they tell nothing.
        """

    def embed_query(self, text: str) -> Floats:
        """Return the one vector (dimensions,) of a question, however long it is."""
