"""The report of a run: from real runs, in a real browser; hostile names, and very many items."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
import yaml

from animstudio.cli import app
from animstudio.cli.outcome import run_command
from animstudio.pipeline import events as on
from animstudio.pipeline.past import latest_in, run_named
from animstudio.pipeline.report.facts import facts_of
from animstudio.pipeline.report.page import render_report
from animstudio.pipeline.runs import new_run
from tests.flows.test_report_page import CHROMIUM, FLAGS, Visit

EXAMPLES = Path(__file__).parents[2] / "examples"
EASY = ("--disk-free-gb", "0", "--ram-slow", "1", "--ram-stop", "1")
NASTY = "<script>document.title='owned'<"


@pytest.fixture
def contact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "contact"
    shutil.copytree(EXAMPLES / "contact", folder, ignore=shutil.ignore_patterns("out", "__*"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ANIMSTUDIO_STATE", str(tmp_path / "state"))
    return folder


def pipeline(*words: object) -> int:
    return run_command(app, ["pipeline", *map(str, words)])


def test_a_run_s_report_says_why_what_failed_and_what_it_had_cost(
    contact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipeline("run", "recipe.yaml", *EASY) == 0
    (contact / "pictures/<b>.png").write_bytes(b"no picture")
    assert pipeline("run", "recipe.yaml", "--set", "width=90", *EASY) == 1
    capsys.readouterr()
    assert pipeline("report", "recipe.yaml") == 0
    path = Path(capsys.readouterr().out.strip())
    text = path.read_text()
    assert "option options: " in text or "width" in text
    assert "thumbs/&lt;b&gt;.png" in text and "<b>.png" not in text
    assert "1 failed" in text and "&quot;90" not in text.split("Recipe</h2>")[0]
    assert "<dt>width</dt><dd>90</dd>" in text
    assert run_named(contact.parent / "state", None) == latest_in(contact / "out")
    # A folder that was moved has its runs in it still.
    shutil.move(contact / "out", contact / "moved")
    assert pipeline("report", "moved", "--file", "r.html") == 0
    assert "1 failed" in (contact / "r.html").read_text()
    assert pipeline("report", "pictures") == 2

    capsys.readouterr()
    assert pipeline("graph", "recipe.yaml", "--format", "svg", "--set", "output=moved") == 0
    assert "thumbs (python): failed, 3 made, 1 failed" in capsys.readouterr().out


def test_the_schema_takes_what_is_right_and_refuses_what_is_not(
    contact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipeline("schema") == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
    text = (contact / "recipe.yaml").read_text()
    assert list(judge.iter_errors(yaml.safe_load(text))) == []
    for right, wrong in (("type: command", "type: comand"), ("each: true", "eech: true"),
                         ("stages:", "stage:"), ("outputs: {text", "output: {text")):  # fmt: skip
        assert right in text
        assert list(judge.iter_errors(yaml.safe_load(text.replace(right, wrong)))), wrong


def large(tmp_path: Path, items: int) -> str:
    """The report of a made-up killed run with many items, their names as bad as can be."""
    began = datetime(2026, 3, 1, 12, tzinfo=UTC)
    run = new_run(NASTY, None, tmp_path / "out", tmp_path / "home", began)
    run = run.model_copy(update={"pid": 0, "began": 0, "status": "killed"})
    run.folder.mkdir(parents=True)
    told: list[on.Event] = [on.PipelineStarted(run=run.id, recipe=NASTY, stages=["a", "b"],
                                               slots=4, at=began)]  # fmt: skip
    for n in range(items):
        moment = began + timedelta(seconds=n / 4)
        name = f"{NASTY}{n}"
        told.append(on.ItemStarted(stage="a", item=name, attempt=str(n), why="new", at=moment))
        later = moment + timedelta(seconds=1)
        if n % 10:
            told.append(on.ItemCommitted(stage="a", item=name, attempt=str(n), seconds=0.9,
                                         bytes=9, peak=9, at=later))  # fmt: skip
        else:
            log = run.folder / "logs" / f"{n}.log"
            log.parent.mkdir(exist_ok=True)
            log.write_text(f"Traceback {NASTY}")
            told.append(on.ItemFailed(stage="a", item=name, kind="work", reason=NASTY,
                                      log=str(log), at=later))  # fmt: skip
    told.append(on.ItemFailed(stage="b", item="x", kind="work", reason="r", log="/etc/passwd",
                              at=began))  # fmt: skip
    told.append(on.ItemStarted(stage="b", item="open", attempt="z", why="new", at=began))
    run.events.write_text("".join(f"{event.model_dump_json()}\n" for event in told))
    return render_report(facts_of(run, began + timedelta(days=9)))


def test_ten_thousand_items_stay_a_small_page(tmp_path: Path) -> None:
    text = large(tmp_path, 10_000)
    assert len(text) < 400_000
    assert "and 9,900 more attempts" in text and "and 951 more" in text
    assert "ended with the run" in text and "root:" not in text


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_it_opens_in_a_browser_and_fits(tmp_path: Path, width: int, scheme: str) -> None:
    sync = pytest.importorskip("playwright.sync_api")
    path = tmp_path / "report.html"
    path.write_text(large(tmp_path, 600))
    with sync.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        seen = Visit(browser, path, width, color_scheme=scheme)
        assert seen.said == [] and seen.page.title() == f"{NASTY}: killed"
        assert [url for url in seen.asked if not url.startswith(("file:", "data:"))] == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        assert seen.page.locator("script").count() == 0
        seen.page.locator("details summary").first.click()
        assert "Traceback" in seen.page.locator("details pre").first.inner_text()
        assert min(seen.widths(".lane svg")) > width / 3
        browser.close()
