"""Stage 3: what is known of films becomes a knowledge base, and costs only itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command

from .film_runs import BASE, Desk, make_film, results, tone

SRT = """1
00:00:00,200 --> 00:00:00,900
Silenzio, Bruno!

2
00:00:01,100 --> 00:00:01,900
Giulia, hand me the wrench.
"""


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    make_film(tmp_path / "films" / "one.mp4", seed=1, sound=tone(2))
    return Desk(tmp_path / "films", tmp_path / "out", capsys)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def asked(desk: Desk, *words: str) -> list[dict[str, Any]]:
    code = run_command(app, ["kb", "query", *words, "--kb-dir", str(desk.out / BASE), "--json"])
    told = desk.capsys.readouterr()
    assert code == 0, told.err
    found: list[dict[str, Any]] = json.loads(told.out)
    return found


def gathered(desk: Desk) -> dict[str, str]:
    """Path and kind of every gathered document; each is there."""
    folder = desk.out / "rag" / "documents"
    entries = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert entries["complete"]
    assert all((folder / each["path"]).is_file() for each in entries["documents"])
    return {each["path"]: each["kind"] for each in entries["documents"]}


def written(desk: Desk) -> dict[Path, int]:
    """When each gathered document and each file of the knowledge base was written."""
    files = [path for path in (desk.out / "rag").rglob("*") if path.is_file()]
    return {path: path.stat().st_mtime_ns for path in files if path.parent.name != ".writing"}


def summary(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((desk.out / "rag_summary.json").read_text("utf-8"))
    return found


def stages(desk: Desk) -> dict[str, str]:
    found: dict[str, str] = json.loads((desk.out / "execution_metadata.json").read_text("utf-8"))[
        "stages"
    ]
    return found


def test_a_film_without_documents_yields_its_own_analysis(desk: Desk) -> None:
    ended = desk.run()
    assert ended.code == 0
    assert "Stage 3 (rag): 5 documents" in ended.said
    assert set(gathered(desk).values()) == {"analysis", "film"}
    found = asked(desk, "green picture", "--where", "scene=2")
    assert [hit["citation"]["scene"] for hit in found] == [2]
    cited = found[0]["citation"]
    assert cited["path"] == "analysis/scenes/one.json"
    assert (cited["begin"], cited["stop"]) == (1.0, 2.0)
    assert "Scene 2, 00:00:01.000 to 00:00:02.000" in found[0]["text"]
    told = summary(desk)
    assert told["completed"] and told["failed"] == [] and told["passed_over"] == []
    assert told["cpu_only"]["CUDA_VISIBLE_DEVICES"] == ""
    assert os.getpid() in told["cpu_only"]["proved_of_processes"]
    assert stages(desk) == {"prepare": "completed", "analyze": "completed", "rag": "completed"}
    assert "stage did not" not in (desk.out / "report.html").read_text("utf-8")


def test_documents_and_subtitles_are_cited_where_they_stand(desk: Desk) -> None:
    write(desk.films / "one.it.srt", SRT)
    write(desk.films / "two.srt", SRT)  # of no film here
    write(desk.films / "documents" / "one" / "deep" / "people.md", "# Luca\n\nA sea monster.\n")
    write(desk.out / "documents" / "t" / "boats.txt", "The Vespa is a scooter, not a boat.\n")
    more = write(desk.out.parent / "more" / "wrench.md", "A wrench turns bolts.\n").parent
    write(desk.films / "documents" / "other" / "none.md", "About another film.\n")
    (more / "still.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert desk.run("--documents", str(more)).code == 0
    kinds = gathered(desk)
    assert {path for path, kind in kinds.items() if kind == "document"} == {
        "documents/one/deep/people.md", "documents/t/boats.txt", "documents/more/wrench.md",
    }  # fmt: skip
    assert [path for path, kind in kinds.items() if kind == "subtitles"] == ["subtitles/one.it.srt"]
    best = asked(desk, '"Silenzio, Bruno"')[0]["citation"]
    assert (best["path"], best["begin"]) == ("subtitles/one.it.srt", 0.2)
    assert asked(desk, "what is a Vespa?")[0]["citation"]["path"] == "documents/t/boats.txt"
    assert [each["file"] for each in summary(desk)["passed_over"]] == [str(more / "still.png")]


def test_a_second_run_reads_nothing_anew(desk: Desk) -> None:
    desk.run()
    before = written(desk)
    ended = desk.run()
    assert ended.code == 0
    assert "nothing changed: 5 documents stand, nothing was read anew" in ended.said
    assert written(desk) == before


def test_what_changed_and_what_is_gone(desk: Desk) -> None:
    notes = write(desk.films / "documents" / "one" / "notes.md", "Bruno is a voice.\n")
    make_film(desk.films / "two.mp4", seed=2)
    desk.run()
    assert {path for path in gathered(desk) if "two" in path} == {
        "analysis/scenes/two.json", "analysis/camera/two.json", "analysis/composition/two.json",
        "analysis/sound/two.json", "films/two.json",
    }  # fmt: skip
    write(notes, "Bruno is the voice of doubt.\n")
    (desk.films / "two.mp4").unlink()
    assert desk.run().code == 0
    assert not [path for path in gathered(desk) if "two" in path]
    assert not list((desk.out / "rag" / "documents").rglob("two*"))
    assert (summary(desk)["done"]["changed"], summary(desk)["done"]["removed"]) == (1, 5)
    assert "doubt" in asked(desk, "Bruno")[0]["text"]
    notes.unlink()
    desk.run(verb="rag")
    assert "documents/one/notes.md" not in gathered(desk)
    assert not (desk.out / "rag" / "documents" / "documents").exists()


def test_the_stage_alone_gives_the_same_files(desk: Desk, tmp_path: Path) -> None:
    write(desk.films / "documents" / "one" / "notes.md", "Bruno is a voice.\n")
    desk.run()
    alone = Desk(desk.films, tmp_path / "alone", desk.capsys)
    assert alone.run(verb="prepare").code == alone.run(verb="analyze").code == 0
    ended = alone.run(verb="rag")
    assert ended.code == 0 and "Stage 3 (rag): 6 documents" in ended.said
    assert results(desk.out).keys() == results(alone.out).keys()
    ours = {name: each for name, each in results(alone.out).items() if name.startswith("rag")}
    assert ours.items() <= results(desk.out).items()
    assert stages(alone) == {"rag": "completed"}
    assert ended.of("run.ended")[0]["status"] == "completed"


def test_analysis_of_shots_that_are_no_more_is_left_out(desk: Desk) -> None:
    desk.run()
    desk.run("--min-shot", "1.5", verb="prepare")
    assert desk.run(verb="rag").code == 0
    assert {path for path in gathered(desk) if path.startswith("analysis")} == {
        "analysis/sound/one.json"
    }
    assert "film analyze" in summary(desk)["passed_over"][0]["reason"]


def test_a_failure_costs_stage_3_alone(desk: Desk) -> None:
    write(desk.out / "rag" / "knowledge_base", "not a folder")
    ended = desk.run()
    assert ended.code == 1
    assert "Stage 3 (rag) FAILED" in ended.said and "film rag t" in ended.said
    index = json.loads((desk.out / "dataset_index.json").read_text("utf-8"))
    assert index["completed"]
    found = stages(desk)
    assert found["prepare"] == found["analyze"] == "completed"
    assert found["rag"].startswith("failed: ")
    assert "1 stage did not finish" in (desk.out / "report.html").read_text("utf-8")
    assert not (desk.out / "rag_summary.json").exists()
    (desk.out / "rag" / "knowledge_base").unlink()
    assert desk.run(verb="rag").code == 0


def test_a_document_that_cannot_be_read_is_named(desk: Desk) -> None:
    write(desk.films / "documents" / "one" / "broken.json", '{"a": ')
    ended = desk.run()
    assert ended.code == 1
    assert "broken.json" in ended.said and "broken JSON" in ended.said
    assert not summary(desk)["completed"]
    assert asked(desk, "scene")


def test_what_somebody_put_there_stays(desk: Desk) -> None:
    write(desk.films / "documents" / "one" / "notes.md", "Bruno is a voice.\n")
    folder = desk.out / "rag" / "documents" / "documents" / "one"
    mine = write(folder / "mine.md", "My own words on pasta.\n")
    write(folder / "notes.md", "Stood here before.\n")
    desk.run()
    assert asked(desk, "pasta")[0]["citation"]["path"] == "documents/one/mine.md"
    assert (folder / "notes.md.kept1").read_text() == "Stood here before.\n"
    (desk.films / "documents" / "one" / "notes.md").unlink()
    desk.run(verb="rag")
    assert mine.is_file() and not (folder / "notes.md").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--documents", "nowhere"], "nowhere"),
        (["--embedding-model", "sentence-transformers/all-MiniLM-L6-v3"], "did you mean"),
    ],
)
def test_what_is_asked_wrongly_is_told_before_anything_is_decoded(
    desk: Desk, words: list[str], said: str
) -> None:
    ended = desk.run(*words)
    assert ended.code == 2 and said in ended.talked
    assert not (desk.out / "dataset_index.json").exists()


def test_stage_3_needs_stage_1(desk: Desk) -> None:
    ended = desk.run(verb="rag")
    assert ended.code == 2 and "film prepare" in ended.talked


def test_an_output_folder_that_moves_takes_its_knowledge_base_along(desk: Desk) -> None:
    desk.run()
    moved = Desk(desk.films, desk.out.rename(desk.out.with_name("elsewhere")), desk.capsys)
    ended = moved.run()
    assert ended.code == 0
    assert "nothing changed: 5 documents stand" in ended.said
    root = asked(moved, "scene")[0]["citation"]["root"]
    assert root == str(moved.out / "rag" / "documents")
