"""Text burnt into pictures: left out with its number, reported, and never silently unlooked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from animstudio.dataset.inspect.inspect import inspect_dataset
from animstudio.dataset.inspect.report import as_json, as_markdown, as_page
from animstudio.dataset.place import new_folder
from animstudio.dataset.prepare import prepare_dataset
from animstudio.dataset.records import Manifest, read_manifest
from animstudio.dataset.spec import InspectSpec, PrepareSpec
from animstudio.dataset.stage import prepare_models
from animstudio.models import text_finder
from tests.unit.dataset.drawn import drawing, folder_of, with_words

WITHOUT = (
    "text in the pictures (subtitles, credits, marks): not checked: "
    "pip install 'animation-ai-studio[text]'"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = folder_of(tmp_path / "luca", 4)
    with_words(drawing(20), "Where is the other fish?").save(place / "said.png")
    return place


@pytest.fixture
def extra() -> None:
    pytest.importorskip("rapidocr", reason="the extra 'text' is not installed")


@pytest.fixture
def no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_finder, "find_spec", lambda name: None)


def prepared(folder: Path, out: Path, **options: object) -> Manifest:
    spec = PrepareSpec(cluster_dirs=[folder], target_size=512, **options)  # type: ignore[arg-type]
    with new_folder(out) as drafts:
        return prepare_dataset(spec, drafts, base=out)


@pytest.mark.usefixtures("extra")
def test_a_subtitled_picture_is_left_out_with_its_number(folder: Path, tmp_path: Path) -> None:
    made = prepared(folder, tmp_path / "set")
    assert [(one.name, one.reason) for one in made.rejected] == [("said", "text")]
    gone = made.rejected[0]
    assert gone.value and gone.value > 0.005 and gone.limit == 0.001
    assert gone.said == f"text covers {gone.value:.2%} of it, 0.10% at most"
    assert {one.measured.text for one in made.pictures} == {0.0}
    assert made.not_checked == []
    assert "not checked" not in (tmp_path / "set" / "card.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("extra")
def test_it_is_taken_by_name_by_limit_and_where_nobody_looks(folder: Path, tmp_path: Path) -> None:
    kept = prepared(folder, tmp_path / "kept", keep=("said",))
    assert kept.rejected == []
    assert max(one.measured.text or 0 for one in kept.pictures) > 0.005
    assert prepared(folder, tmp_path / "wide", max_text=0.5).rejected == []
    blind = prepared(folder, tmp_path / "blind", text=False)
    assert blind.rejected == [] and {one.measured.text for one in blind.pictures} == {None}
    assert blind.not_checked == [
        "text in the pictures (subtitles, credits, marks): not checked; --text looks for it"
    ]


@pytest.mark.usefixtures("no_extra")
def test_without_the_extra_the_set_says_what_was_not_checked(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    made = prepared(folder, out)
    assert made.rejected == [] and len(made.pictures) == 5
    assert read_manifest(out).not_checked == [WITHOUT]
    assert json.loads((out / "dataset_info.json").read_text())["not_checked"] == [WITHOUT]
    for page in ("card.md", "card.html"):
        assert (out / page).read_text(encoding="utf-8").count("not checked: pip install") == 1


@pytest.mark.usefixtures("extra")
def test_the_inspector_finds_it_in_every_kind_of_file(folder: Path) -> None:
    words = with_words(drawing(21, (1400, 1000)), "We are going to be late again!", 60)
    words.save(folder / "large.jpg")
    words.save(folder / "other.webp")
    Image.new("RGB", (8, 8)).save(folder / "tiny.png")
    found = inspect_dataset(folder, InspectSpec(text=True))
    text = next(one for one in found.findings if one.rule == "text")
    assert text.files == ("large.jpg", "other.webp", "said.png") and text.category == "quality"
    assert all("0.10% at most" in said for said in text.details)
    assert found.not_checked == ()
    assert "text" not in {
        one.rule for one in inspect_dataset(folder, InspectSpec(text=True, max_text=0.5)).findings
    }


def test_the_inspector_looks_for_text_only_where_it_is_asked_to(folder: Path) -> None:
    found = inspect_dataset(folder)
    assert {one.rule for one in found.findings} & {"text"} == set()
    assert [said.endswith("; --text looks for it") for said in found.not_checked] == [True]


@pytest.mark.usefixtures("no_extra")
def test_without_the_extra_every_report_says_so_once(folder: Path) -> None:
    found = inspect_dataset(folder, InspectSpec(text=True))
    assert found.not_checked == (WITHOUT,)
    assert as_json(found)["not_checked"] == [WITHOUT]
    assert as_markdown(found).count("not checked: pip install") == 1
    assert as_page(found, "set").count("not checked: pip install") == 1


def test_a_pipeline_makes_the_set_anew_once_text_is_looked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("animstudio.dataset.stage.text_digest", lambda: "abc")
    spec = PrepareSpec(cluster_dirs=[folder])
    assert prepare_models(spec) == {"text": "abc"}
    assert prepare_models(spec.model_copy(update={"text": False})) == {}
    monkeypatch.setattr("animstudio.dataset.stage.text_digest", lambda: None)
    assert prepare_models(spec) == {}
