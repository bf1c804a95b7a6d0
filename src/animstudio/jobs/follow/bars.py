"""Bars of tqdm, which kohya's scripts, diffusers, Hugging Face and Lightning draw.

steps:  15%|###  | 195/1300 [02:10<12:17, 1.50it/s, avr_loss=0.0912]
Epoch 3:  45%|####5     | 450/1000 [00:30<00:37, 14.73it/s, v_num=0, train_loss=0.123]
195it [02:10, 1.50it/s]
"""

from __future__ import annotations

import re

from animstudio.jobs.follow.numbers import NUMBER, SPAN, number, scaled, seconds, whole
from animstudio.jobs.follow.reading import Reading, read_pairs, reading_of

_TITLE, _WIDE = 120, 600
"""Characters before a bar's percentage, and after it, that are looked at."""
_BAR = re.compile(
    rf"(?:(?P<title>[^|\r\n]*?):?\s*\d{{1,3}}%\|[^|]*\|\s*)"
    rf"(?P<step>[\d.,]+[kKMGT]?)/(?P<total>[\d.,]+[kKMGT]?)"
    rf"(?:\s*(?P<bytes>[kKMGT]?i?B))?\s*"
    rf"\[(?P<spent>{SPAN})<(?P<left>{SPAN}|\?)(?P<rest>[^\]]*)\]"
)
_OPEN = re.compile(
    rf"(?:(?P<title>[^|\r\n\[]*?):\s*)?\b(?P<step>\d+)\s?(?P<unit>[A-Za-z]+)\s"
    rf"\[(?P<spent>{SPAN}),(?P<rest>[^\]]*)\]"
)
_RATE = re.compile(
    rf"(?P<number>{NUMBER})(?P<scale>[kKMGT]?)\s?(?P<unit>[^\s,/\d]+)/(?P<per>[^\s,\]]+)"
)
_PAIR = re.compile(rf"(?<![\w./-])([\w./-]{{1,40}})\s*[=:]\s*({NUMBER})", re.IGNORECASE)
_EPOCH = re.compile(r"\bepochs?\s*:?\s*\[?(\d+)(?:\s*(?:/|of)\s*(\d+))?", re.IGNORECASE)


def read_bar(line: str) -> Reading | None:
    """Return what a bar says; None for one that is not whole, and for bars of bytes."""
    at = line.rfind("%|")
    found = _BAR.search(line[max(0, at - _TITLE) : at + _WIDE]) if at >= 0 else None
    if found is None:
        short = len(line) < _WIDE and ("it [" in line or "/s" in line)
        return _read_open(line) if short else None
    rest = found["rest"]
    if found["bytes"] or re.search(r"[kKMGT]?i?B/s", rest):
        return None  # a download
    step, total = _count(found["step"]), _count(found["total"])
    if step is None or total is None:
        return None
    fields = read_pairs((name, number(value)) for name, value in _PAIR.findall(rest))
    epoch = fields.pop("epoch", None)
    title = (found["title"] or "").strip()
    more: dict[str, object] = {"step": step, "total": total, "title": title}
    if named := _EPOCH.search(title):
        more |= _of_epoch(named, step, total)
    elif epoch is not None:
        more["epoch"] = epoch
    rate = _rate(rest)
    left = seconds(found["left"])
    more |= {"rate": rate, "left": left}
    return reading_of({k: v for k, v in fields.items() if k not in more}, **more)


def _read_open(line: str) -> Reading | None:
    """Read a bar whose end nobody knows."""
    found = _OPEN.search(line)
    if found is None or found["unit"].endswith("B"):
        return None
    rest = found["rest"]
    fields = read_pairs((name, number(value)) for name, value in _PAIR.findall(rest))
    title = (found["title"] or "").strip()
    return reading_of(fields, step=int(found["step"]), rate=_rate(rest), title=title)


def _of_epoch(named: re.Match[str], step: int, total: int) -> dict[str, object]:
    """Read a bar that is of one epoch: Lightning counts them from 0, ``Epoch 1/10`` from 1."""
    counted = named[2] is not None
    first = int(named[1]) if counted else int(named[1]) + 1
    part = step / total if total else 0.0
    return {
        "of_epoch": True,
        "epoch": first + min(part, 1.0),
        "epochs": int(named[2]) if counted else None,
    }


def _rate(text: str) -> float | None:
    found = _RATE.search(text)
    if found is None:
        return None
    try:
        value = scaled(found["number"] + found["scale"])
    except ValueError:
        return None
    if found["per"] == "s":
        return value
    return 1 / value if found["unit"] == "s" and value else None


def _count(text: str) -> int | None:
    try:
        return whole(scaled(text))
    except ValueError:
        return None
