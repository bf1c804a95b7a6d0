"""How much memory a build takes, and whether that grows with the text.

Text is synthesised. Embedding a gigabyte takes hours on two cores, so that is done with an
embedder that only pretends to (`fake`): reading, chunking, words, vectors, store and index are the
real ones. With the real embedder less text is taken, and the quarters of the run compared.

python memory.py MEGABYTES real|fake PLACE
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from peers import peak_megabytes

from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.embed import DEFAULT_MODEL

_WORD = re.compile(r"\w+")


class Pretended:
    """Gives vectors by chance instead of reading: 384 numbers, as the default model does."""

    name, fingerprint, dimensions, limit = "pretended", "pretended", 384, 512

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        return [found.span() for found in _WORD.finditer(text)]

    def embed(self, texts: Sequence[str]) -> list[Any]:
        return [self._one(text)[None] for text in texts]

    def reads(self, text: str) -> float:
        return 1.0

    def embed_query(self, text: str) -> Any:
        return self._one(text)

    def _one(self, text: str) -> Any:
        seed = hashlib.blake2b(text.encode(), digest_size=8).digest()
        vector = np.random.default_rng(list(seed)).normal(size=384).astype(np.float32)
        return vector / np.linalg.norm(vector)


def write_texts(folder: Path, megabytes: int) -> None:
    """Write files of 1 MB each: sentences of 50,000 made-up words, a few of them frequent."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnoprstuvwyz"))
    words = np.array(["".join(random.choice(letters, size)) for size in
                      random.integers(2, 11, 50_000)])  # fmt: skip
    for number in range(megabytes):
        chosen = words[np.minimum(random.zipf(1.2, 220_000) - 1, 49_999)].tolist()
        lines = [" ".join(chosen[start : start + 12]) + "." for start in range(0, 220_000, 12)]
        text = "\n\n".join(" ".join(lines[n : n + 6]) for n in range(0, len(lines), 6))
        (folder / f"{number}.txt").write_text(text[: 1 << 20], encoding="ascii")


class Watch(threading.Thread):
    """Notes the memory of this process twice a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: list[int] = []

    def run(self) -> None:
        process = psutil.Process()
        while True:
            self.seen.append(process.memory_info().rss >> 20)
            time.sleep(0.5)


def main() -> None:
    megabytes, kind, place = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    write_texts(place / "texts", megabytes)
    machine = Folders(models=place / "models", data=place, cache=place / "cache", state=place)
    watch = Watch()
    watch.start()
    began = time.perf_counter()
    embedder = Pretended() if kind == "fake" else None
    base, synced = KnowledgeBase.build(
        place / "base", place / "texts", machine, model=DEFAULT_MODEL, embedder=embedder
    )
    base.close()
    spent, seen = time.perf_counter() - began, watch.seen
    quarters = [max(seen[len(seen) * n // 4 : len(seen) * (n + 1) // 4 or 1], default=0)
                for n in range(4)]  # fmt: skip
    print(json.dumps({
        "text MB": megabytes, "embedder": "the real one" if kind == "real" else "pretended",
        "chunks": synced.chunks, "seconds": round(spent, 1),
        "CPU s": round(time.process_time()), "MB by quarter": quarters,
        "peak RSS MB": peak_megabytes(),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
