"""Pictures beside the sizes that kohya's ``dataset.toml`` allows."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from typing import Any

from animstudio.dataset.inspect.finding import Finding, by_share, counted
from animstudio.dataset.inspect.layout import Layout
from animstudio.dataset.inspect.look import Seen

SETTINGS = "dataset.toml"


def bucket_findings(layout: Layout, seen: Sequence[Seen]) -> Iterable[Finding]:
    """Yield pictures that are smaller than the trainer's smallest bucket, and a broken TOML.

    kohya enlarges them, or ignores the limit where ``bucket_no_upscale`` is set.
    """
    file = layout.root / SETTINGS
    if not file.is_file():
        return
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        yield Finding("settings_broken", "format", "critical", f"{SETTINGS} cannot be read",
                      "The trainer stops at it; mend it or prepare the set again.", (SETTINGS,),
                      (" ".join(str(error).split()),))  # fmt: skip
        return
    least, kept = _limits(settings)
    small = [
        (layout.name(one.file), f"{look.header.width}x{look.header.height}, {least} at least")
        for one, look in zip(layout.pictures, seen, strict=True)
        if look.header and not look.fault and min(look.header.width, look.header.height) < least
    ]
    if small:
        what = "which is ignored: trained small" if kept else "to be enlarged"
        yield Finding(
            "bucket_small", "format", "low" if kept else by_share(len(small), len(seen)),
            f"{counted(len(small), 'picture')} below min_bucket_reso of {SETTINGS}, {what}",
            "Use larger pictures, or lower min_bucket_reso.",
            tuple(name for name, _ in small), tuple(said for _, said in small),
        )  # fmt: skip


def _limits(settings: dict[str, Any]) -> tuple[int, bool]:
    """Return the largest ``min_bucket_reso`` in pixels, 0 if none, and whether it is ignored."""
    general = settings.get("general")
    parts = [
        part for part in (general, *_tables(settings.get("datasets"))) if isinstance(part, dict)
    ]
    least = [
        part["min_bucket_reso"] for part in parts if isinstance(part.get("min_bucket_reso"), int)
    ]
    return max(least, default=0), any(part.get("bucket_no_upscale") is True for part in parts)


def _tables(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
