"""``animstudio kb`` as a person types it: a folder of notes in, the line it stands on out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command

ROOT = Path(__file__).parents[2]

SCRIPT = """Title: The Sea

INT. HIDEOUT - DAY

Luca hides behind the old Vespa poster.

ALBERTO
Silenzio, Bruno!

EXT. PIAZZA - NIGHT

Giulia pushes her cart of fish over the stones.
"""


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANIMSTUDIO_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "my notes 筆記"
    folder.mkdir()
    (folder / "sea.fountain").write_text(SCRIPT, encoding="utf-8")
    (folder / "boats.md").write_text(
        "# Boats\n\n## Engines\n\nThe Vespa is a scooter.\n\n## Sails\n\nWind fills the canvas.\n"
    )
    return folder


def kb(*words: object) -> int:
    return run_command(app, ["kb", *map(str, words)])


def built(notes: Path) -> Path:
    out = notes.parent / "knowledge_base"
    assert kb("build", "--input-dir", notes, "--output-dir", out, "--chunk-size", 64,
              "--chunk-overlap", 16) == 0  # fmt: skip
    return out


def test_an_exact_name_is_found_where_it_stands(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built(notes)
    capsys.readouterr()
    assert kb("query", "Silenzio, Bruno", "--json") == 0
    best = json.loads(capsys.readouterr().out)[0]
    lines = SCRIPT.splitlines()
    cited = best["citation"]
    assert cited["path"] == "sea.fountain"
    assert "Silenzio, Bruno!" in lines[cited["first_line"] - 1 : cited["last_line"]]
    assert SCRIPT[cited["start"] : cited["end"]] == best["text"]


def test_what_the_model_cannot_read_is_found_by_its_words(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (notes / "海.md").write_text("# 人物\n\n路卡住在海裡。\n\nGiulia buys anchovies.\n", "utf-8")
    (notes / "scooters.txt").write_text("🛵" * 200, "utf-8")  # to an English model, like Chinese
    built(notes)
    capsys.readouterr()
    assert kb("query", "路卡", "--json") == 0
    told = capsys.readouterr()
    assert [hit["citation"]["path"] for hit in json.loads(told.out)] == ["海.md"]
    assert "reembed" in told.err
    assert kb("query", "誰騎車", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
    assert kb("query", "who buys fish?", "--json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)[0]["citation"]["path"] == "海.md" and "reembed" not in told.err


def test_a_table_for_people_names_file_line_and_heading(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built(notes)
    capsys.readouterr()
    assert kb("query", "what fills the sails?", "--where", "doc_type=markdown", "--top-k", 1) == 0
    shown = capsys.readouterr().out
    assert "boats.md:1-9 | Boats" in shown and "Wind fills the canvas." in shown
    assert "sea.fountain" not in shown


def test_a_passage_cannot_steer_the_terminal(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (notes / "odd.txt").write_text("Ugo \x1b[31mdeep\u202e sea\r\nlight\n", newline="")
    built(notes)
    capsys.readouterr()
    assert kb("query", "Ugo deep sea", "--top-k", 1) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown and "\u202e" not in shown and "\r" not in shown
    assert "Ugo \ufffd[31mdeep\ufffd sea" in shown


def test_adding_twice_changes_nothing_and_stats_say_what_is_there(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = built(notes)
    capsys.readouterr()
    assert kb("add", "--kb-dir", out, "--input-dir", notes) == 0
    assert "nothing changed; 0 chunks embedded" in capsys.readouterr().err
    assert kb("stats", "--json") == 0
    stats = json.loads(capsys.readouterr().out)
    assert stats["total_documents"] == 2
    assert stats["tokens_not_embedded"] == 0
    assert (stats["chunking_strategy"], stats["index_type"]) == ("semantic", "flat_ip")


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (notes / "noise.bin").write_bytes(bytes(range(256)) * 40)
    out = notes.parent / "knowledge_base"
    assert kb("build", "--input-dir", notes, "--output-dir", out) == 1
    assert "passed over: noise.bin: " in capsys.readouterr().err
    assert kb("query", "Vespa", "--kb-dir", out) == 0


def test_taken_out_verified_exported(notes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = built(notes)
    assert kb("remove", "boats.md", "--kb-dir", out) == 0
    assert kb("verify", "--kb-dir", out) == 0
    assert kb("export", notes.parent / "exported", "--kb-dir", out) == 0
    names = {path.name for path in (notes.parent / "exported").iterdir()}
    assert names >= {"index.faiss", "documents.json", "chunks.json", "stats.json"}
    capsys.readouterr()
    assert kb("remove", "boats.md", "--kb-dir", out) == 2
    assert "boats.md" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["query", "x"], "no knowledge base here"),
        (["query", "x", "--kb-dir", "nowhere"], "nowhere"),
        (["query", "x", "--where", "scene"], "NAME=VALUE"),
        (["query", "x", "--reranker", "nobody"], "no reranker 'nobody'"),
        (["build", "--input-dir", "nowhere", "--output-dir", "kb"], "nowhere"),
        (
            ["build", "--input-dir", ".", "--output-dir", "kb", "--chunk-size", "64"],
            "error: --chunk-size 64: an overlap of 128 tokens is too much",
        ),
    ],
)
def test_what_is_asked_wrongly(
    notes: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert kb(*words) == 2
    assert said in capsys.readouterr().err


def test_the_scenario_s_command(notes: Path) -> None:
    command = [sys.executable, "-m", "scripts.scenarios.knowledge_base_builder"]
    out = str(notes.parent / "kb")
    words = ["build", "--input-dir", str(notes), "--output-dir", out, "--chunking-strategy",
             "semantic", "--chunk-size", "512", "--chunk-overlap", "128", "--embedding-model",
             "sentence-transformers/all-MiniLM-L6-v2", "--index-type", "flat_ip"]  # fmt: skip
    done = subprocess.run([*command, *words], cwd=ROOT, env=os.environ, capture_output=True,
                          text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 documents" in done.stderr
