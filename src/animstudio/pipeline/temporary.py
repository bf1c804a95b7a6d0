"""Temporary outputs: removed when everything that uses them was made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from animstudio.kernel.files import remove_empty
from animstudio.pipeline.entries import Unfolded
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.record import Record, Stamp
from animstudio.pipeline.state import Part, StageState


def remember(journal: Journal, ended: Iterable[Part]) -> None:
    """Keep which items parts came to whose inputs may be gone next time."""
    for part in ended:
        if part.key and part.ending == "done":
            journal.unfolded(Unfolded(part.stage.id, part.label, part.key, sorted(part.items)))


def removable(ended: Sequence[Part]) -> list[Record]:
    """Return the items whose temporary outputs nobody needs, now that these parts ended."""
    return [
        record
        for part, record in used_up(ended)
        if any(output.passing for output in record.outputs)
        and not (record.temp and not part.stage.node.temp)
        and not record.dropped
    ]


def used_up(ended: Sequence[Part]) -> list[tuple[Part, Record]]:
    """Return the items that everything was made of, now that these parts ended."""
    found: dict[tuple[str, str], tuple[Part, Record]] = {}
    looked: set[int] = set()
    for part in ended:
        for before in _before(part):
            if id(before) in looked:
                continue
            looked.add(id(before))
            for record in before.records:
                if _used_up(before, record.item):
                    found[record.stage, record.item] = before, record
    return list(found.values())


def remove(root: Path, records: Sequence[Record]) -> int:
    """Delete the temporary outputs of items, if nobody changed them; return how many bytes."""
    freed = 0
    for record in records:
        folders = set()
        for output in record.outputs:
            path = root / output.path
            if not output.passing:
                continue
            with contextlib.suppress(OSError):
                seen = path.stat()
                known = output.stamp == Stamp.of(seen) if output.stamp else True
                if known and seen.st_size == output.size:
                    path.unlink()
                    freed += output.size
                    folders.add(path.parent)
        for folder in folders:
            remove_empty(folder, root)
    return freed


def finish(root: Path, journal: Journal) -> None:
    """Remove what a killed run had begun to remove."""
    found = (journal.records.get(name) for name in journal.leaving)
    remove(root, [record for record in found if record and record.dropped])


def _before(part: Part) -> Iterator[Part]:
    """Yield the parts that a part used."""
    for dep in part.deps:
        if isinstance(dep, Part) or dep.ended:
            yield from dep.parts
    for dep in part.stage.depends:
        if dep.id in part.origin:
            yield dep.items[part.origin[dep.id]].part


def _used_up(part: Part, item: str) -> bool:
    """Say whether everything that uses an item was made; what nobody uses is a result."""
    users = [*part.stage.users, *part.stage.flows]
    return bool(users) and all(_done_with(user, part, item) for user in users)


def _done_with(user: StageState, part: Part, item: str) -> bool:
    if user.source == part.stage.id:
        return item in user.table and _finished(user.table[item])
    if user.source and user.source in part.origin:
        own = user.table.get(part.origin[user.source])
        return own is not None and _finished(own)
    return user.ended and all(_finished(one) for one in user.table.values())


def _finished(part: Part) -> bool:
    return part.ending in ("done", "skipped")
