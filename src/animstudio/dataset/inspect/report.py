"""An inspection as JSON, as Markdown and as a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from typing import Any, Final

from animstudio.dataset.inspect.finding import WEIGHTS, Finding
from animstudio.dataset.inspect.inspect import Inspection
from animstudio.dataset.names import shown, valid
from animstudio.dataset.page import bar, facts, figure, page, table

SHOWN: Final = 8
"""Files of a finding that a report names; the JSON has all."""
KINDS: Final = {"kohya": "kohya", "imagefolder": "Hugging Face ImageFolder", "coco": "COCO",
                "plain": "folders of pictures"}  # fmt: skip


def as_json(inspection: Inspection) -> dict[str, Any]:
    """Return all of it as JSON values."""
    return {
        "folder": valid(inspection.folder.as_posix()),
        "layout": inspection.kind,
        "pictures": inspection.pictures,
        "groups": {valid(name): count for name, count in inspection.groups.items()},
        "score": inspection.score.total,
        "categories": {
            name: {"score": inspection.score.categories[name], "weight": weight}
            for name, weight in WEIGHTS.items()
        },
        "findings": [_finding_json(one) for one in inspection.findings],
        "not_checked": list(inspection.not_checked),
        "recommendations": [one.advice for one in inspection.findings],
    }


def _finding_json(one: Finding) -> dict[str, Any]:
    """Return a finding; names that are no text are as near to themselves as JSON can have them."""
    texts = {name: [valid(text) for text in getattr(one, name)]
             for name in ("files", "details", "redundant")}  # fmt: skip
    return asdict(one) | texts | {"message": valid(one.message)}


def as_markdown(inspection: Inspection) -> str:
    """Return the report as Markdown."""
    lines = [
        f"# Dataset report: {shown(inspection.folder.name)}", "",
        f"**{inspection.score.total:g} of 100.** {_lead(inspection)}", "",
        "| | score | weight |", "|---|--:|--:|",
        *(f"| {name} | {inspection.score.categories[name]} | {weight:.0%} |"
          for name, weight in WEIGHTS.items()),
    ]  # fmt: skip
    for one in inspection.findings:
        lines += ["", f"## {one.level}: {one.message}", "", one.advice, ""]
        lines += [f"- `{shown(name)}`{f': {shown(said)}' if said else ''}"
                  for name, said in _first(one)]  # fmt: skip
        if len(one.files) > SHOWN:
            lines.append(f"- and {len(one.files) - SHOWN} more")
    lines += [f"\n{_sentence(one)}" for one in inspection.not_checked]
    return "\n".join(lines).rstrip() + "\n"


def as_page(inspection: Inspection, base: str) -> str:
    """Return the report as a page; `base` leads from the page to the dataset's folder."""
    rows = [[name, str(inspection.score.categories[name]), f"{weight:.0%}",
             bar(inspection.score.categories[name] / 100)]
            for name, weight in WEIGHTS.items()]  # fmt: skip
    counts = inspection.groups
    most = max(counts.values(), default=1)
    classes = [[escape(name), str(count), bar(count / most)] for name, count in counts.items()]
    body = [
        f"<h1>{escape(inspection.folder.name)}</h1><p class=soft>{escape(_lead(inspection))}</p>",
        f'<p class="score">{inspection.score.total:g}<small> of 100</small></p>',
        facts([(level, str(sum(one.level == level for one in inspection.findings)))
               for level in ("critical", "high", "medium", "low")]),
        table(["", "score", "weight", ""], rows, [1, 2]),
        "<h2>Findings</h2>",
        *(_finding(one, base) for one in inspection.findings),
        "" if inspection.findings else "<p>Nothing was found to be wrong.</p>",
        "<h2>Classes</h2>", table(["class", "pictures", ""], classes, [1]),
        *(f"<p class=soft>{escape(_sentence(one))}</p>" for one in inspection.not_checked),
    ]  # fmt: skip
    return page(f"Dataset report: {inspection.folder.name}", "\n".join(body))


def _finding(one: Finding, base: str) -> str:
    if one.category == "duplicates":
        kept = "stays" if one.redundant else "is trained with"
        inner = f"<div class=grid>{''.join(_pair(*row, base, kept) for row in _first(one))}</div>"
    elif one.category == "quality" or one.rule in ("turned", "colours"):
        figures = (figure(f"{base}/{name}", f"{name}\n{said}") for name, said in _first(one))
        inner = f"<div class=grid>{''.join(figures)}</div>"
    else:
        rows = (
            f"<li><code>{escape(shown(name))}</code> {escape(shown(said))}</li>"
            for name, said in _first(one)
        )
        inner = f"<ul>{''.join(rows)}</ul>" if one.files else ""
    more = len(one.files) - SHOWN
    rest = f"<p class=soft>and {more} more</p>" if more > 0 else ""
    return (
        f'<section class="finding {one.level}"><b class="level {one.level}">{one.level}</b>'
        f"<b>{escape(one.message)}</b> <small>{one.category}</small>"
        f"<p>{_prose(one.advice)}</p>{inner}{rest}</section>"
    )


def _pair(name: str, said: str, base: str, kept: str) -> str:
    """Return a twin and the one that it is like, side by side."""
    other = said.removeprefix("like ")
    both = figure(f"{base}/{name}", name) + figure(f"{base}/{other}", f"{other}\n{kept}")
    return f"<div class=pair>{both}</div>"


def _prose(text: str) -> str:
    """Return a text as HTML; what stands in `backticks` is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _first(one: Finding) -> Sequence[tuple[str, str]]:
    said = one.details or ("",) * len(one.files)
    return list(zip(one.files, said, strict=True))[:SHOWN]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _lead(inspection: Inspection) -> str:
    count = len(inspection.groups)
    if not inspection.pictures:
        return "There are no pictures in it, and so nothing to judge."
    return (
        f"{inspection.pictures} pictures in {count} {'class' if count == 1 else 'classes'}, laid "
        f"out as {KINDS[inspection.kind]}; {len(inspection.findings)} findings."
    )
