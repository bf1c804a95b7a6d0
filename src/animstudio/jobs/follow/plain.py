"""Plain lines: ``epoch 3/10``, ``step 100/1000``, ``loss=0.09``, ``lr: 1e-4``; Lightning's bars.

Also what scripts say at their start: ``total optimization steps = 1,300``, ``Num Epochs = 4``.
"""

from __future__ import annotations

import re

from animstudio.jobs.follow.numbers import NUMBER, SPAN, number, seconds
from animstudio.jobs.follow.reading import Reading, read_pairs, reading_of

_EPOCH = re.compile(r"\bepochs?\b\s*[:=#]?\s*[\[(]?(\d+)\s*(?:/|of)\s*(\d+)", re.IGNORECASE)
_EPOCH_ALONE = re.compile(r"\bepoch\s*[:=#]?\s*[\[(]?(\d+)\b(?!\s*[./%\d])", re.IGNORECASE)
_STEP = re.compile(
    r"\b(?:global[ _])?(?:steps?|iters?|iterations?|batch)\b\s*[:=#]?\s*[\[(]?"
    r"(\d[\d,]*)\s*(?:/|of)\s*(\d[\d,]*)",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rf"(?<![\w./-])([A-Za-z][\w./-]{{0,40}})\s*(?:[=:]|\bis\b)?\s*({NUMBER})(?![\w%])",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"(?P<what>total (?:optimization|training) steps|num(?:ber of)? (?:train )?epochs)"
    r"[^:=\d]*[:=]\s*(?P<number>\d[\d,]*)",
    re.IGNORECASE,
)
_DONE = re.compile(r"\b(?:done|finished|completed?|ended|over)\b", re.IGNORECASE)
_RICH = re.compile(
    rf"Epoch (\d+)/(\d+)\s+[━╸╺\s─]+\s*(\d+)/(\d+)\s+{SPAN} • (-:--:--|{SPAN})\s+({NUMBER})it/s"
)


def read_plain(line: str) -> Reading | None:
    """Return what a plain line says; None where it says nothing of use."""
    if found := _HEAD.search(line):
        value = int(found["number"].replace(",", ""))
        steps = "steps" in found["what"].lower()
        return Reading(total=value) if steps else Reading(epochs=value)
    fields = read_pairs((name, number(value)) for name, value in _PAIR.findall(line))
    if found := _RICH.search(line):
        return _read_rich(found, fields)
    more: dict[str, object] = {}
    if found := _EPOCH.search(line):
        more |= {"epoch": float(found[1]), "epochs": int(found[2])}
    elif found := _EPOCH_ALONE.search(line):
        more["epoch"] = float(found[1])
    if "epoch" in more and _DONE.search(line):
        more["finished"] = True
    if found := _STEP.search(line):
        more |= {"step": int(found[1].replace(",", "")), "total": int(found[2].replace(",", ""))}
        more["of_epoch"] = _of_epoch(more)
    fields.pop("epoch", None)
    fields.pop("epochs", None)
    kept = {name: value for name, value in fields.items() if name not in more}
    return reading_of(kept, **more) if kept or more else None


def _of_epoch(said: dict[str, object]) -> bool:
    """Whether the steps beside an epoch are its own: else their part is about the epoch's."""
    epoch, epochs, step, total = (said.get(n) for n in ("epoch", "epochs", "step", "total"))
    if not isinstance(epoch, float) or not isinstance(epochs, int):
        return False
    if not isinstance(step, int) or not isinstance(total, int) or not total or not epochs:
        return False
    return epoch < 2 or not (epoch - 1) / epochs <= step / total <= epoch / epochs


def _read_rich(found: re.Match[str], fields: dict[str, float]) -> Reading:
    """Read Lightning's bar for rich terminals: epochs from 0, the last one named."""
    epoch, last, step, total = (int(found[i]) for i in range(1, 5))
    kept = {k: v for k, v in fields.items() if k in ("loss", "average", "validation")}
    return reading_of(
        kept,
        step=step, total=total, of_epoch=True,
        epoch=epoch + 1 + (step / total if total else 0.0), epochs=last + 1,
        left=seconds(found[5]), rate=number(found[6]), title="Epoch",
    )  # fmt: skip
