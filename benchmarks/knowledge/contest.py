"""Ours, and what people would write or install instead: the same files, questions and model."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import peers
from measuring import in_process, write_texts

from animstudio.knowledge.evaluate import Judged


def contest(judged: Judged, name: str, place: Path, python: str) -> dict[str, Any]:
    """Return every contestant's build, questions, nDCG@10 and memory, each in its own process."""
    documents = write_texts(judged, place / name / "documents")
    asked = place / name / "questions.json"
    asked.write_text(json.dumps(dict(judged.queries)), encoding="utf-8")
    found: dict[str, Any] = {}
    for contestant in peers.CONTESTANTS:
        home = place / name / contestant
        home.mkdir()
        result = in_process([python, peers.__file__, contestant, documents, asked, home])
        if "found" in result:
            ranked = result.pop("found")
            scores = [_ndcg([grades.get(Path(n).stem, 0) for n in ranked[query]], grades)
                      for query, grades in judged.grades.items() if query in ranked]  # fmt: skip
            result = {"nDCG@10": round(statistics.mean(scores), 4)} | result
        found[contestant] = result
        print(name, contestant, result, flush=True)
    return found


def _ndcg(gains: list[int], grades: Mapping[str, int]) -> float:
    best = sorted(grades.values(), reverse=True)[:10]
    return _discounted(gains) / _discounted(best)


def _discounted(gains: Sequence[int]) -> float:
    return float(sum(gain / np.log2(place + 1) for place, gain in enumerate(gains, 1)))
