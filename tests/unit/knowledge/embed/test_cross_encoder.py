"""A cross-encoder from a folder: a tiny one, its weights by chance."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.kernel.errors import AskedWrongly
from animstudio.knowledge.embed.cross_encoder import load_reranker
from animstudio.knowledge.embed.wordpiece import VOCABULARY

from ..small import build


def folder_of(place: Path, labels: int = 1) -> Path:
    """Write a cross-encoder as people download it."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("sentence_transformers")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        num_labels=labels,
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(place)
    transformers.BertTokenizer(str(VOCABULARY)).save_pretrained(place)
    return place


def test_passages_come_in_the_order_of_the_reranker(tmp_path: Path) -> None:
    folder_of(tmp_path / "models" / "tiny")
    rerank = load_reranker("tiny", models=tmp_path / "models", threads=1)
    with build(tmp_path) as base:
        hits = base.query("Giulia sells fish in the sea", rerank=rerank)
        given = [hit.scores.reranked for hit in hits]
        assert len(hits) > 1 and given == [hit.score for hit in hits]
        assert given == sorted(given, reverse=True)
        alone = rerank("Giulia sells fish in the sea", [hits[0].text])[0]
        assert given[0] == pytest.approx(alone, abs=1e-5)
        assert base.query("sea")[0].scores.reranked is None


def test_what_is_no_reranker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match=r"no reranker 'tinny'.*tiny"):
        (tmp_path / "tiny").mkdir()
        (tmp_path / "tiny" / "config.json").write_text("{}")
        load_reranker("tinny", models=tmp_path, threads=1)
    with pytest.raises(AskedWrongly, match="not a model that can be loaded"):
        load_reranker("tiny", models=tmp_path, threads=1)("a", ["b"])
    several = load_reranker(str(folder_of(tmp_path / "two", labels=2)), models=tmp_path, threads=1)
    with pytest.raises(AskedWrongly, match="not one score"):
        several("a", ["b"])
