"""When what was at work: a lane for each place of work, and one for each stage.

Lanes are HTML with an SVG that stretches, so that labels stay readable on a phone. However
many items there are, a lane is one path a stage, and spans closer than a pixel are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from animstudio.kernel.markup import Markup, element
from animstudio.kernel.progress_views import duration
from animstudio.pipeline.report.facts import Facts, Span

_WIDE = 1000
_TITLED = 400
"""Spans that each have a title; where there are more, they are drawn together."""
_LANES = 64
_COLOURS = 8


def timeline(facts: Facts) -> Markup | None:
    """Return both figures; None when nothing was at work."""
    if not facts.spans:
        return None
    colour = {id: f"c{n % _COLOURS}" for n, id in enumerate(facts.account.stages)}
    by_others = [span for span in facts.spans if not facts.account.of(span.stage).closes]
    workers = _lanes(by_others, facts.account.slots)
    by_worker = [_lane(facts, f"worker {n}", lane, colour) for n, lane in enumerate(workers, 1)]
    stages: dict[str, list[Span]] = {}
    for span in facts.spans:
        stages.setdefault(span.stage, []).append(span)
    by_stage = [_lane(facts, id, stages[id], colour, key=True) for id in colour if id in stages]
    return element(
        "section",
        element("h2", "When"),
        element("h3", "Stages"), element("div", by_stage, _ruler(facts), class_="lanes"),
        [element("h3", "Workers"), element("div", by_worker, _ruler(facts), class_="lanes")]
        if by_worker else None,
    )  # fmt: skip


def _lanes(spans: Sequence[Span], slots: int) -> list[list[Span]]:
    """Give each span the first place of work that is free; those are not named in the events."""
    lanes: list[list[Span]] = []
    free: list[datetime] = []
    most = min(max(slots, 1), _LANES)
    for span in sorted(spans, key=lambda s: s.began):
        found = next((n for n, at in enumerate(free) if at <= span.began), None)
        if found is None and len(lanes) < most:
            found = len(lanes)
            lanes.append([])
            free.append(span.until)
        elif found is None:  # small items that were given out together overlap by their rounding
            found = min(range(len(free)), key=free.__getitem__)
        lanes[found].append(span)
        free[found] = max(free[found], span.until)
    return lanes


def _lane(
    facts: Facts, label: str, spans: Sequence[Span], colour: dict[str, str], *, key: bool = False
) -> Markup:
    whole = max((facts.until - facts.began).total_seconds(), 1e-6)

    def at(moment: datetime) -> float:
        return max(0.0, min(_WIDE, (moment - facts.began).total_seconds() / whole * _WIDE))

    drawn = []
    if len(facts.spans) <= _TITLED:
        drawn = [
            element("rect", element("title", _words(span)), x=f"{at(span.began):.1f}", y=0,
                    width=f"{max(1.0, at(span.until) - at(span.began)):.1f}", height=20,
                    class_=_class(span, colour))
            for span in spans
        ]  # fmt: skip
    else:
        groups: dict[str, list[tuple[float, float]]] = {}
        for span in sorted(spans, key=lambda s: s.began):
            merged = groups.setdefault(_class(span, colour), [])
            start, end = at(span.began), max(at(span.began) + 1, at(span.until))
            if merged and start - merged[-1][1] < 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        drawn = [
            element("path", class_=kind,
                    d="".join(f"M{a:.0f} 0H{b:.0f}V20H{a:.0f}z" for a, b in merged))
            for kind, merged in groups.items()
        ]  # fmt: skip
    said = f"{label}: {len(spans):,} attempt{'' if len(spans) == 1 else 's'}"
    svg = element("svg", drawn, viewBox=f"0 0 {_WIDE} 20", preserveAspectRatio="none",
                  role="img", aria_label=said)  # fmt: skip
    mark = element("i", class_=f"key {colour[label]}") if key else None
    return element("div", element("span", mark, label, class_="label"), svg, class_="lane")


def _class(span: Span, colour: dict[str, str]) -> str:
    return "bad" if span.ending.startswith("failed") else colour.get(span.stage, "c0")


def _words(span: Span) -> str:
    spent = (span.until - span.began).total_seconds()
    return f"{span.stage}/{span.item}: {span.ending or 'at work'}, {spent:.2f} s ({span.why})"


def _ruler(facts: Facts) -> Markup:
    whole = (facts.until - facts.began).total_seconds()
    marks = [
        element("span", duration(whole * part / 4), style=f"left:{part * 25}%",
                class_="last" if part == 4 else None)
        for part in (0, 2, 4)
    ]  # fmt: skip
    return element("div", element("span", class_="label"), element("div", marks, class_="marks"),
                   class_="lane ruler", aria_hidden="true")  # fmt: skip
