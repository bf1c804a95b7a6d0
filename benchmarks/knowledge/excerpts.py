"""Do the passages that are returned hold the sentences that answer?

Excerpt recall: of the characters of the excerpts that answer a question, the share that stands in
the best chunks, taken in order until they have 2048 tokens. Texts, questions and excerpts of
Smith and Troynikov, Evaluating Chunking Strategies for Retrieval, 2024 (MIT).
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.embed import DEFAULT_MODEL
from animstudio.knowledge.opening import load_model
from animstudio.knowledge.search.spec import Mode, SearchSpec

BUDGET = 2048
MODES: tuple[Mode, ...] = ("hybrid", "dense", "bm25")


def excerpt_recall(
    folder: Path, machine: Folders, chunks: ChunkSpec, every: int = 1
) -> dict[str, Any]:
    """Return the recall of each mode, and how many chunks were cut."""
    with (folder / "questions.csv").open(encoding="utf-8", newline="") as file:
        questions = list(csv.DictReader(file))[::every]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "texts").mkdir()
        for text in {f"{row['corpus_id']}.md" for row in questions}:
            shutil.copy(folder / text, place / "texts" / text)
        embedder = load_model(DEFAULT_MODEL, machine)
        base, _ = KnowledgeBase.build(
            place / "base", place / "texts", machine, chunks=chunks, embedder=embedder
        )
        tokens = cache(lambda text: len(embedder.offsets(text)))
        with base:
            found: dict[str, Any] = {
                mode: round(
                    sum(_recall(base, row, mode, tokens) for row in questions) / len(questions), 4
                )
                for mode in MODES
            }
            return found | {"chunks": base.stats().total_chunks}


def _recall(base: KnowledgeBase, row: dict[str, str], mode: Mode, tokens: Any) -> float:
    spans, left = [], BUDGET
    for hit in base.query(row["question"], SearchSpec(mode=mode, top_k=40, merge=False)):
        left -= tokens(hit.text)
        if left < 0:
            break
        if hit.citation.path == f"{row['corpus_id']}.md":
            spans.append((hit.citation.start, hit.citation.end))
    wanted = {
        place
        for each in json.loads(row["references"])
        for place in range(each["start_index"], each["end_index"])
    }
    covered = sum(any(start <= place < end for start, end in spans) for place in wanted)
    return covered / len(wanted)
