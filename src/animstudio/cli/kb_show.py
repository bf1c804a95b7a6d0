"""What a knowledge base answers, for people."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from animstudio.cli.outcome import say
from animstudio.cli.tables import show_table, write_json
from animstudio.kernel.progress import Progress
from animstudio.kernel.progress_views import board_for

if TYPE_CHECKING:
    from rich.text import Text

    from animstudio.knowledge.base import Stats
    from animstudio.knowledge.search.hit import Citation, Hit
    from animstudio.knowledge.sync import Synced

_UNSHOWN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Letters that would steer the terminal: escapes, and what turns the line around."""


def show_hits(hits: Sequence[Hit]) -> None:
    """Write passages to stdout: where each stands, its scores, its text with the words marked."""
    from rich.console import Console
    from rich.text import Text

    if not hits:
        say("nothing found")
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    for number, hit in enumerate(hits, 1):
        head = Text(f"{number}. ").append(_harmless(citation_text(hit.citation)), style="bold")
        console.print(head.append(f"  {_scores(hit)}", style="dim"))
        for side in (hit.before, _marked(hit), hit.after):
            if side:
                style = "" if side is not hit.before and side is not hit.after else "dim"
                text = (
                    side
                    if isinstance(side, Text)
                    else Text(_harmless(side.strip("\n")), style=style)
                )
                console.print(_indented(text))
        console.print()


def citation_text(citation: Citation) -> str:
    """Return in one line where a passage stands."""
    place = citation.path
    if citation.first_line is not None:
        last = citation.last_line
        lines = f"-{last}" if last not in (None, citation.first_line) else ""
        place += f":{citation.first_line}{lines}"
    parts = [place]
    if citation.page is not None:
        parts.append(f"page {_span(citation.page, citation.last_page)}")
    if citation.headings:
        parts.append(" › ".join(citation.headings))
    if citation.symbol:
        parts.append(citation.symbol)
    if citation.scene is not None:
        parts.append(f"scene {_span(citation.scene, citation.last_scene)}")
    if citation.begin is not None:
        end = f" to {_clock(citation.stop)}" if citation.stop is not None else ""
        parts.append(f"{_clock(citation.begin)}{end}")
    if citation.characters:
        parts.append(", ".join(citation.characters))
    return " | ".join(parts)


def show_synced(synced: Synced, stats: Stats, folder: Path, *, as_json: bool) -> None:
    """Tell what a build or a sync did; what could not be read is named with its reason."""
    if as_json:
        write_json({**asdict(synced), "stats": asdict(stats)})
    for path, reason in synced.failed.items():
        say(f"passed over: {path}: {reason}")
    counts = {name: getattr(synced, name) for name in ("added", "changed", "moved", "removed")}
    done = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    say(
        f"{folder}: {stats.total_documents} documents, {stats.total_chunks} chunks "
        f"({done or 'nothing changed'}; {synced.embedded} chunks embedded, "
        f"{stats.tokens_not_embedded} tokens not embedded)"
    )


def show_stats(stats: Stats, folder: Path) -> None:
    """Write a knowledge base's numbers to stdout as a table."""
    rows = [
        [name.replace("_", " "), _plain(value)]
        for name, value in asdict(stats).items()
        if value not in ({}, None)
    ]
    show_table([str(folder), ""], rows)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


def _span(first: int, last: int | None) -> str:
    return str(first) if last in (None, first) else f"{first}-{last}"


def _clock(seconds: float | None) -> str:
    """Return seconds of film as 0:01:02.3."""
    tenths = round((seconds or 0.0) * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 10:02d}.{rest % 10}"


def _scores(hit: Hit) -> str:
    parts = [f"score {hit.score:.3f}"]
    if hit.scores.dense is not None:
        parts.append(f"meaning {hit.scores.dense:.3f}")
    parts.append(f"words {hit.scores.bm25:.2f}")
    return ", ".join([*parts, *(["exact"] if hit.scores.phrase else [])])


def _marked(hit: Hit) -> Text:
    from rich.text import Text

    text = Text(_harmless(hit.text))
    for start, end in hit.spans:
        text.stylize("bold yellow", start, end)
    text.rstrip()
    return text


def _harmless(text: str) -> str:
    """Return a text of the same length that the terminal only shows."""
    return _UNSHOWN.sub("\ufffd", text.replace("\r\n", " \n"))


def _indented(text: Text) -> Text:
    from rich.text import Text

    return Text("\n").join(Text("   ").append_text(line) for line in text.split("\n"))


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """Show how long work goes on, on stderr."""
    with board_for(sys.stderr, os.environ) as reporter:
        yield reporter
