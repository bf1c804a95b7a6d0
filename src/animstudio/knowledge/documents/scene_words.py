"""A scene of a film's analysis in words, as somebody would ask for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from animstudio.knowledge.documents.colour_words import colour_word

Record = Mapping[str, Any]

_SIZES: Final = ("extreme_close_up", "close_up", "medium_close_up", "medium", "medium_wide", "wide",
                 "extreme_wide")  # fmt: skip
_MOVES: Final = {"pan": "pans", "tilt": "tilts", "zoom": "zooms", "roll": "rolls",
                 "pan_tilt": "pans and tilts", "complex": "moves"}  # fmt: skip
_OPENINGS: Final = {"cut": "a cut", "fade_in": "a fade in", "fade_out": "a fade out",
                    "dissolve": "a dissolve"}  # fmt: skip


def clock(seconds: float) -> str:
    """Return ``HH:MM:SS.mmm``."""
    thousandths = round(max(0.0, seconds) * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def head(scene: Record) -> str:
    """Return when a scene is and how long: ``Scene 4, 00:00:12.500 to 00:00:17.000 (4.5 s)``."""
    start, end = float(scene["start_seconds"]), float(scene["end_seconds"])
    return f"Scene {scene['scene']}, {clock(start)} to {clock(end)} ({end - start:.1f} s)"


def transitions(scene: Record) -> str:
    """Return how a scene begins and ends; nothing where it is cut to and from."""
    words = []
    for side, verb in (("opening", "opens"), ("closing", "closes")):
        found = scene.get(side)
        kind = found.get("kind") if isinstance(found, dict) else None
        if kind and kind != "cut":
            words.append(f"{verb} with {_OPENINGS.get(kind, plain(kind))}")
    return " and ".join(words)


def size(pictures: Sequence[Record]) -> str:
    """Return ``wide shot``, or ``medium to wide shot`` where it changes."""
    seen = sorted({str(p["shot_size"]) for p in pictures if p.get("shot_size") in _SIZES},
                  key=_SIZES.index)  # fmt: skip
    if not seen:
        return ""
    ends = dict.fromkeys((plain(seen[0]), plain(seen[-1])))
    return " to ".join(ends) + " shot"


def camera(move: Record) -> str:
    """Return ``the camera pans left, smooth``."""
    kind, direction = str(move.get("kind", "")), str(move.get("direction", "none"))
    style = str(move.get("style", ""))
    if kind == "static":
        return "the camera is static" + (", handheld" if style == "handheld" else "")
    where = "" if direction == "none" else " " + direction.replace("_", " and ")
    how = "" if style in ("", "static") else f", {style}"
    return f"the camera {_MOVES.get(kind, plain(kind))}{where}{how}"


def palette(swatches: Iterable[Any], most: int = 5) -> str:
    """Return ``palette light pink (#f4d0d9) 42 %, green (#5e7f5d) 28 %``."""
    words = [
        f"{colour_word(str(swatch['hex']))} ({swatch['hex']}) {float(swatch['share']):.0%}"
        for swatch in swatches
        if isinstance(swatch, dict) and "hex" in swatch and "share" in swatch
    ]
    return f"palette {', '.join(words[:most])}".replace("%", " %") if words else ""


def mixed(pictures: Sequence[Record]) -> list[dict[str, Any]]:
    """Return one palette for several pictures: the shares of what people call the same colour.

    Each colour is shown by the code with the greatest share.
    """
    shares: Counter[str] = Counter()
    codes: dict[str, tuple[float, str]] = {}
    for swatch in (swatch for picture in pictures for swatch in picture.get("palette") or ()):
        code, share = str(swatch["hex"]), float(swatch["share"])
        word = colour_word(code)
        shares[word] += share / len(pictures)  # type: ignore[assignment]
        codes[word] = max(codes.get(word, (0.0, "")), (share, code))
    return [{"hex": codes[word][1], "share": share} for word, share in shares.most_common()]


def look(pictures: Sequence[Record]) -> str:
    """Return how bright, contrasty and colourful pictures are, and how many subjects they show."""
    words = [
        low if value < least else high
        for name, least, most, low, high in (
            ("brightness", 0.3, 0.65, "dark", "bright"),
            ("contrast", 0.3, 0.6, "low contrast", "high contrast"),
            ("saturation", 0.2, 0.5, "muted colours", "saturated colours"),
        )
        if (value := _mean(pictures, name)) is not None and not least <= value <= most
    ]
    shown = (picture.get("subjects") for picture in pictures)
    counts = [len(subjects) for subjects in shown if isinstance(subjects, list)]
    if any(counts):
        few, many = min(counts), max(counts)
        number = str(few) if few == many else f"{few} to {many}"
        words.append(f"{number} subject{'' if number == '1' else 's'}")
    return ", ".join(words)


def speech(spans: Iterable[Any], start: float, end: float) -> str:
    """Return when somebody speaks in a scene: ``somebody speaks 00:00:13.000-00:00:14.500``."""
    inside = [
        f"{clock(max(start, float(span['start'])))}-{clock(min(end, float(span['end'])))}"
        for span in spans
        if isinstance(span, dict) and float(span["end"]) > start and float(span["start"]) < end
    ]
    return f"somebody speaks {', '.join(inside)}" if inside else ""


def loudness(curve: Sequence[Any], step: float, start: float, end: float) -> str:
    """Return how loud a scene is: ``loudness -21.4 LUFS``, the mean of its power."""
    values = [
        float(value)
        for number, value in enumerate(curve)
        if isinstance(value, int | float) and start <= (number + 0.5) * step < end
    ]
    if not values:
        return ""
    return f"{_loud_word(mean := _power_mean(values))} ({mean:.0f} LUFS)"


def _power_mean(values: Sequence[float]) -> float:
    from math import log10

    return 10 * log10(sum(10 ** (value / 10) for value in values) / len(values))


def _loud_word(lufs: float) -> str:
    return "loud" if lufs > -18 else "quiet" if lufs < -35 else "of middling loudness"


def plain(word: str) -> str:
    """Return a record's word as people write it: ``medium_close_up`` is medium close-up."""
    return word.replace("close_up", "close-up").replace("_", " ")


def _mean(pictures: Sequence[Record], name: str) -> float | None:
    values = [float(p[name]) for p in pictures if isinstance(p.get(name), int | float)]
    return sum(values) / len(values) if values else None
