"""A recipe as an SVG picture, with what became of its items where there was a run.

It needs nothing beside itself, follows the reader's light or dark, and says every state in
words as well as by its colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from animstudio.kernel.markup import Markup, element
from animstudio.pipeline.graph_layout import Layout, lay_out
from animstudio.pipeline.stage_account import StageAccount

_WIDE, _HIGH = 176, 50
_ACROSS, _DOWN = 244, 68
_EDGE = 12
_GAP = 4.5
_LONGEST, _LONGEST_SMALL = 23, 26
"""Characters of a name, and of what became of it, that fit a box; the title has them whole."""

STYLE = """
.graph{color-scheme:light dark}
.graph{--box:#fff;--line:#8a8a8a;--ink:#191919;--soft:#595959;--ok:#2f7d4f;--busy:#1f6fb5;
--bad:#b3261e;--idle:#8a8a8a;font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
@media (prefers-color-scheme:dark){.graph{--box:#1c1c1c;--line:#777;--ink:#ececec;--soft:#a8a8a8;
--ok:#6cc08b;--busy:#6db3f2;--bad:#ff8a80;--idle:#777}}
.graph rect{fill:var(--box);stroke:var(--idle)}
.graph .twice{fill:none}
.graph .edge{fill:none;stroke:var(--line)}
.graph .flow{stroke-width:2.5}
.graph .head{fill:var(--line)}
.graph text{fill:var(--ink)}
.graph .type{fill:var(--soft);font-size:11px}
.graph .bar{stroke:none;fill:var(--idle)}
.graph .done rect{stroke:var(--ok)} .graph .done .bar{fill:var(--ok)}
.graph .running rect{stroke:var(--busy);stroke-width:2} .graph .running .bar{fill:var(--busy)}
.graph .failed rect{stroke:var(--bad);stroke-width:2} .graph .failed .bar{fill:var(--bad)}
.graph g .bar{stroke:none}
.graph .blocked rect,.graph .skipped rect{stroke-dasharray:4 3}
.graph .blocked .bar,.graph .skipped .bar{fill:none}
"""


class Drawn(Protocol):
    """A stage as it is drawn; one of a recipe, or of one that a run kept."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def type(self) -> str:
        """What it does."""

    @property
    def depends_on(self) -> Sequence[str]:
        """Those before it."""

    @property
    def flows_from(self) -> str | None:
        """The one whose items it follows."""

    @property
    def fans_out(self) -> bool:
        """Whether it is done several times."""


def graph_svg(
    name: str, stages: Sequence[Drawn], accounts: Mapping[str, StageAccount] | None = None
) -> Markup:
    """Return the picture; `accounts` say what became of each stage in a run."""
    layout = lay_out({s.id: _before(s, stages) for s in stages})
    wide = _EDGE * 2 + max(0, layout.columns - 1) * _ACROSS + _WIDE + 4
    high = _EDGE * 2 + max(0.0, layout.rows - 1) * _DOWN + _HIGH + 4
    parts = [element("style", Markup(STYLE)), _arrow()]
    parts += _edges(stages, layout)
    parts += [_box(s, layout, (accounts or {}).get(s.id)) for s in stages]
    size = f"{wide:g} {high:g}"
    return element(
        "svg", element("title", f"{name}: which stage needs which"), parts,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {size}", width=f"{wide:g}",
        height=f"{high:g}", class_="graph", role="img",
    )  # fmt: skip


def state_of(account: StageAccount, working: bool = False) -> str:
    """Return a stage's state in a word, which is the class that colours it too."""
    if account.failed or account.ending == "failed":
        return "failed"
    if working:
        return "running"
    if account.blocked or account.ending in ("blocked", "skipped"):
        return "blocked" if account.blocked else account.ending
    if not account.open and account.done >= account.known and account.done:
        return "done"
    if account.skipped:
        return "skipped"
    return "running" if account.made else "waiting"


def counts_text(account: StageAccount) -> str:
    """Return what became of a stage's items: ``3 made, 5 reused``."""
    words = (
        (account.made, "made"), (account.standing, "reused"), (account.failed, "failed"),
        (account.skipped, "skipped"), (account.blocked, "blocked"), (account.closed, "closed"),
    )  # fmt: skip
    left = account.known - account.done
    said = [f"{number:,} {word}" for number, word in words if number]
    return ", ".join(said + ([f"{left:,} to do"] if left > 0 else [])) or "nothing yet"


def _in_short(state: str, account: StageAccount) -> str:
    """Return the same with what matters first; a box has no room for all of it."""
    said = counts_text(account).split(", ")
    said.sort(key=lambda one: not one.endswith(("failed", "blocked", "to do")))
    return ", ".join(said if said[0].endswith(state) else [f"{state}: {said[0]}", *said[1:]])


def _before(stage: Drawn, stages: Iterable[Drawn]) -> list[str]:
    known = {one.id for one in stages}
    return [name for name in dict.fromkeys(stage.depends_on) if name in known]


def _at(place: tuple[int, float]) -> tuple[float, float]:
    return _EDGE + place[0] * _ACROSS, _EDGE + place[1] * _DOWN


def _box(stage: Drawn, layout: Layout, account: StageAccount | None) -> Markup:
    x, y = _at(layout.places[stage.id])
    parts = [element("title", f"{stage.id} ({stage.type})")]
    if stage.fans_out:  # a second sheet behind: it is done for several
        parts.append(element("rect", x=f"{x + 4:g}", y=f"{y + 4:g}", width=_WIDE, height=_HIGH,
                             rx=5, class_="twice"))  # fmt: skip
    parts.append(element("rect", x=f"{x:g}", y=f"{y:g}", width=_WIDE, height=_HIGH, rx=5))
    parts.append(_text(x + 10, y + 20, stage.id))
    state = ""
    if account is None:
        parts.append(_text(x + 10, y + 38, stage.type, "type"))
    else:
        state = state_of(account)
        parts[0] = element("title", f"{stage.id} ({stage.type}): {state}, {counts_text(account)}")
        parts.append(_text(x + 10, y + 36, _in_short(state, account), "type"))
        share = min(1.0, account.done / account.known) if account.known else 0.0
        if share:
            parts.append(element("rect", x=f"{x + 10:g}", y=f"{y + 42:g}", height=3, rx=1.5,
                                 width=f"{share * (_WIDE - 20):.1f}", class_="bar"))  # fmt: skip
    return element("g", parts, class_=state or None)


def _text(x: float, y: float, text: str, kind: str | None = None) -> Markup:
    longest = _LONGEST if kind is None else _LONGEST_SMALL
    shown = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return element("text", shown, x=f"{x:g}", y=f"{y:g}", class_=kind)


def _arrow() -> Markup:
    head = element("path", d="M0 0L8 4L0 8z", class_="head")
    return element("defs", element(
        "marker", head, id="graph-head", markerWidth=8, markerHeight=8, refX=8, refY=4,
        orient="auto", markerUnits="userSpaceOnUse",
    ))  # fmt: skip


def _edges(stages: Sequence[Drawn], layout: Layout) -> list[Markup]:
    flows = {(stage.flows_from, stage.id) for stage in stages}
    return [
        element("path", d=_path(route), marker_end="url(#graph-head)",
                class_="edge flow" if edge in flows else "edge")
        for edge, route in layout.routes.items()
    ]  # fmt: skip


def _path(route: Sequence[tuple[int, float]]) -> str:
    """Return a curve from the right side of a box through its points to the left of another."""
    points: list[tuple[float, float]] = []
    for number, place in enumerate(route):
        x, y = _at(place)
        # A point between boxes has little room, and stands in the middle of that.
        y += _HIGH / 2 if number in (0, len(route) - 1) else _GAP
        if number:
            points.append((x - (2 if number == len(route) - 1 else 0), y))
        if number < len(route) - 1:
            points.append((x + _WIDE, y))
    drawn = [f"M{points[0][0]:g} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        drawn.append(f"C{middle:g} {y0:.1f} {middle:g} {y1:.1f} {x1:g} {y1:.1f}")
    return "".join(drawn)
