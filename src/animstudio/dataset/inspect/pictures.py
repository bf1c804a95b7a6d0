"""Faults of single pictures: broken files, quality, size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from animstudio.dataset.inspect.finding import Category, Finding, by_share, counted
from animstudio.dataset.inspect.look import Seen
from animstudio.dataset.spec import InspectSpec

CLEAR: Final = 0.01
"""Share of a picture that is transparent from which that matters: round corners are less."""

Named = Sequence[tuple[str, Seen]]
Test = Callable[[Seen], str | None]
"""Returns what was measured where that is a fault."""


def picture_findings(pictures: Named, spec: InspectSpec) -> Iterable[Finding]:
    """Yield what is wrong with single pictures; `pictures` are names and what they are like."""
    broken = [(name, seen.fault) for name, seen in pictures if seen.fault]
    if broken:
        names = tuple(name for name, _ in broken)
        yield Finding(
            "corrupt", "corruption", "critical",
            f"{counted(len(broken), 'picture')} that cannot be read",
            "Replace them, or move them away with --fix.", names,
            tuple(fault for _, fault in broken), names,
        )  # fmt: skip
    rest = [(name, seen) for name, seen in pictures if not seen.fault]
    for rule, category, test, message, advice in _rules(spec):
        found = [(name, said) for name, seen in rest if (said := test(seen)) is not None]
        if found:
            yield Finding(
                rule, category, by_share(len(found), len(rest)),
                f"{counted(len(found), 'picture')} {message}", advice,
                tuple(name for name, _ in found), tuple(said for _, said in found),
            )  # fmt: skip


def _rules(spec: InspectSpec) -> Iterable[tuple[str, Category, Test, str, str]]:
    def softness(seen: Seen) -> str | None:
        wide = seen.softness
        if wide is None or wide <= spec.max_softness:
            return None
        return f"edges {wide:.1f} px wide, {spec.max_softness:g} at most"

    def noise(seen: Seen) -> str | None:
        if seen.noise <= spec.max_noise:
            return None
        return f"noise of {seen.noise:.1f} levels, {spec.max_noise:g} at most"

    def text(seen: Seen) -> str | None:
        if seen.text is None or seen.text <= spec.max_text:
            return None
        return f"text covers {seen.text:.2%}, {spec.max_text:.2%} at most"

    def size(seen: Seen) -> str | None:
        header = seen.header
        if header is None or min(header.width, header.height) >= spec.min_resolution:
            return None
        return f"{header.width}x{header.height}"

    yield ("blur", "quality", softness, "soft: out of focus, moving, or enlarged",
           "Leave them out, or take sharper frames of the same shots.")  # fmt: skip
    yield ("noise", "quality", noise, "noisy",
           "A LoRA learns grain too: denoise them or leave them out.")  # fmt: skip
    yield ("resolution", "quality", size, f"smaller than {spec.min_resolution} pixels",
           "Trainers would enlarge them; use larger ones.")  # fmt: skip
    yield ("dark", "quality", _dark, "dark even in their lights", "Leave them out.")
    yield ("light", "quality", _light, "blown out: light even in their darks", "Leave them out.")
    yield ("empty", "quality", _flat, "showing next to nothing", "Leave them out.")
    yield ("text", "quality", text, "with text burnt in: subtitles, credits, marks",
           "Leave them out, or a LoRA learns to write; cut corner marks away.")  # fmt: skip
    yield (
        "bars",
        "quality",
        _bars,
        "with black bars",
        "Cut the bars away, or they are learned; `animstudio dataset prepare` does.",
    )
    yield ("odd_shape", "quality", _shape, "much longer than wide, or the other way round",
           "Crop them around their subject.")  # fmt: skip
    yield ("transparent", "format", _clear, "with transparent parts, which trainers drop: they "
           "train with the colours that lie under it, black as a rule",
           "Flatten them on a neutral colour (`animstudio dataset prepare --background neutral`); "
           "with kohya's or ai-toolkit's `alpha_mask` those parts are not learned.")  # fmt: skip
    yield ("turned", "format", _turned, "turned by an EXIF mark, which some trainers ignore",
           "Save them upright.")  # fmt: skip
    yield ("colours", "format", _colours, "in colours that trainers do not expect",
           "Save them as 8 bits RGB.")  # fmt: skip
    yield ("animated", "format", _moving, "moving; only the first frame is trained",
           "Save the frames that you want as pictures.")  # fmt: skip
    yield ("ending", "format", _ending, "that many trainers do not look for",
           "Save them as PNG, JPEG or WebP.")  # fmt: skip


def _dark(seen: Seen) -> str | None:
    value = seen.exposure
    return f"lights at {value.dark:.2f} of white" if value and value.dark < 0.32 else None


def _light(seen: Seen) -> str | None:
    value = seen.exposure
    return f"darks at {value.light:.2f} of white" if value and value.light > 0.95 else None


def _flat(seen: Seen) -> str | None:
    value = seen.exposure
    return f"{value.entropy:.1f} bits of luma" if value and value.entropy < 2.0 else None


def _bars(seen: Seen) -> str | None:
    return f"{seen.bars:.0%} of it" if seen.bars > 0.02 else None


def _shape(seen: Seen) -> str | None:
    header = seen.header
    if header is None or min(header.width, header.height) >= 0.35 * max(
        header.width, header.height
    ):
        return None
    return f"{header.width}x{header.height}"


def _clear(seen: Seen) -> str | None:
    if seen.clear < CLEAR:
        return None
    under = "black" if seen.under < 0.06 else "white" if seen.under > 0.94 else "colours"
    return f"{seen.clear:.0%} of it transparent, {under} underneath"


def _turned(seen: Seen) -> str | None:
    header = seen.header
    return f"EXIF orientation {header.orientation}" if header and header.orientation > 1 else None


def _colours(seen: Seen) -> str | None:
    mode = seen.header.mode if seen.header else "RGB"
    return mode if mode == "CMYK" or mode.startswith(("I", "F", "LAB")) else None


def _moving(seen: Seen) -> str | None:
    header = seen.header
    return f"{header.frames} frames" if header and header.frames > 1 else None


def _ending(seen: Seen) -> str | None:
    kind = seen.header.kind if seen.header else "PNG"
    return kind if kind not in ("PNG", "JPEG", "WEBP", "BMP", "MPO") else None
