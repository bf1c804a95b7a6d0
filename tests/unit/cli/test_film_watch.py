"""What a run over films shows as it goes on."""

from __future__ import annotations

from pathlib import Path

from animstudio.cli.film_watch import Watching
from animstudio.kernel.progress import Message, Reporter
from animstudio.pipeline import events as on


def watched(*events: on.Event) -> list[tuple[str, str, str]]:
    """Return what the bars were told, by their names."""
    told: list[Message] = []
    watching = Watching(Reporter(told.append), lambda event: None, Path("errors.log"), lambda: None)
    for event in events:
        watching(event)
    names = {message.task: message.name for message in told if message.kind == "begin"}
    return [(names[message.task], message.kind, message.reason) for message in told]


def test_a_closing_stage_has_a_bar_of_its_own_once_the_films_are_done() -> None:
    progressed = on.ItemProgressed(stage="measures", item="one/span000", done=4, total=8, unit="f")
    closing = [
        event
        for stage, problem in (("summaries", ""), ("rag", "no pen"))
        for event in (on.StageClosing(stage=stage),
                      on.StageClosed(stage=stage, problem=problem, seconds=1))
    ]  # fmt: skip
    told = watched(progressed, *closing)
    assert [one for one in told if one[1] != "advance"] == [
        ("one", "begin", ""),
        ("one", "finish", ""),
        ("summaries", "begin", ""),
        ("summaries", "finish", ""),
        ("rag", "begin", ""),
        ("rag", "fail", "no pen"),
    ]
