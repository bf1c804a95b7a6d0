"""``animstudio kb eval``: how well the search finds what judges found relevant."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, get_args

from cyclopts import Parameter

from animstudio.cli.kb_places import folders
from animstudio.cli.switches import Json, Model
from animstudio.cli.tables import show_table, write_json
from animstudio.kernel.machine import Machine
from animstudio.kernel.progress_views import board_for
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.embed import DEFAULT_MODEL, Passages, load_embedder
from animstudio.knowledge.index import IndexSpec
from animstudio.knowledge.search.spec import Mode, SearchSpec

if TYPE_CHECKING:
    from animstudio.kernel.progress import Progress
    from animstudio.kernel.settings import Settings
    from animstudio.knowledge.evaluate import Judged, Quality

Cut = Annotated[ChunkSpec, Parameter(name="*", group="Chunks")]
Indexed = Annotated[IndexSpec, Parameter(name="*", group="Index")]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)


def evaluate(
    *,
    corpus: Path,
    queries: Path,
    qrels: Path,
    mode: Annotated[list[Mode], Parameter(consume_multiple=True, negative="")] = [],  # noqa: B006
    embedding_model: Model = DEFAULT_MODEL,
    as_json: Json = False,
    chunks: Cut = ChunkSpec(),
    index: Indexed = IndexSpec(),
) -> None:
    """Measure the search on a judged set: nDCG@10, recall@100 and MRR, 0 to 1.

    Files are as BEIR has them; the knowledge base for it is made in a temporary folder.

    For example:

        animstudio kb eval --corpus corpus.jsonl --queries queries.jsonl --qrels test.tsv
        animstudio kb eval --corpus c.jsonl.gz --queries q.jsonl --qrels t.tsv --mode dense

    Parameters
    ----------
    corpus
        Documents, one JSON object a line: `_id`, `text`, and `title` if there is one.
    queries
        Questions, one JSON object a line: `_id`, `text`.
    qrels
        Judgements, tab-separated under a heading: question, document, grade.
    mode
        Ways of searching to measure; all three where none is named.
    embedding_model
        Name of the model, or a folder that holds one.
    """
    from animstudio.knowledge.evaluate import read_judged

    judged = read_judged(corpus, queries, qrels)
    with board_for(sys.stderr, os.environ) as progress:
        found = _measure(
            judged, mode or MODES, embedding_model, folders(), chunks, index, progress
        )  # fmt: skip
    if as_json:
        write_json({each: asdict(quality) for each, quality in found.items()})
        return
    rows = [
        [each, f"{q.ndcg_10:.4f}", f"{q.recall_100:.4f}", f"{q.mrr:.4f}", str(q.questions)]
        for each, q in found.items()
    ]
    show_table(["mode", "nDCG@10", "recall@100", "MRR", "questions"], rows)


def _measure(
    judged: Judged,
    modes: Sequence[Mode],
    model: str,
    machine: Settings,
    chunks: ChunkSpec,
    index: IndexSpec,
    progress: Progress,
) -> dict[Mode, Quality]:
    """Put the corpus into a base of its own, and ask every question in every mode."""
    from animstudio.knowledge.base import CACHE
    from animstudio.knowledge.embed.cache import VectorCache
    from animstudio.knowledge.evaluate import evaluate as ask
    from animstudio.knowledge.evaluate import fill
    from animstudio.knowledge.search.searcher import Searcher
    from animstudio.knowledge.store import Store

    threads = Machine().cpus()
    embedder = load_embedder(model, models=machine.models, cache=machine.cache, threads=threads)
    vectors = VectorCache(machine.cache / CACHE, embedder.fingerprint, embedder.dimensions)
    with tempfile.TemporaryDirectory(prefix="animstudio-eval-") as place:
        store = Store(Path(place), write=True)
        searcher = Searcher(store, lambda: embedder, index)
        try:
            fill(store, judged, Passages(embedder, vectors), chunks, index, progress)
            task = progress.task("Asking", len(modes) * len(judged.queries), "questions")
            found = {}
            for mode in dict.fromkeys(modes):
                found[mode] = ask(store, searcher, judged, SearchSpec(mode=mode))
                task.advance(len(judged.queries))
            task.finish()
        finally:
            searcher.close()
            store.close()
            vectors.close()
    return found
