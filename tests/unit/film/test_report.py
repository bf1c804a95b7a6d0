import gc
import re
import weakref
from collections import Counter
from fractions import Fraction
from functools import partial
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.film.report import curves, page
from animstudio.film.report.camera_mark import camera_mark, camera_words
from animstudio.film.report.facts import Link, NotRun
from animstudio.film.report.page import render_report
from animstudio.film.report.pictures import Album, candidates
from animstudio.film.report.words import GAP, length, percent
from animstudio.film.shot import Shot, Transition
from animstudio.kernel.markup import element, join

from .film_facts import drawn_picture, film_facts, measures, run_facts, shots

NASTY = """<script>alert(1)</script>"'&amp;\u202e夏"""


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_data(self, data):
        self.text += data

    def having(self, css_class: str) -> list[dict[str, str]]:
        return [a for _, a in self.elements if css_class in a.get("class", "").split()]


def test_the_page_is_one_file_that_asks_for_nothing_and_runs_nothing():
    html = render_report(run_facts(film_facts(shots(30, 60))))
    page = Page(html)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "iframe", "object", "embed", "img", "audio", "video"}
    assert not [a for _, a in page.elements if a.keys() & {"src", "onclick", "onload", "onerror"}]
    outside = re.findall(r"url\((?!data:image/jpeg;base64,)|https?://|@import", html)
    assert outside == []
    policy = next(a["content"] for t, a in page.elements if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy


def test_names_from_outside_are_text_wherever_they_appear():
    film = film_facts(
        shots(30, 60),
        name=NASTY,
        file=NASTY,
        codec=NASTY,
        notes=[NASTY],
        frames_folder=NASTY,
        links=[Link(NASTY, "javascript:alert(1)")],
        camera={1: {"kind": NASTY, "direction": NASTY, "style": NASTY}},
        palette=[{"hex": 'red"><script>', "share": 1.0}],
        frames=[{"file": NASTY, "scene": 1, "frame": 3}],
        compositions={NASTY: {"shot_size": NASTY}},
    )
    run = run_facts(
        film,
        film_facts(shots(9)),
        title=NASTY,
        failed=[{"film": NASTY, "error": NASTY}],
        not_run=[NotRun(NASTY, NASTY)],
    )
    page = Page(render_report(run))
    assert "script" not in {tag for tag, _ in page.elements}
    assert page.text.count(NASTY) >= 10
    addresses = [a["href"] for t, a in page.elements if t == "a"]
    assert [one for one in addresses if re.match(r"\s*javascript:", one)] == []
    styles = [a["style"] for _, a in page.elements if "style" in a]
    assert not [style for style in styles if "<" in style or "red" in style]


def test_the_header_says_what_failed_and_what_did_not_finish():
    run = run_facts(
        failed=[{"film": "notes.mp4", "error": "not a film"}],
        not_run=[NotRun("speech", "silero is not installed")],
    )
    text = Page(render_report(run)).text
    assert "0 films: no film of this run was finished" in text
    assert "1 film failed" in text and "not a film" in text
    assert "1 stage did not finish" in text and "silero is not installed" in text


def test_a_row_tells_a_shot():
    mix = Transition("dissolve", 40, 56)
    found = [Shot(1, 0, 48, None, mix), Shot(2, 48, 96, mix, None)]
    html = render_report(run_facts(film_facts(found)))
    row = Page(html[html.index('id="f0-2"') :].split("</tr>")[0]).text
    for said in ("00:00:02:00", "00:00:04:00", f"2.00{GAP}s", "48 frames", "dissolve"):
        assert said in row
    for said in ("16 frames", "pan right", "medium", "64"):
        assert said in row


def test_the_strip_is_to_scale_also_where_the_rate_varies():
    ticks = [0, 100, 200, 300, 1300, 2300, 3300, 4300]
    film = measures(8, rate=Fraction(2), time_base=Fraction(1, 1000), pts=ticks)
    facts = film_facts(shots(4, 8), measures=film, frames=[])
    cells = Page(render_report(run_facts(facts))).having("cell")
    shares = [float(re.search(r"width:([\d.]+)%", cell["style"])[1]) for cell in cells]
    lefts = [float(re.search(r"left:([\d.]+)%", cell["style"])[1]) for cell in cells]
    assert shares == pytest.approx([1300 / 5300 * 100, 4000 / 5300 * 100], abs=1e-3)
    assert lefts == pytest.approx([0, shares[0]], abs=1e-3)
    assert [cell["href"] for cell in cells] == ["#f0-1", "#f0-2"]


def test_a_film_of_one_frame_and_nothing_else_known_has_a_report():
    film = film_facts(
        shots(1),
        measures=measures(1),
        frames=[],
        compositions={},
        camera={},
        sound=None,
        palette=[],
        threshold=None,
        missing=0.5,
        notes=["the file ends early"],
    )
    text = Page(render_report(run_facts(film))).text
    assert "Missing" in text and f"50{GAP}%" in text and "the file ends early" in text


def test_a_film_of_1500_shots_stays_under_six_megabytes():
    film = film_facts(
        shots(*range(20, 1500 * 20 + 1, 20)), picture=lambda file, side: b"\xff" * (side * 15)
    )
    html = render_report(run_facts(film))
    assert len(html.encode()) < 6_000_000
    assert len(re.findall(r"<tr .{0,30}id=", html)) == 1500
    assert len(re.findall(r"\.p\d+\{", html)) == 1500  # one picture a shot, no shot without


def test_where_not_all_pictures_fit_shots_all_over_the_film_have_one():
    film = film_facts(
        shots(*range(4, 1000 * 4 + 1, 4)), pictures=1, picture=lambda file, side: b"x" * 9000
    )
    with_pictures = [shot for _, shot in Album({0: candidates(film)}, room=3_000_000).of]
    assert 150 < len(with_pictures) < 250
    assert set(np.diff(with_pictures)) == {5}


def test_a_run_of_many_films_lists_the_first_and_names_them_all():
    film = film_facts(shots(*range(10, 1001, 10)), pictures=1)
    html = render_report(run_facts(*[film] * 60))
    page = Page(html)
    assert len(html.encode()) < 6_000_000
    assert len(page.having("film")) == 60
    assert page.text.count("more shots than one page should hold") == 35


@pytest.mark.parametrize(("listed", "in_full"), [(1, 1), (10, 3), (50, 8)])
def test_never_are_the_measures_of_two_films_in_memory(monkeypatch, listed, in_full):
    monkeypatch.setattr(page, "LISTED", listed)
    seen: list[weakref.ref] = []
    loaded, drawn = Counter(), set()

    def load(number):
        assert not [one for one in seen if one()], "the film before is still held"
        film = film_facts(
            shots(30, 60, 90),
            name=f"film {number}",
            picture=lambda file, side: drawn.add(number) or drawn_picture(file, side),
        )
        seen.append(weakref.ref(film.measures))
        loaded[number] += 1
        return film

    gc.disable()  # nothing may need it
    try:
        html = render_report(run_facts(films=[partial(load, number) for number in range(8)]))
    finally:
        gc.enable()
    assert not [one for one in seen if one()]
    assert drawn == set(range(in_full)), "films shown in short load no pictures"
    assert loaded == {number: 2 if number < in_full else 1 for number in range(8)}
    text = Page(html).text
    assert "8 films" in text and "24 shots" in text
    assert text.count("more shots than one page should hold") == 8 - in_full


def test_pictures_are_as_large_as_fit_and_embedded_once():
    film = film_facts(shots(30, 60, 90))
    roomy = Album({0: candidates(film)}, room=9_000_000)
    assert [len(shown) for shown in roomy.of.values()] == [3, 3, 3]
    few = film_facts(shots(30), picture=lambda file, side: b"x" * side * 1000)
    sides = [len(Album({0: candidates(few)}, room).style()) for room in (3_000_000, 1_000_000)]
    assert sides[0] > sides[1]
    html = render_report(run_facts(film))
    assert html.count("base64,") == 9


def test_a_picture_that_cannot_be_made_leaves_the_shots_colour():
    film = film_facts(shots(30, 60), picture=lambda file, side: None)
    page = Page(render_report(run_facts(film)))
    assert page.having("picture") == []
    assert all("background-color:#" in cell["style"] for cell in page.having("cell"))


@given(st.lists(st.one_of(st.floats(-50, 50), st.just(np.nan)), min_size=1, max_size=400))
def test_thinning_keeps_the_highest_and_lowest_and_the_order(values):
    numbers = np.asarray(values)
    at = np.linspace(0, 1, len(numbers), endpoint=False)
    shares, kept = curves.thin(at, numbers, 10)
    assert len(kept) <= max(20, len(numbers) if len(numbers) <= 20 else 0)
    assert (np.diff(shares) > 0).all()
    if not np.isnan(numbers).all():
        assert np.nanmax(kept) == np.nanmax(numbers)
        assert np.nanmin(kept) == np.nanmin(numbers)


def test_curves_break_where_nothing_is_known():
    at = np.array([0.0, 0.25, 0.5, 0.75])
    path = curves.line(at, np.array([0.0, 1.0, np.nan, 1.0]), 0, 1)
    assert path == "M0,100 25000,0"
    assert curves.area(at, np.full(4, np.nan), 0, 1) == ""


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        ({"kind": "static"}, ("static", "")),
        ({"kind": "pan", "direction": "left", "style": "handheld"}, ("pan left", "handheld")),
        ({"kind": "zoom", "direction": "in", "zoom": 1.2}, ("zoom in", f"zoom{GAP}1.20×")),
        ({"kind": "pan_tilt", "direction": "up_left"}, ("pan and tilt up left", "")),
        ({}, ("unknown", "")),
    ],
)
def test_cameras_in_words(camera, words):
    assert camera_words(camera) == words


def test_arrows_point_where_the_camera_goes():
    def tip(camera):
        shaft = re.search(r'd="M([-\d.]+),([-\d.]+)L([-\d.]+),([-\d.]+)', camera_mark(camera))
        x0, y0, x1, y1 = map(float, shaft.groups())
        return np.sign([x1 - x0, y1 - y0]).tolist()

    assert tip({"kind": "pan", "dx": 0.2, "dy": 0.0})[0] == 1
    assert tip({"kind": "pan", "dx": -0.2, "dy": 0.0})[0] == -1
    assert tip({"kind": "tilt", "dx": 0.0, "dy": -0.2})[1] == -1
    assert camera_mark({"kind": "zoom", "zoom": 1.2}).count("<path") == 4
    assert "A17.5" in camera_mark({"kind": "roll", "roll": 5.0})
    assert "still" in camera_mark({"kind": "static", "dx": 0.4})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4167, "0.42 s"),
        (12.34, "12.3 s"),
        (59.97, "1 min 00 s"),
        (245, "4 min 05 s"),
        (5700, "1 h 35 min"),
        (3599.7, "1 h 00 min"),
    ],
)
def test_lengths_in_words(seconds, words):
    assert length(seconds).replace(GAP, " ") == words


def test_what_is_there_never_reads_zero_percent():
    assert percent(0) == f"0{GAP}%"
    assert percent(0.0004) == f"0.04{GAP}%"
    assert percent(0.314) == f"31{GAP}%"


def test_markup_escapes_all_that_is_not_markup():
    made = element("p", "a<b", [element("b", "&")], None, title='"', hidden=True, lang=None)
    assert made == '<p title="&quot;" hidden>a&lt;b<b>&amp;</b></p>'
    assert join("<") == "&lt;"
