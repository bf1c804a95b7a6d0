"""The report in a real browser: it opens from a file, fits its window, and answers the pointer."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from animstudio.film.report.page import render_report
from tests.unit.film.film_facts import film_facts, run_facts, shots

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
NASTY = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> 夏"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    sync = pytest.importorskip("playwright.sync_api")
    with sync.sync_playwright() as player:
        opened = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


class Visit:
    """A page opened from a file, with what it said and what it asked for."""

    def __init__(self, browser, path: Path, width: int, **how) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, **how)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_load_state("load")

    def widths(self, selector: str) -> list[float]:
        script = "all => all.map(one => one.getBoundingClientRect().width)"
        return self.page.eval_on_selector_all(selector, script)


@pytest.fixture
def visit(browser, tmp_path):
    opened = []

    def open_report(*films, width: int = 1280, **how) -> Visit:
        path = tmp_path / "report 夏.html"
        path.write_text(render_report(run_facts(*films, title="A run")), "utf-8")
        opened.append(Visit(browser, path, width, **how))
        return opened[-1]

    yield open_report
    for one in opened:
        one.page.close()


def opacity(element) -> float:
    return float(element.evaluate("one => getComputedStyle(one).opacity"))


STILL = {"reduced_motion": "reduce"}  # no transitions: nothing to wait for


def test_it_opens_from_a_file_without_errors_or_requests(visit):
    seen = visit(film_facts(shots(48, 96, 240, dissolves={96: 12})))
    assert seen.said == []
    assert [url for url in seen.asked if not re.match("file:.*report|data:", url)] == []
    assert seen.page.title() == "A run"
    assert seen.page.get_by_role("heading", name="A film").count() == 1
    # Laid out as grids, the shots are still a table to those who listen to it.
    assert seen.page.get_by_role("row").count() == 4
    assert seen.page.get_by_role("columnheader").count() == 7


def test_the_strip_is_to_scale_and_leads_to_the_shot(visit):
    seen = visit(film_facts(shots(48, 96, 240)))
    one, two, three = seen.widths(".cell")
    assert two == pytest.approx(one, abs=0.5)
    assert three == pytest.approx(3 * one, abs=0.5)
    assert one + two + three == pytest.approx(seen.widths(".track")[0], abs=0.5)
    seen.page.locator(".cell").nth(2).click()
    assert seen.page.evaluate("document.querySelector(':target').id") == "f0-3"


def test_many_shots_are_stretched_until_each_is_seen_or_shown_whole(visit):
    seen = visit(film_facts(shots(*range(10, 401, 10)), pictures=1))
    assert min(seen.widths(".cell")) == pytest.approx(64, abs=0.5)
    assert seen.widths(".track") == seen.widths(".strip")
    assert set(seen.widths(".lane svg")) == set(seen.widths(".track"))  # one time axis
    seen.page.get_by_label("Whole film").check()
    assert sum(seen.widths(".cell")) == pytest.approx(seen.widths(".scroller")[0], abs=1)


@pytest.mark.parametrize("way", ["hover", "focus", "tap", "switch"])
def test_composition_shows_on_hover_focus_tap_or_for_all(visit, way):
    seen = visit(film_facts(shots(48, 96)), has_touch=True, **STILL)
    picture = seen.page.locator(".picture").first
    overlay = picture.locator(".overlay")
    assert opacity(overlay) == 0
    if way == "switch":
        seen.page.get_by_label("Composition on all pictures").check()
        assert opacity(seen.page.locator(".overlay").last) == 1
    else:
        getattr(picture, way)()
    assert opacity(overlay) == 1
    frame, box = picture.bounding_box(), overlay.locator("> rect").bounding_box()
    # The subject's box as shares of the picture: a half by a half.
    assert box["width"] / frame["width"] == pytest.approx(0.5, abs=0.03)
    assert box["height"] / frame["height"] == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("width", [360, 768, 1280, 2200])
@pytest.mark.parametrize("count", [3, 30])
def test_nothing_is_wider_than_the_window(visit, width, count):
    film = film_facts(
        shots(*range(40, 40 * count + 1, 40)),
        name="anextremelylongnamewithoutanyspaces" * 4,
        file="and_a_file_name_that_does_not_break_either" * 3 + ".mkv",
        palette=[{"hex": f"#{i}{i}3366", "share": 0.1} for i in range(8)],
    )
    seen = visit(film, film, width=width)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == width
    spill = """all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"""
    assert seen.page.eval_on_selector_all(".shots td, .facts dd", spill) == 0


def test_a_name_that_is_markup_is_text(visit):
    seen = visit(film_facts(shots(48), name=NASTY, file=NASTY, notes=[NASTY]))
    assert seen.page.title() == "A run"
    assert seen.said == []
    assert seen.page.locator("h2").inner_text() == NASTY
    assert seen.page.locator("img, script").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit, scheme):
    """WCAG 2.2 AA: 4.5 to 1 for text."""
    seen = visit(film_facts(shots(48)), color_scheme=scheme)
    ground = luminance(seen.page.locator("body"), "backgroundColor")
    for selector in ("body", ".soft, .file", "a", "small", ".ruler span"):
        ink = luminance(seen.page.locator(selector).first, "color")
        light, dark = max(ink, ground), min(ink, ground)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, selector


def luminance(element, which: str) -> float:
    text = element.evaluate(f"one => getComputedStyle(one).{which}")
    parts = [int(part) / 255 for part in re.findall(r"\d+", text)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_printed_it_has_every_row(visit):
    seen = visit(film_facts(shots(*range(10, 201, 10))))
    seen.page.emulate_media(media="print")
    visibility = "all => all.map(one => getComputedStyle(one).contentVisibility)"
    rows = seen.page.eval_on_selector_all("tbody tr", visibility)
    assert len(rows) == 20 and set(rows) == {"visible"}
    assert seen.page.locator(".zoom").is_hidden()
