"""Bytes to text: what encoding a file is in, told by its bytes alone.

Byte order marks first, then UTF-8, then UTF-16 by where its zero bytes lie. What is left is a
legacy encoding: each that decodes without error is weighed by how many of its characters are
everyday ones of the language it was made for. Wrong decodings give rare characters: common
simplified Chinese read as Big5 is gibberish that no Chinese text contains.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

# Everyday characters: they stand among the first few hundred of any frequency list, and a film's
# notes cannot do without them.
_SHARED: Final = (
    "的一是不了在人有我他之大來上到中下子生自好你出也用年心天前方成那道主家要行可多小分學日"
    "作面事同地本文自手如去三外高月相力等公回己無意又入加水正明其美全十立主合月最理口海光走"
    "名字像白房山火目由比信花話吃位第住色女父男次才門近坐城叫早夜石平白安怎世夏"
)
_SIMPLIFIED: Final = frozenset(
    _SHARED + "这个们来为说时国会过对发现动经后样没开里还进见种长学问间两头关实让给从点么无当"
    "业东车边气体话电书认论几把声觉亲应该场门听爱儿变数万写总间走请难马风难鱼镇带朋友爸妈谁"
    "，。！？、：；“”（）《》"
)
_TRADITIONAL: Final = frozenset(
    _SHARED + "這個們為說時國會過對發現動經後樣沒開裡還進見種長問間兩頭關實讓給從點麼當業東車"
    "邊氣體電書認論幾把聲覺親應該場聽愛兒變數萬寫總請難馬風魚鎮帶朋友爸媽誰與"
    "，。！？、：；「」（）『』《》"
)
_KANA: Final = frozenset(map(chr, range(0x3041, 0x30FF))) | frozenset("。、「」日本人一年大中")
_HANGUL: Final = frozenset(
    "이다의는을가에고를도하한지사로자기은서어그나들리인있시으수대해아일것면부게전정스라만니상제장보과주여공"
    "구국동조계적원관위등화와성비모바마세미신문안생요러무중드소거때당람경간말내실방물년선속우연유없데행개치"
    "오분려회입려체학트님야르였했되던할친새름살며갔왔음식집길눈손발잘못더또왜잠깐울렸"
)
_LATIN: Final = frozenset("àâäáãåæçéèêëíìîïñóòôöõøœßúùûüÿ’‘“”–—…«»°©·¿¡€ÀÂÄÁÅÆÇÉÈÊËÍÎÑÓÔÖØÚÜ")
_POLISH: Final = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻčďěňřšťůýžČŠŽáéíúőű")
_CYRILLIC: Final = frozenset(map(chr, range(0x0430, 0x0450))) | frozenset("ё«»—")

_LEGACY: Final = (
    ("gb18030", _SIMPLIFIED),
    ("big5", _TRADITIONAL),
    ("cp950", _TRADITIONAL),
    ("big5hkscs", _TRADITIONAL),
    ("cp932", _KANA),
    ("euc_jp", _KANA),
    ("cp949", _HANGUL),
    ("cp1252", _LATIN),
    ("cp1251", _CYRILLIC),
    ("cp1250", _POLISH),
)
_SAMPLE: Final = 1 << 16
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Allowed below the space: tab, line feed, form feed, carriage return, and escape (terminal logs).
_CONTROLS: Final = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, and the codec with which ``data.decode(encoding) == text``."""

    text: str
    encoding: str


def decode(data: bytes) -> Decoded | str:
    """Return the text of a file, or why it is not text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _certain(data, encoding)
    if b"\0" in data:
        wide = _without_mark(data)
        return _certain(data, wide) if wide else _zero_byte(data)
    try:
        return _checked(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as broken:
        return _legacy(data, broken)


def _certain(data: bytes, encoding: str) -> Decoded | str:
    try:
        return _checked(data.decode(encoding), encoding)
    except UnicodeDecodeError as broken:
        return f"begins as {encoding.upper()} text, and breaks off at byte {broken.start}"


def _without_mark(data: bytes) -> str | None:
    """Return which UTF-16 it is: Latin letters, spaces and line ends have a zero on one side."""
    head = data[: _SAMPLE & ~1]
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if len(data) % 2 or max(even, odd) < max(1, half // 50) or min(even, odd) * 20 > half:
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return encoding if isinstance(_checked(text, encoding), Decoded) else None


def _checked(text: str, encoding: str) -> Decoded | str:
    controls = 0
    for controls, found in enumerate(_CONTROLS.finditer(text), start=1):  # noqa: B007 - counts
        if found.group() == "\0":
            return f"not text: a zero character at position {found.start()}"
    if controls > _MOST_CONTROLS * len(text):
        return f"not text: {controls} control characters among {len(text)}"
    return Decoded(text, encoding)


def _zero_byte(data: bytes) -> str:
    return f"not text: a zero byte at position {data.index(0)}"


def _legacy(data: bytes, broken: UnicodeDecodeError) -> Decoded | str:
    sample = _sample(data)
    if _is_damaged_utf8(sample):
        return f"begins as UTF-8 text, and breaks off at byte {broken.start}"
    ranked = sorted(
        ((_likeness(sample, encoding, everyday), -rank, encoding)
         for rank, (encoding, everyday) in enumerate(_LEGACY)),
        reverse=True,
    )  # fmt: skip
    for likeness, _, encoding in ranked:
        if likeness <= 0:
            break
        try:
            return _checked(data.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    return "not text: no encoding fits its bytes"


def _sample(data: bytes) -> bytes:
    """Return the lines with bytes above ASCII, at most `_SAMPLE`, so that long English says no."""
    lines = (line for line in data[: 16 * _SAMPLE].splitlines(True) if not line.isascii())
    return b"".join(lines)[:_SAMPLE]


def _likeness(sample: bytes, encoding: str, everyday: frozenset[str]) -> float:
    """Return the share of the characters above ASCII that are everyday ones, -1 for an error.

    The sample may end within a character. A two-byte encoding explains its bytes with half as
    many characters, so one byte a character must do better by more than chance.
    """
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeDecodeError:
        return -1
    letters = Counter(letter for letter in text if not letter.isascii())
    total = sum(letters.values())
    if not total or any(0x80 <= ord(letter) < 0xA0 for letter in letters):
        return -1
    share = sum(count for letter, count in letters.items() if letter in everyday) / total
    single = encoding.startswith("cp125")
    return share - 0.05 if single else share + 0.05 * ("�" not in letters)


def _is_damaged_utf8(sample: bytes) -> bool:
    """Return whether most of what is above ASCII is UTF-8 all the same: a legacy text never is."""
    letters = [letter for letter in sample.decode("utf-8", errors="replace") if letter > "\x7f"]
    return len(letters) > 3 * letters.count("\ufffd")
