"""The shot list as a CMX 3600 edit decision list: what every editor opens.

An event is ``number reel track edit source-in source-out record-in record-out``; outs are
exclusive. A dissolve is two lines of one number: a cut of no length to the outgoing clip,
then ``D`` with its length in frames and the incoming clip, which begins where the
transition does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from animstudio.film.export.clips import Clip, clips
from animstudio.film.export.spec import USUAL, ExportSpec
from animstudio.film.export.timecode import TimecodeRate, timecode_rate
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot

WORDS = {
    "cut": "CUT",
    "dissolve": "DISSOLVE",
    "fade": "FADE THROUGH BLACK OR WHITE",
    "fade_in": "FADE IN",
    "fade_out": "FADE OUT",
}


def edl(
    shots: Sequence[Shot],
    measures: Measures,
    *,
    title: str,
    file: str,
    remarks: Mapping[int, str] | None = None,
    spec: ExportSpec = USUAL,
) -> str:
    """Return the EDL's text: the film laid on a timeline as its own shots.

    `file` names the source; editors relink by its ``FROM CLIP NAME``. `remarks` are comments
    by shot number. CMX 3600 itself ends at event 999; more are numbered on with four digits,
    which Resolve and Premiere read.

    Raises WorkFailed where the film's rate has no timecode, AskedWrongly for a drop-frame
    or a media start that the rate does not have.
    """
    rate = timecode_rate(measures, drop=spec.drop_frame)
    offset = rate.frame(spec.media_start)
    name = _one_line(file)
    lines = [
        f"TITLE: {_one_line(title)[:70]}",
        f"FCM: {'DROP FRAME' if rate.drop else 'NON-DROP FRAME'}",
        "",
    ]
    cut_list = clips(shots, measures, rate)
    for clip, following in zip(cut_list, [*cut_list[1:], None], strict=True):
        end = clip.end - (following.before if following else 0)
        lines += _event(clip, end, reel_name(file), rate, offset)
        lines.append(f"* FROM CLIP NAME: {name}")
        if clip.mixes:
            lines.append(f"* TO CLIP NAME: {name}")
        lines.append(f"* COMMENT: {_comment(clip, (remarks or {}).get(clip.number, ''))}")
    return "\n".join(lines) + "\n"


def reel_name(file: str) -> str:
    """Return at most 8 letters and digits of a file's name; AX, no reel, where none is left."""
    stem = file.replace("\\", "/").rsplit("/", 1)[-1]
    stem = stem.rsplit(".", 1)[0] if "." in stem[1:] else stem
    return re.sub(r"[^A-Z0-9]", "", stem.upper())[:8] or "AX"


def _event(clip: Clip, end: int, reel: str, rate: TimecodeRate, offset: int) -> list[str]:
    """Return the lines of one event; the film is its own timeline, so record equals source."""
    head = f"{clip.number:03d}  {reel:<8} V     "
    start = clip.start - clip.before
    span = _span(start, end, rate, offset)
    if not clip.mixes:
        return [f"{head}C        {span}"]
    nothing = _span(start, start, rate, offset)
    # An editor refuses a transition that is longer than its event.
    length = min(clip.before + clip.after, end - start)
    return [f"{head}C        {nothing}", f"{head}D    {length:03d} {span}"]


def _span(start: int, end: int, rate: TimecodeRate, offset: int) -> str:
    here = f"{rate.text(start + offset)} {rate.text(end + offset)}"
    return f"{here} {here}"


def _comment(clip: Clip, remark: str) -> str:
    parts = [f"SHOT {clip.number}"]
    if clip.opening and clip.opening != "cut":
        parts.append(f"OPENS WITH {WORDS[clip.opening]}")
    if clip.closing == "fade_out":
        parts.append("CLOSES WITH FADE OUT")
    if remark:
        parts.append(_one_line(remark))
    return ", ".join(parts)


def _one_line(text: str) -> str:
    """Return the text without line breaks and control characters, which would end a field."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
