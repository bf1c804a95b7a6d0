"""Building HTML and SVG in which text cannot become markup.

`element` escapes every string that is not `Markup`, so a thing called ``<script>`` stays a
name. There is no other way into the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import quote


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | Markup | None | Iterable["Child"]

VOID = frozenset({"br", "col", "img", "input", "link", "meta", "wbr"})
"""Elements of HTML that have no end tag."""


def element(name: str, /, *children: Child, **attributes: object) -> Markup:
    """Return ``<name attributes>children</name>``.

    A trailing underscore is dropped from an attribute's name and others become hyphens
    (``class_``, ``aria_label``). None and False leave an attribute out, True writes it bare.
    """
    start = f"<{name}{''.join(_attribute(*pair) for pair in attributes.items())}>"
    if name in VOID:
        return Markup(start)
    return Markup(f"{start}{join(children)}</{name}>")


def join(children: Child) -> Markup:
    """Return children one after another, strings escaped."""
    if children is None:
        return Markup("")
    if isinstance(children, Markup):
        return children
    if isinstance(children, str):
        return Markup(escape(children, quote=False))
    return Markup("".join(join(child) for child in children))


def name(text: str) -> Markup:
    """Return somebody's name for a thing, isolated from the direction of the text around it."""
    return element("bdi", text)


def link(path: str) -> str:
    """Return a relative path as a link's address; a scheme inside it is only characters."""
    return quote(path, safe="/")


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    key = key.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{escape(str(value))}"'
