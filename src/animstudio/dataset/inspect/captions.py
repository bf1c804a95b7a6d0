"""Faults of captions, as trainers read them: one line of UTF-8 that is not empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from animstudio.dataset.inspect.clip_tokens import count_tokens
from animstudio.dataset.inspect.finding import Finding, Level, by_share, counted
from animstudio.dataset.inspect.layout import Found, Layout
from animstudio.dataset.spec import InspectSpec
from animstudio.dataset.text_file import read_caption


@dataclass(frozen=True, slots=True)
class Said:
    """A caption as it stands; `file` is what has it, relative to the dataset."""

    file: str
    text: str
    encoding: str


def read_said(layout: Layout) -> tuple[list[Said], list[Found], list[str]]:
    """Return all captions, the pictures without any, and the caption files not to be read."""
    found: list[Said] = []
    missing: list[Found] = []
    broken: list[str] = []
    for one in layout.pictures:
        if one.said is not None:
            found.append(Said(layout.name(one.file), one.said, "utf-8"))
        elif one.caption is None:
            missing.append(one)
        else:
            try:
                caption = read_caption(one.caption)
            except OSError:
                broken.append(layout.name(one.caption))
                continue
            found.append(Said(layout.name(one.caption), caption.text, caption.encoding))
    return found, missing, broken


def caption_findings(layout: Layout, spec: InspectSpec) -> Iterable[Finding]:
    """Yield what is wrong with captions."""
    if not layout.expects_captions:
        return
    said, missing, broken = read_said(layout)
    total = len(layout.pictures)
    if missing:
        level: Level = "critical" if len(missing) == total and layout.kind != "kohya" else (
            "high" if len(missing) * 10 >= total else "medium")  # fmt: skip
        yield Finding("caption_missing", "captions", level,
                      f"{counted(len(missing), 'picture')} without a caption",
                      "Write NAME.txt beside each; `animstudio dataset prepare` writes them.",
                      tuple(layout.name(one.file) for one in missing))  # fmt: skip
    yield from _unreadable(said, broken)
    if layout.orphans:
        names = tuple(layout.name(path) for path in layout.orphans)
        yield Finding("caption_orphaned", "captions", "medium",
                      f"{counted(len(names), 'caption')} without a picture of its name beside it",
                      "Rename them, or move them away with --fix.", names, (), names)  # fmt: skip
    if layout.doubled:
        names = tuple(layout.name(path) for path in layout.doubled)
        yield Finding("caption_doubled", "captions", "low",
                      f"{counted(len(names), 'picture')} with .txt and .caption beside it",
                      "Keep the ending that your trainer is set to.", names)  # fmt: skip
    yield from _wording(said, spec)


def _unreadable(said: list[Said], broken: list[str]) -> Iterable[Finding]:
    empty = (*broken, *(one.file for one in said if not one.text.strip()))
    if empty:
        yield Finding("caption_empty", "captions", "critical",
                      f"{counted(len(empty), 'caption')} empty; kohya stops at an empty file",
                      "Write at least the trigger word.", empty)  # fmt: skip
    bad = [one for one in said if one.encoding != "utf-8"]
    if bad:
        yield Finding("caption_encoding", "captions", "high",
                      f"{counted(len(bad), 'caption')} not plain UTF-8", "Save them as UTF-8.",
                      tuple(one.file for one in bad),
                      tuple(f"looks like {one.encoding}" for one in bad))  # fmt: skip
    lines = [one for one in said if len(one.text.strip().splitlines()) > 1]
    if lines:
        yield Finding("caption_lines", "captions", "medium",
                      f"{counted(len(lines), 'caption')} of several lines; kohya reads the first",
                      "Put all of it in one line.", tuple(one.file for one in lines))  # fmt: skip


def _wording(said: list[Said], spec: InspectSpec) -> Iterable[Finding]:
    tokens = [(one, count_tokens(one.text)) for one in said]
    long = [(one, count) for one, count in tokens if count > spec.max_tokens]
    if long:
        yield Finding("caption_long", "captions", by_share(len(long), len(said)),
                      f"{counted(len(long), 'caption')} over {spec.max_tokens} tokens of CLIP; "
                      "what is behind is not learned",
                      "Shorten them, or train with max_token_length 150 or 225.",
                      tuple(one.file for one, _ in long),
                      tuple(f"{count} tokens" for _, count in long))  # fmt: skip
    texts = Counter(one.text.strip() for one in said if one.text.strip())
    if len(said) >= 10 and texts and (common := texts.most_common(1)[0])[1] >= 0.9 * len(said):
        yield Finding(
            "caption_same",
            "captions",
            "low",
            f"{common[1]} of {len(said)} captions are the same: {common[0][:60]!r}",
            "What is not said of a picture is learned as part of the character.",
        )
