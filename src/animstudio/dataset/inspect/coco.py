"""COCO's annotations as anybody may have written them: read part by part, and judged.

A part that is not what COCO says is passed over; that there was one is noted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animstudio.dataset.inspect.finding import Finding, counted


@dataclass(slots=True)
class Annotations:
    """What a file of annotations says.

    pictures: by file name: the category's name ("" where there is none), and the caption.
    broken:   what of it is not as COCO has it, in words.
    """

    file: Path
    pictures: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def coco_files(root: Path) -> list[Path]:
    """Return the JSON files where COCO's lie: at the top, or in ``annotations/``."""
    return sorted([*root.glob("*.json"), *root.glob("annotations/*.json")])


def read_coco(file: Path) -> Annotations | None:
    """Return what a file says, None if it is something else than annotations."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        unread = file.parent.name == "annotations"
        return Annotations(file, broken=["no JSON that can be read"]) if unread else None
    if not isinstance(content, dict) or not {"images", "annotations"} <= content.keys():
        return None
    found = Annotations(file)
    kinds = {_key(one): str(one.get("name")) for one in _parts(found, content, "categories")}
    marks: dict[str, dict[str, Any]] = {}
    for mark in _parts(found, content, "annotations"):
        marks.setdefault(repr(mark.get("image_id")), {}).update(mark)
    for image in _parts(found, content, "images"):
        if not isinstance(name := image.get("file_name"), str):
            found.broken.append("images: an entry has no file_name")
            continue
        mark = marks.get(_key(image), {})
        said = image.get("caption") or mark.get("caption")
        kind = kinds.get(repr(mark.get("category_id")), "")
        found.pictures[name] = kind, said if isinstance(said, str) else None
    return found


def _key(part: dict[str, Any]) -> str:
    """Return an id as a key; somebody's may be a list."""
    return repr(part.get("id"))


def _parts(found: Annotations, content: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of a list, and note what is none."""
    value = content.get(name, [])
    if not isinstance(value, list):
        found.broken.append(f"{name}: no list")
        return []
    parts = [one for one in value if isinstance(one, dict)]
    if len(parts) < len(value):
        found.broken.append(f"{name}: {counted(len(value) - len(parts), 'entry')} of no object")
    return parts


def coco_findings(
    root: Path, files: Sequence[Annotations], shown: Iterable[str]
) -> Iterable[Finding]:
    """Yield what is wrong with annotations; `shown` are the pictures that are there."""
    broken = [(one.file.relative_to(root).as_posix(), why) for one in files for why in one.broken]
    if broken:
        yield Finding("annotations_broken", "format", "critical",
                      f"{counted(len(broken), 'part')} of annotations not as COCO has them",
                      "Export them anew: loaders stop there.",
                      tuple(name for name, _ in broken),
                      tuple(why for _, why in broken))  # fmt: skip
    there = {path for name in shown for path in endings(name)}
    gone = [(one.file.relative_to(root).as_posix(), name)
            for one in files for name in one.pictures if name not in there]  # fmt: skip
    if gone:
        yield Finding("annotations_gone", "format", "critical",
                      f"{counted(len(gone), 'picture')} of annotations not there",
                      "Bring them back, or export the annotations anew.",
                      tuple(name for name, _ in gone), tuple(name for _, name in gone))  # fmt: skip


def endings(path: str) -> list[str]:
    """Return a path and what is left of it below each of its folders: COCO may name any."""
    parts = path.split("/")
    return ["/".join(parts[at:]) for at in range(len(parts))]
