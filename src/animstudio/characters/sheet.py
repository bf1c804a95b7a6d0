"""``contact_sheet.html``: everything that was taken for one character, to be looked over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import quote

from animstudio.characters.cluster_records import ClusterFolder, TrackVerdict

UNSURE: Final = 0.05
"""Margins below this are worth a look."""


def contact_sheet(cluster: ClusterFolder, verdicts: Mapping[str, TrackVerdict]) -> str:
    """Return a page with all pictures of a character, by track, the least sure track first."""
    by_track: dict[str, list[str]] = {}
    for one in cluster.pictures:
        title = f"{one.source.film}, shot {one.source.shot}, {one.source.seconds:.2f} s"
        at = quote(one.file)
        figure = (
            f'<a href="{at}"><img loading="lazy" src="{at}" '
            f'alt="{escape(title)}" title="{escape(title)}"></a>'
        )
        by_track.setdefault(one.source.track, []).append(figure)
    order = sorted(by_track, key=lambda track: (verdicts[track].margin, track))
    rows = "".join(_row(verdicts[track], by_track[track]) for track in order)
    count = f"{_of(len(cluster.pictures), 'picture')} of {_of(len(by_track), 'track')}"
    return _PAGE.format(name=escape(cluster.name), count=count, rows=rows)


def _of(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _row(verdict: TrackVerdict, figures: Sequence[str]) -> str:
    unsure = ' class="unsure"' if verdict.margin < UNSURE else ""
    why = f", {verdict.noise}" if verdict.noise else ""
    return (
        f"<section{unsure}><h2>{escape(verdict.track)}</h2>"
        f"<p>likeness {verdict.similarity:.2f}, margin {verdict.margin:.2f}, "
        f"by {verdict.by}{why}</p><div>{''.join(figures)}</div></section>\n"
    )


_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}</title>
<style>
 body {{ font: 15px/1.4 system-ui, sans-serif; margin: 2rem; background: #22242a; color: #e8e8ea }}
 h1 {{ margin: 0 }} h2 {{ font-size: 1rem; margin: 1.2rem 0 0; font-weight: 600 }}
 p {{ margin: 0 0 .4rem; color: #b4b6be }} div {{ display: flex; flex-wrap: wrap; gap: 6px }}
 img {{ height: 150px; background: #7f7f7f; border-radius: 3px }}
 .unsure h2::after {{ content: " look at this one"; color: #ffb454; font-weight: 400 }}
</style>
<h1>{name}</h1><p>{count}</p>
{rows}</html>
"""
