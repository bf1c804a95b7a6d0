"""How well a knowledge base finds what judges found relevant: nDCG@10, recall@100, MRR.

Files as BEIR has them (Thakur et al., 2021): a corpus and questions as JSONL (``_id``, ``text``,
``title``), judgements as TSV (question, document, grade).
"""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.progress import Progress, Reporter, ignore
from animstudio.knowledge.chunk import ChunkSpec, chunk_document
from animstudio.knowledge.document import Block, Document
from animstudio.knowledge.embed import Passages
from animstudio.knowledge.index import IndexSpec, generation
from animstudio.knowledge.search.searcher import Searcher
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.store import Store
from animstudio.knowledge.store.postings import merge_segments
from animstudio.knowledge.store.writing import Ready, put

_BATCH: Final = 500
_DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """A corpus (by document), questions, and the grades of documents for each question."""

    corpus: Mapping[str, str]
    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over the questions that somebody judged, 0 to 1."""

    ndcg_10: float
    recall_100: float
    mrr: float
    questions: int


def read_judged(corpus: Path, queries: Path, qrels: Path) -> Judged:
    """Read a set. Questions without a relevant document are left out.

    Raises AskedWrongly for a file that is not as it should be.
    """
    documents = {
        row["_id"]: f"{row.get('title', '')}\n\n{row['text']}".strip() for row in _rows(corpus)
    }
    grades: dict[str, dict[str, int]] = {}
    try:
        with qrels.open(encoding="utf-8", newline="") as file:
            for query, document, grade in list(csv.reader(file, delimiter="\t"))[1:]:
                grades.setdefault(query, {})[document] = int(grade)
    except OSError as error:
        raise AskedWrongly(f"{qrels}: {error.strerror or error}") from error
    except ValueError as error:
        raise AskedWrongly(
            f"{qrels}: not judgements (question, document, grade): {error}"
        ) from error
    judged = {query: each for query, each in grades.items() if any(g > 0 for g in each.values())}
    asked = {row["_id"]: row["text"] for row in _rows(queries) if row["_id"] in judged}
    if not asked:
        raise AskedWrongly(f"{qrels}: judges none of the questions in {queries}")
    return Judged(documents, asked, judged)


def fill(store: Store, judged: Judged, passages: Passages, chunks: ChunkSpec, index: IndexSpec,
         progress: Progress = Reporter(ignore)) -> None:  # fmt: skip
    """Put a corpus into an empty store, each document under its name."""
    task = progress.task("Embedding the corpus", len(judged.corpus), "documents")
    names = list(judged.corpus)
    for start in range(0, len(names), _BATCH):
        some = names[start : start + _BATCH]
        ready = list(_ready(some, judged, passages, chunks))
        with store.writing():
            put(store, ready)
        task.advance(len(some))
    merge_segments(store)
    task.finish()
    generation.make(store, index, passages.embedder.dimensions)


def _ready(
    names: Sequence[str], judged: Judged, passages: Passages, spec: ChunkSpec
) -> Iterator[Ready]:
    cut = []
    for name in names:
        text = judged.corpus[name]
        document = Document(name, "text", text, (Block(0, len(text), "paragraph"),))
        cut.append((document, chunk_document(document, spec, passages.embedder.offsets)))
    vectors = iter(passages.embed([chunk.text for _, chunks in cut for chunk in chunks]))
    for document, chunks in cut:
        yield Ready("", document, chunks, [next(vectors) for _ in chunks])


def evaluate(store: Store, searcher: Searcher, judged: Judged, spec: SearchSpec) -> Quality:
    """Ask every question and compare; a document counts by its best chunk."""
    paths = dict(
        store.base.execute(
            "SELECT chunks.id, path FROM chunks JOIN documents ON documents.id = document"
        ).fetchall()
    )
    deep = spec.model_copy(update={"top_k": _DEPTH})
    each = []
    for query, text in judged.queries.items():
        with store.reading():
            ranked = searcher.rank(text, deep, {})
        order = list(dict.fromkeys(paths[chunk] for chunk in ranked.chunks.tolist()))
        each.append(_measure(order, judged.grades[query]))
    ndcg, recall, mrr = (sum(values) / len(each) for values in zip(*each, strict=True))
    return Quality(round(ndcg, 4), round(recall, 4), round(mrr, 4), len(each))


def _measure(order: Sequence[str], grades: Mapping[str, int]) -> tuple[float, float, float]:
    """Return nDCG@10 (gain as graded), recall@100, and 1 / the first relevant place."""
    gains = [grades.get(document, 0) for document in order[:10]]
    best = sorted(grades.values(), reverse=True)[:10]
    ndcg = _discounted(gains) / _discounted(best)
    relevant = {document for document, grade in grades.items() if grade > 0}
    recall = len(relevant & set(order[:_DEPTH])) / len(relevant)
    first = next((place for place, name in enumerate(order, 1) if name in relevant), None)
    return ndcg, recall, 1 / first if first else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file. Raises AskedWrongly naming the line."""
    number = 0
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as file
        ):
            for line in file:
                number += 1
                yield _row(json.loads(line))
    except OSError as error:
        raise AskedWrongly(f"{path}: {error.strerror or error}") from error
    except (ValueError, EOFError) as error:
        raise AskedWrongly(f"{path}: line {number}: {error}") from error


def _row(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise ValueError("no object")
    for name in ("_id", "text"):
        if name not in row:
            raise ValueError(f"no '{name}'")
    return {**row, "_id": str(row["_id"]), "text": str(row["text"])}
