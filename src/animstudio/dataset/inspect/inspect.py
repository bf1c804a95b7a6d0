"""A dataset inspected: everything looked at once, then judged.

inspect_dataset
  read_layout    which pictures and captions there are, and what kind of dataset it is
  look_at_all    each picture once
  findings       corruption, quality, captions, duplicates, distribution, format
  score_of
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from animstudio.dataset.inspect.captions import caption_findings
from animstudio.dataset.inspect.finding import LEVELS, WEIGHTS, Finding, Score, score_of
from animstudio.dataset.inspect.layout import Kind, Layout, read_layout
from animstudio.dataset.inspect.looking import Watch, look_at_all
from animstudio.dataset.inspect.pictures import picture_findings
from animstudio.dataset.inspect.shape import distribution_findings, format_findings, link_findings
from animstudio.dataset.inspect.twins import twin_findings
from animstudio.dataset.quality.text import text_finder
from animstudio.dataset.spec import InspectSpec
from animstudio.kernel.errors import AskedWrongly


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an inspection came to; the gravest findings first."""

    folder: Path
    kind: Kind
    pictures: int
    groups: dict[str, int]
    score: Score
    findings: tuple[Finding, ...]
    not_checked: tuple[str, ...] = ()
    """What was not looked for, and why."""

    @property
    def code(self) -> int:
        """0: nothing grave; 1: high findings; 2: critical ones."""
        levels = {one.level for one in self.findings}
        return 2 if "critical" in levels else 1 if "high" in levels else 0


def inspect_dataset(
    folder: Path, spec: InspectSpec = InspectSpec(), watch: Watch = lambda done, total: None, *,
    apart: bool = False,
) -> Inspection:  # fmt: skip
    """Return what is wrong with a folder of pictures; for `apart` see `look_at_all`.

    Raises AskedWrongly if there is no such folder.
    """
    if not folder.is_dir():
        raise AskedWrongly(f"{folder}: there is no such folder")
    layout = read_layout(folder)
    find_text, unchecked = text_finder(spec.text)
    seen = look_at_all([one.file for one in layout.pictures], spec.workers, watch,
                       find_text=find_text, apart=apart)  # fmt: skip
    names = [layout.name(one.file) for one in layout.pictures]
    if not names:
        return _nothing(layout, unchecked)
    found: list[Finding] = [
        *link_findings(layout),
        *format_findings(layout, seen),
        *picture_findings(list(zip(names, seen, strict=True)), spec),
        *caption_findings(layout, spec),
        *twin_findings(names, seen, spec),
        *distribution_findings(layout, spec),
    ]
    found.sort(key=lambda one: LEVELS.index(one.level))
    groups: dict[str, int] = {}
    for one in layout.pictures:
        groups[one.group] = groups.get(one.group, 0) + 1
    return Inspection(folder, layout.kind, len(names), dict(sorted(groups.items())),
                      score_of(found), tuple(found), (unchecked,) if unchecked else ())  # fmt: skip


def _nothing(layout: Layout, unchecked: str) -> Inspection:
    """Return what is said of a folder without pictures: nothing in it deserves a mark."""
    found = [*format_findings(layout, []), *link_findings(layout)]
    nothing = Score(0.0, dict.fromkeys(WEIGHTS, 0))
    said = (unchecked,) if unchecked else ()
    return Inspection(layout.root, layout.kind, 0, {}, nothing, tuple(found), said)
