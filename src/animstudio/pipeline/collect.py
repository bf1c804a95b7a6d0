"""Collecting garbage: what nobody needs, oldest first, and no more than a quota asks for."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from animstudio.catalog import Stage
from animstudio.kernel.files import remove_empty, withdraw
from animstudio.kernel.hold import held
from animstudio.pipeline import temporary
from animstudio.pipeline.desk import Desk
from animstudio.pipeline.recipe.model import Recipe
from animstudio.pipeline.record import Record
from animstudio.pipeline.unfold import Unfolding

Why = Literal["drafts", "used up", "not in the recipe", "quota"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that goes: an item's outputs, or drafts of runs that were killed."""

    stage: str
    item: str
    bytes: int
    why: Why


@dataclass(frozen=True, slots=True)
class Collected:
    """What went, or would go; and what all results take afterwards."""

    pieces: Sequence[Piece]
    left: int

    @property
    def bytes(self) -> int:
        """What was freed."""
        return sum(piece.bytes for piece in self.pieces)


def collect_garbage(
    recipe: Recipe,
    root: Path,
    *,
    home: Path | None = None,
    quota: int | None = None,
    dry: bool = False,
    types: Mapping[str, Stage] | None = None,
) -> Collected:
    """Delete drafts of killed runs, temporary outputs that are used up, and, where all results
    take more than `quota` bytes: results of stages and items that the recipe does not have any
    more, the oldest first, then temporary outputs that somebody may still want.

    A file that was changed since it was made is never deleted. With `dry`, nothing is.
    Raises WorkFailed while a run holds the folder.
    """
    desk = Desk.at(recipe, root, home)
    with contextlib.ExitStack() as stack:
        for folder in desk.locks:
            stack.enter_context(held(folder))
        unfolding = stack.enter_context(desk.unfolding(write=not dry, types=types))
        list(unfolding.begin())
        pieces = _drafts(desk, dry)
        records = list(unfolding.journal.records.values())
        total = sum(_stands(desk.root, record) for record in records)
        for record, why in _candidates(unfolding):
            size = _stands(desk.root, record, only_passing=why != "not in the recipe")
            if not size or (why != "used up" and (quota is None or total <= quota)):
                continue
            if not dry:
                _delete(unfolding, record, why)
            pieces.append(Piece(record.stage, record.item, size, why))
            total -= size
        return Collected(pieces, total)


def _candidates(unfolding: Unfolding) -> list[tuple[Record, Why]]:
    """Return what may go, in the order in which it goes."""
    journal, stages = unfolding.journal, unfolding.stages
    ended = [part for stage in stages.values() for part in stage.parts if part.ending]
    spent = temporary.removable(ended)
    dropped = [r for r in journal.records.values() if r.dropped]
    foreign = [r for r in journal.records.values() if _foreign(unfolding, r)]
    passing = [r for r in journal.records.values() if any(o.passing for o in r.outputs)]
    found: dict[tuple[str, str], tuple[Record, Why]] = {}
    for records, why in ((dropped, "used up"), (spent, "used up"),
                         (foreign, "not in the recipe"), (passing, "quota")):  # fmt: skip
        for record in sorted(records, key=lambda r: r.made_at):
            found.setdefault((record.stage, record.item), (record, why))  # type: ignore[arg-type]
    return list(found.values())


def _foreign(unfolding: Unfolding, record: Record) -> bool:
    """Say whether the recipe has no such item; not, where its items are not all known yet."""
    state = unfolding.stages.get(record.stage)
    if state is None:
        return True
    known = state.ended and all(part.ending == "done" for part in state.parts)
    return known and record.item not in state.items


def _stands(root: Path, record: Record, *, only_passing: bool = False) -> int:
    """Return the bytes of an item's outputs that are there."""
    size = 0
    for output in record.outputs:
        if output.passing or not only_passing:
            with contextlib.suppress(OSError):
                size += (root / output.path).stat().st_size
    return size


def _delete(unfolding: Unfolding, record: Record, why: Why) -> None:
    journal, root = unfolding.journal, unfolding.root
    if why == "not in the recipe":
        journal.forget([record])
        for output in record.outputs:
            withdraw(root / output.path, output.sha256)
            remove_empty((root / output.path).parent, root)
        return
    if not record.dropped:
        journal.drop([record])
    temporary.remove(root, [record])


def _drafts(desk: Desk, dry: bool) -> list[Piece]:
    if not desk.drafts.exists():
        return []
    size = sum(p.stat().st_size for p in desk.drafts.rglob("*") if p.is_file())
    count = sum(1 for _ in desk.drafts.iterdir())
    if not dry:
        desk.sweep()
        shutil.rmtree(desk.drafts, ignore_errors=True)
    return [Piece("", "", size, "drafts")] if count else []
