"""How fast texts are embedded, and what a small change of a base costs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import peers
from measuring import folders, timed, write_texts

from animstudio.kernel.machine import Machine
from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.embed import DEFAULT_MODEL
from animstudio.knowledge.evaluate import Judged
from animstudio.knowledge.opening import load_model

WINDOW = 256
"""Tokens that sentence-transformers reads of a text with this model, two of them special."""
TURNS = 3


def embedding(texts: list[str], machine: Folders) -> dict[str, Any]:
    """Return tokens a second and cosines, ours and sentence-transformers', in turns."""
    ours = load_model(DEFAULT_MODEL, machine)
    texts = [_cut(text, ours.offsets(text)) for text in texts]
    tokens = sum(len(ours.offsets(text)) + 2 for text in texts)
    rates: dict[str, list[float]] = {"ours": []}
    ours.embed(texts[:4])
    theirs = peers.sentence_transformer(Machine().cpus())
    if theirs:
        theirs.encode(texts[:4])
    for _ in range(TURNS):
        spent, vectors = timed(lambda: ours.embed(texts))
        rates["ours"].append(tokens / spent)
        for size in (8, 32) if theirs else ():
            name = f"sentence-transformers, batches of {size}"
            spent, other = timed(
                lambda size=size: theirs.encode(
                    texts, batch_size=size, normalize_embeddings=True, show_progress_bar=False
                )
            )
            rates.setdefault(name, []).append(tokens / spent)
    found: dict[str, Any] = {f"{name}, tokens/s": round(max(each)) for name, each in rates.items()}
    if theirs:
        cosines = (np.concatenate(vectors) * other).sum(axis=1)
        found |= {"cosine mean": round(float(cosines.mean()), 4),
                  "cosine least": round(float(cosines.min()), 4)}  # fmt: skip
    print(found, flush=True)
    return found


def _cut(text: str, offsets: Any) -> str:
    """Return as much of a text as sentence-transformers reads."""
    room = WINDOW - 2
    return text[: offsets[room - 1][1]] if len(offsets) > room else text


def change(judged: Judged, place: Path) -> dict[str, Any]:
    """Return seconds of a build, and of a sync after one document in a hundred has changed.

    Both in this process, the model loaded before, as they are for whoever keeps a base in line.
    """
    documents, machine = write_texts(judged, place / "changing"), folders(place / "changed")
    embedder = load_model(DEFAULT_MODEL, machine)
    embedder.embed(["warm"])
    built, (base, _) = _busy(
        lambda: KnowledgeBase.build(place / "changed", documents, machine, embedder=embedder)
    )
    for number in list(judged.corpus)[::100]:
        text = judged.corpus[number]
        (documents / f"{number}.txt").write_text(f"{text} Changed.", encoding="utf-8")
    again, synced = _busy(lambda: base.sync(documents))
    base.close()
    found = {
        "documents": len(judged.corpus), "changed": synced.changed,
        "build s": round(built[0], 2), "build CPU s": round(built[1], 2),
        "sync s": round(again[0], 3), "sync CPU s": round(again[1], 3),
        "share": round(again[0] / built[0], 4), "share of CPU": round(again[1] / built[1], 4),
    }  # fmt: skip
    print(found, flush=True)
    return found


def _busy(run: Any) -> tuple[tuple[float, float], Any]:
    """Return seconds and processor seconds that something took, and what it gave."""
    began = time.process_time()
    spent, done = timed(run)
    return (spent, time.process_time() - began), done
