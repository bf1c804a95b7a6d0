"""The picture of a run: never wider or longer than its paper, and honest."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from animstudio.cli.pipeline_paper import Paper, cut
from animstudio.cli.pipeline_picture import picture
from animstudio.cli.pipeline_show import progress_parts
from animstudio.cli.pipeline_words import Words
from animstudio.kernel.events import Event
from animstudio.pipeline import events as on
from animstudio.pipeline.account import Account

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = BEGAN + timedelta(seconds=20)
ROOM = ("memory 3.1G of 15.6G", "disk 21G free")


def account(stages: int = 3) -> Account:
    """A run at work: twelve items of the first stage, of which some are done."""
    found = Account()
    names = [f"stage{n}" for n in range(stages)]
    found.take(on.PipelineStarted(run="20260301-120000-abc123", recipe="the 長い recipe",
                                  stages=names, slots=2, at=BEGAN))  # fmt: skip
    found.take(on.StageUnfolded(stage="stage0", run=12, reuse=3, open=False, each=2.0, at=BEGAN))
    found.take(on.StageUnfolded(stage="stage1", source="stage0", at=BEGAN))
    for n in range(5):
        found.take(on.ItemCommitted(stage="stage0", item=str(n), attempt="1", seconds=2.0,
                                    bytes=1, peak=1, at=BEGAN + timedelta(seconds=n)))  # fmt: skip
    found.take(on.ItemFailed(stage="stage0", item="x", kind="work", reason="no", at=NOW))
    found.take(on.ItemStarted(stage="stage0", item="\x1b[2J長い名前のファイル\n.png", attempt="2",
                              why="new", at=NOW - timedelta(seconds=3)))  # fmt: skip
    found.take(on.ItemProgressed(stage="stage0", item="\x1b[2J長い名前のファイル\n.png", done=1,
                                 total=4, at=NOW))  # fmt: skip
    return found


def drawn(run: Account, width: int, height: int = 24, plain: bool = False) -> list[str]:
    lines = picture(run, Paper(width, height, plain), NOW, ROOM)
    return ["".join(text for text, _ in line) for line in lines]


@pytest.mark.parametrize("width", [8, 20, 40, 80, 120, 300])
@pytest.mark.parametrize("stages", [3, 5000])
def test_it_fits(width: int, stages: int) -> None:
    lines = drawn(account(stages), width, height=20)
    assert max(map(cell_len, lines)) <= width and len(lines) <= 20
    assert all(line.isprintable() for line in lines)
    assert any(line.lstrip("├─ ").startswith("▶ stage0"[: width - 3]) for line in lines)


def test_it_has_the_numbers_of_the_account() -> None:
    run = account()
    text = "\n".join(drawn(run, 120))
    row = next(line for line in text.splitlines() if "stage0" in line)
    assert "9/15" in row and "1 failed, 5 made, 3 reused" in row and "0:06 left" in row
    for part in progress_parts(run.done, run.total, run.total_is_sure, run.rate(NOW),
                               run.left(NOW)):  # fmt: skip
        assert part in text
    assert "25%  0:03  ?[2J長い名前" in text and "21G free" in text
    run.take(on.PipelineEnded(run="r", status="interrupted", counts={}, at=NOW))
    text = "\n".join(drawn(run, 120))
    assert "interrupted in 0:20" in text and "left" not in text and "21G" not in text


def test_many_stages_are_counted_and_what_is_at_work_is_shown() -> None:
    lines = drawn(account(5000), 100, height=12)
    assert lines[-3].endswith("and 4,994 more stages: 4,994 to come")
    assert "▶ stage0" in lines[1] and "25%" in lines[2]


def test_a_stream_of_ascii_gets_ascii() -> None:
    lines = drawn(account(), 100, plain=True)
    assert "|- > stage0" in lines[1] and "#" in lines[1] and lines[-2].startswith("9 of 29+")
    assert all(line.isascii() for line in lines[3:])


def said(words: Words, *events: Event) -> list[str]:
    return [text for event in events for text, _ in words.of(event)]


def test_failures_are_said_until_they_are_too_many() -> None:
    failures = [on.ItemFailed(stage="a", item=str(n), kind="work", reason="no") for n in range(99)]
    words = Words(logging.INFO, stages=True)
    assert said(words, *failures) == [f"a/{n}: no" for n in range(20)]
    assert [text for text, _ in words.rest("r1")] == [
        "and 79 more failures; see: animstudio pipeline report r1"
    ]
    assert len(said(Words(logging.DEBUG, stages=True), *failures)) == 99
    assert said(Words(logging.ERROR, stages=True), on.PipelineWaits(why="memory")) == []


def test_a_stage_s_end_is_said_with_what_this_run_made() -> None:
    words = Words(logging.INFO, stages=True)
    made = on.ItemCommitted(stage="a", item="i", attempt="1", seconds=1, bytes=1, peak=1)
    ended = on.PartEnded(stage="a", part="", ending="done", reused=3)
    assert said(words, made, ended) == ["a: 1 made, 3 reused"]
    assert said(Words(logging.INFO, stages=False), made, ended) == []


def test_a_stage_that_flows_is_told_of_at_the_end() -> None:
    words = Words(logging.INFO, stages=True)
    parts = [on.PartEnded(stage="captions", part=name, ending="done", reused=name == "c")
             for name in "abc"]  # fmt: skip
    made = [on.ItemCommitted(stage="captions", item=name, attempt="1", seconds=1, bytes=1, peak=1)
            for name in "ab"]  # fmt: skip
    assert said(words, *made, *parts) == []
    ended = on.PipelineEnded(run="r", status="completed", counts={})
    assert said(words, ended) == ["captions: 2 made, 1 reused"]


def test_a_line_that_was_cut_shows_it() -> None:
    assert "".join(text for text, _ in cut([("one two three", "")], 10, "...")) == "one two..."
    assert "".join(text for text, _ in cut([("解码失败了吗", "")], 9)) == "解码失败…"
    assert "".join(text for text, _ in cut([("short", "")], 10)) == "short"
