"""``animstudio kb eval`` on a set so small that its measures are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command

CORPUS = {
    "boat": "A boat with a sail crosses the bay in the wind.",
    "vespa": "The Vespa is a scooter with two wheels.",
    "pasta": "Trenette al pesto is a dish of pasta with basil.",
}
QUERIES = {"q1": "scooter with wheels", "q2": "a dish with basil", "q3": "nobody judged this"}


@pytest.fixture
def judged(tmp_path: Path) -> list[str]:
    for name, rows in (("corpus", CORPUS), ("queries", QUERIES)):
        lines = [json.dumps({"_id": key, "text": text}) for key, text in rows.items()]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = ["query-id\tcorpus-id\tscore", "q1\tvespa\t1", "q2\tpasta\t2", "q2\tnever\t1"]
    (tmp_path / "qrels.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    files = {"corpus": "corpus.jsonl", "queries": "queries.jsonl", "qrels": "qrels.tsv"}
    return [word for flag, file in files.items() for word in (f"--{flag}", str(tmp_path / file))]


def test_measures_of_every_mode(judged: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(app, ["kb", "eval", *judged, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["hybrid", "dense", "bm25"]
    # q1 is answered in full; of q2's two documents the set holds one, which comes first.
    expected = {"ndcg_10": 0.8801, "recall_100": 0.75, "mrr": 1.0, "questions": 2}
    assert found["hybrid"] == found["dense"] == found["bm25"] == expected


def test_a_table_of_one_mode(judged: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(app, ["kb", "eval", *judged, "--mode", "bm25"]) == 0
    told = capsys.readouterr()
    assert "nDCG@10" in told.out and "0.8801" in told.out and "dense" not in told.out


def test_what_is_no_judged_set(judged: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(judged[1]).write_text("{}\n")
    assert run_command(app, ["kb", "eval", *judged]) == 2
    assert "corpus.jsonl" in capsys.readouterr().err
