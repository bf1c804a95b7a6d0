"""Faults of a dataset as a whole: its classes, its folders, its loader's rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from animstudio.characters.cast import alike
from animstudio.dataset.inspect.buckets import bucket_findings
from animstudio.dataset.inspect.coco import coco_findings
from animstudio.dataset.inspect.finding import Finding, counted
from animstudio.dataset.inspect.layout import Layout
from animstudio.dataset.inspect.look import Seen
from animstudio.dataset.inspect.masks import mask_findings
from animstudio.dataset.inspect.metadata import metadata_findings
from animstudio.dataset.names import is_plain, valid
from animstudio.dataset.spec import InspectSpec

FEW: Final = 10
"""Pictures below which a class is hardly learned."""


def distribution_findings(layout: Layout, spec: InspectSpec) -> Iterable[Finding]:
    """Yield what is wrong with how many pictures each class has."""
    counts = Counter(one.group for one in layout.pictures)
    told = {group: count * layout.repeats.get(group, 1) for group, count in counts.items()}
    shown = {group: times for group, times in told.items() if times}  # 0: not trained at all
    if len(shown) > 1 and max(shown.values()) > spec.imbalance * min(shown.values()):
        most, least = max(shown, key=lambda g: shown[g]), min(shown, key=lambda g: shown[g])
        apart = shown[most] / shown[least]
        yield Finding("imbalance", "distribution", "high" if apart > 10 else "medium",
                      f"'{most}' is shown {apart:.1f} times as often as '{least}', "
                      f"{spec.imbalance:g} at most",
                      "Raise the repeats of the small ones: animstudio dataset balance.",
                      tuple(sorted(shown)),
                      tuple(f"{shown[group]} an epoch" for group in sorted(shown)))  # fmt: skip
    few = sorted(group for group, count in counts.items() if count < FEW)
    if few:
        yield Finding("few", "distribution", "medium" if len(few) == len(counts) else "low",
                      f"{len(few)} of {counted(len(counts), 'class')} with under {FEW} pictures",
                      "A LoRA wants 15 or more of each.", tuple(few),
                      tuple(counted(counts[group], "picture") for group in few))  # fmt: skip


def link_findings(layout: Layout) -> Iterable[Finding]:
    """Yield the links that lead to nothing; what they named is lost or lies elsewhere."""
    if layout.closed:
        yield Finding("closed", "corruption", "critical",
                      f"{counted(len(layout.closed), 'folder')} that may not be read",
                      "Give yourself the right to read them: what is in them was not looked at.",
                      tuple(layout.name(path) for path in layout.closed))  # fmt: skip
    if layout.dangling:
        names = tuple(layout.name(path) for path in layout.dangling)
        yield Finding("dangling", "corruption", "critical",
                      f"{counted(len(names), 'link')} to pictures or captions that are not there",
                      "Bring back what they lead to, or move them away with --fix.", names,
                      tuple(f"leads to {_aim(path)}" for path in layout.dangling),
                      names)  # fmt: skip


def _aim(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return "what cannot be read"


def format_findings(layout: Layout, seen: Sequence[Seen]) -> Iterable[Finding]:
    """Yield what a loader of this layout would trip over; `seen` is of each picture."""
    if not layout.pictures:
        yield Finding("no_pictures", "format", "critical", "there are no pictures",
                      "Name the folder that has them, or the one above.")  # fmt: skip
        return
    if layout.kind == "kohya":
        yield from _kohya(layout)
        yield from bucket_findings(layout, seen)
    if layout.kind == "imagefolder":
        yield from metadata_findings(layout.root, layout.metadata)
    names = [layout.name(one.file) for one in layout.pictures]
    yield from coco_findings(layout.root, layout.annotations, names)
    yield from mask_findings(layout, seen)
    yield from _names(layout)


def _names(layout: Layout) -> Iterable[Finding]:
    """Yield names that lists and caches of trainers cannot hold."""
    odd = [name for one in layout.pictures if not is_plain(name := layout.name(one.file))]
    if odd:
        broken = any(valid(name) != name for name in odd)
        yield Finding("name", "format", "high" if broken else "medium",
                      f"{counted(len(odd), 'name')} not in UTF-8, or with line breaks",
                      "Rename them: lists and caches of trainers cannot hold such names.",
                      tuple(odd))  # fmt: skip


def _kohya(layout: Layout) -> Iterable[Finding]:
    homes = {one.file.parent for one in layout.pictures}
    outside = sorted(layout.name(f) for f in homes if layout.name(f) not in layout.repeats)
    if outside:
        yield Finding(
            "kohya_outside",
            "format",
            "high",
            f"{counted(len(outside), 'folder')} not called N_name: kohya passes by",
            "Call them like 10_name: repeats, then the class.",
            tuple(outside),
        )
    zero = sorted(name for name, repeats in layout.repeats.items() if not repeats)
    if zero:
        yield Finding("kohya_zero", "format", "high", "folders with 0 repeats are not trained",
                      "Begin their names with 1 or more.", tuple(zero))  # fmt: skip
    parents = {f.parent for f in homes if layout.name(f) in layout.repeats}
    nested = sorted(layout.name(f) for f in parents if layout.name(f) in layout.repeats)
    if nested:
        yield Finding("kohya_nested", "format", "high",
                      "an N_name folder lies in another: kohya does not look there",
                      "Put them side by side.", tuple(nested))  # fmt: skip
    parted = sorted(layout.name(one.file) for one in layout.pictures
                    if len(one.file.stem.split("_")) >= 5)  # fmt: skip
    if parted:
        yield Finding("kohya_parts", "format", "low",
                      f"{counted(len(parted), 'name')} of five or more parts between underscores",
                      "Latent caches of kohya take such ends for sizes: use hyphens.",
                      tuple(parted))  # fmt: skip
    stems = Counter((one.file.parent, alike(one.file.stem)) for one in layout.pictures)
    same = sorted(layout.name(one.file) for one in layout.pictures
                  if stems[one.file.parent, alike(one.file.stem)] > 1)  # fmt: skip
    if same:
        yield Finding("same_stem", "format", "medium",
                      f"{counted(len(same), 'picture')} alike but for ending or capitals: "
                      "one caption, one file on many disks",
                      "Give each its own name.", tuple(same))  # fmt: skip
