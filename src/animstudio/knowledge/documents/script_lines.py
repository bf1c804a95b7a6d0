"""What the lines of a screenplay are, however it is written down: headings, names, margins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from animstudio.knowledge.document import Block, BlockKind
from animstudio.knowledge.documents.plain import trimmed

_NUMBER: Final = r"\d{1,4}[A-Z]{0,2}"
_PLACE: Final = (
    r"(?:INT\.?\s*/\s*EXT|EXT\.?\s*/\s*INT|INT|EXT|EST|I\s*/\s*E|E\s*/\s*I)(?:\.|\s|\s*[-–—])"
)
_HEADING: Final = re.compile(
    rf"\s*(?:(?P<left>{_NUMBER})[.)]?\s+)?(?P<words>{_PLACE}\s*(?P<place>\S).*?)"
    rf"(?:\s*#(?P<tag>[\w.-]+)#|\s{{2,}}(?P<right>{_NUMBER})\.?)?\s*"
)
_CHINESE: Final = re.compile(
    r"\s*(?:第\s*(?P<nth>[一二三四五六七八九十百零〇两\d]+)\s*[场場](?:[\s：:、.，,—-].*)?"
    r"|(?:(?P<left>\d{1,4})\s*[、.．]?\s*)?(?:内景|內景|外景|内外景|內外景|日内|日外|夜内|夜外|日內|夜內)"
    r"(?:[\s.．。、：:，,—–-].*|$).*)\s*"
)
_ANY_HEADING: Final = re.compile(r"\b(?:INT|EXT|I/E|E/I)\b|[场場]|[内內外]景|[日夜][内內外]")
_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2,
}  # fmt: skip
_MARGIN: Final = re.compile(
    rf"\s*(?:{_NUMBER}\.?(?:\s+{_NUMBER}\.?)?"
    rf"|(?:{_NUMBER}\s+)?\(?CONTINUED:?\)?:?(?:\s*\(\d+\))?(?:\s+{_NUMBER})?|\(MORE\))\s*",
)
_TRANSITION: Final = re.compile(
    r"[A-Z '.\-]*\bTO:|FADE (?:IN|OUT|TO BLACK)[.:]?|(?:SMASH |MATCH )?CUT (?:TO|IN)[.:].*"
    r"|THE END\.?|DISSOLVE.*[:.]|TITLE.*:|SUPER.*:|MONTAGE.*|INTERCUT.*|END OF .*|CONTINUED.*"
)
_ASIDE: Final = re.compile(r"\s*[(（][^)）]*[)）]\s*")
_LONGEST_NAME: Final = 40
_LONGEST_LINE: Final = 300


def scene_heading(line: str) -> tuple[int | None, str] | None:
    """Return a scene heading's number, where it has one, and words; None for another line."""
    if len(line) > _LONGEST_LINE:
        return None
    found = _HEADING.fullmatch(line)
    if found and not found["place"].islower():
        words, number = found["words"], found["left"] or found["right"] or found["tag"]
        if number and found["left"] and words.endswith(f" {number}"):
            words = words[: -len(number)].rstrip()  # the right margin, one space away
        digits = re.match(r"\d+", number or "")
        return (int(digits.group()) if digits else None), " ".join(words.split())
    chinese = _CHINESE.fullmatch(line)
    if chinese:
        number = chinese["nth"] or chinese["left"]
        return (_chinese_number(number) if number else None), " ".join(line.split())
    return None


def may_have_scenes(text: str, fewest: int) -> bool:
    """Return whether a text has so many words of scene headings; a quick look before a slow one."""
    found = _ANY_HEADING.finditer(text)
    return all(next(found, None) is not None for _ in range(fewest))


def _chinese_number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    total = digit = 0
    for letter in text:
        if letter in "十百":
            total += (digit or 1) * (10 if letter == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS.get(letter, 0)
    return total + digit


def character_name(line: str) -> str | None:
    """Return whose line begins: a name in capitals, ``LUCA (V.O.)``; None for another line."""
    if len(line) > _LONGEST_LINE:
        return None
    name = _ASIDE.sub(" ", line).strip().rstrip("^").strip()
    if not 1 <= len(name) <= _LONGEST_NAME or not any(letter.isupper() for letter in name):
        return None
    if any(letter.islower() for letter in name) or name[-1] in ".!?,;:" or is_transition(name):
        return None
    return None if is_margin(line) or not name[0].isalnum() else name


def is_transition(line: str) -> bool:
    """Return whether a line says how the film cuts."""
    return len(line) <= _LONGEST_LINE and bool(_TRANSITION.fullmatch(line.strip()))


def is_margin(line: str) -> bool:
    """Return whether a line holds only what stands in margins: numbers, CONTINUED, MORE."""
    return len(line) <= _LONGEST_LINE and bool(_MARGIN.fullmatch(line))


@dataclass(slots=True)
class Script:
    """The blocks of a screenplay as they are found, and the scene they stand in.

    path: headings above: a script's sections, then the scene.
    """

    text: str
    blocks: list[Block] = field(default_factory=list)
    scene: int | None = None
    sections: list[tuple[int, str]] = field(default_factory=list)
    _title: str | None = None
    _count: int = 0

    @property
    def path(self) -> tuple[str, ...]:
        """Sections, then the scene's heading."""
        sections = tuple(words for _, words in self.sections)
        return (*sections, self._title) if self._title else sections

    def open_scene(self, start: int, end: int, number: int | None, words: str) -> None:
        """Begin a scene with its heading; one without a number follows the one before."""
        self._title = None
        self._count = self._count + 1 if number is None else number
        self.scene = self._count
        self.add("heading", start, end)
        self._title = words

    def open_section(self, start: int, end: int, level: int, words: str) -> None:
        """Begin an act or sequence."""
        while self.sections and self.sections[-1][0] >= level:
            self.sections.pop()
        self._title, self.scene = None, None
        self.add("heading", start, end)
        self.sections.append((level, words))

    def add(self, kind: BlockKind, start: int, end: int, character: str | None = None) -> None:
        """Add a stretch of the text, without white space around it."""
        start, end = trimmed(self.text, start, end)
        if end > start:
            block = Block(start, end, kind, self.path, scene=self.scene, character=character)
            self.blocks.append(block)
