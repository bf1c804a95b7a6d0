"""How well passages are found, by mode: nDCG@10 on judged sets, excerpts on the chunking set."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from excerpts import excerpt_recall
from measuring import MODES

from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.embed import DEFAULT_MODEL
from animstudio.knowledge.evaluate import Judged, evaluate, fill
from animstudio.knowledge.index import IndexSpec
from animstudio.knowledge.opening import load_model, passages_of
from animstudio.knowledge.search.searcher import Searcher
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.store import Store


def quality(name: str, judged: Judged, machine: Folders) -> dict[str, float]:
    """Return nDCG@10 of a set by mode; a document counts by its best chunk."""
    embedder = load_model(DEFAULT_MODEL, machine)
    with passages_of(embedder, machine) as passages, tempfile.TemporaryDirectory() as place:
        store = Store(Path(place), write=True)
        fill(store, judged, passages, ChunkSpec(), IndexSpec())
        searcher = Searcher(store, lambda: embedder, IndexSpec())
        scores = {m: evaluate(store, searcher, judged, SearchSpec(mode=m)) for m in MODES}
        searcher.close()
        store.close()
    found = {mode: each.ndcg_10 for mode, each in scores.items()}
    print(name, found, flush=True)
    return found


def excerpts(folder: Path, machine: Folders, every: int) -> dict[str, Any]:
    """Return excerpt recall of the default, and of others; `every` so manieth question is asked."""
    asked = {"512/128 (default)": ChunkSpec()}
    if every == 1:
        asked |= {
            "256/64": ChunkSpec(chunk_size=256, chunk_overlap=64),
            "512/128, fixed_size": ChunkSpec(chunking_strategy="fixed_size"),
        }
    found = {
        name: excerpt_recall(folder, machine, spec, every=every) for name, spec in asked.items()
    }
    print(found, flush=True)
    return found
