"""Pages that stand on their own: one style, nothing from elsewhere, no script."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from urllib.parse import quote

from animstudio.dataset.names import valid

_HEAD = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' "
    "file: data:; style-src 'unsafe-inline'\">\n"
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
)


def page(title: str, body: str) -> str:
    """Return an HTML page; `body` is HTML already."""
    style = files("animstudio.dataset").joinpath("page.css").read_text(encoding="utf-8")
    return valid(
        f"{_HEAD}<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Return a table of HTML cells; columns of numbers stand to the right."""

    def row(cells: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=n' if n in numbers else ''}>{cell}</{tag}>"
            for n, cell in enumerate(cells)
        )

    lines = [f"<tr>{row([escape(name) for name in head], 'th')}</tr>"]
    lines += [f"<tr>{row(cells, 'td')}</tr>" for cells in rows]
    return f'<div class="wide"><table>{"".join(lines)}</table></div>'


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Return names and values in a row of pairs."""
    inner = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in pairs)
    return f'<dl class="facts">{inner}</dl>'


def figure(file: str, caption: str, title: str = "") -> str:
    """Return a picture with its words; `file` is relative to the page."""
    at = quote(os.fsencode(file))
    return (
        f'<figure><a href="{at}"><img loading="lazy" src="{at}" alt="{escape(title or caption)}" '
        f'title="{escape(title)}"></a><figcaption>{escape(caption)}</figcaption></figure>'
    )


def bar(share: float) -> str:
    """Return a bar of a share of the column's width."""
    return f'<i class="bar" style="width:{max(0.0, min(1.0, share)):.1%}"></i>'
