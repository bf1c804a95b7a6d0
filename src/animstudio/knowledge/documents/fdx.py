"""Final Draft screenplays (.fdx): XML whose paragraphs say what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from animstudio.knowledge.documents.packed import xml
from animstudio.knowledge.documents.source import Reading, Source
from animstudio.knowledge.documents.writing import Writing, one_line

_SPOKEN: Final = ("Dialogue", "Parenthetical")
_ASIDE: Final = re.compile(r"\s*\([^)]*\)")


def read_fdx(source: Source) -> Reading:
    """Return the script written anew, its scenes and speeches as blocks."""
    root = xml(source, source.text.encode(), "")
    writing, title = Writing(source), ""
    page = root.find("TitlePage")
    for paragraph in page.iter("Paragraph") if page is not None else ():
        words = one_line(_text(paragraph))
        title = title or words
        writing.add("paragraph", words)
    content = root.find("Content")
    if content is not None:
        _script(writing, list(_paragraphs(content)))
    return writing.reading(title=title)


def _paragraphs(element: Element) -> Iterator[tuple[str, str, str]]:
    """Yield type, number and words of the paragraphs, those of two who speak at once too."""
    for child in element:
        if child.tag != "Paragraph":
            continue
        double = child.find("DualDialogue")
        if double is not None:
            yield from _paragraphs(double)
        else:
            words = one_line(_text(child))
            if words:
                yield child.get("Type", "Action"), child.get("Number", ""), words


def _text(paragraph: Element) -> str:
    return "".join(piece.text or "" for piece in paragraph.findall("Text"))


def _script(writing: Writing, paragraphs: list[tuple[str, str, str]]) -> None:
    scene: int | None = None
    at = 0
    while at < len(paragraphs):
        kind, number, words = paragraphs[at]
        at += 1
        if kind == "Scene Heading":
            digits = re.match(r"\d+", number)
            scene = int(digits.group()) if digits else (scene or 0) + 1
            writing.heading(words, 1, scene=scene)
        elif kind == "Character":
            said = [words]
            while at < len(paragraphs) and paragraphs[at][0] in _SPOKEN:
                said.append(paragraphs[at][2])
                at += 1
            name = _ASIDE.sub("", words).strip()
            writing.add("cue", "\n".join(said), scene=scene, character=name)
        else:
            writing.add("paragraph", words, scene=scene)
