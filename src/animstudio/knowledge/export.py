"""A knowledge base as plain files: an index FAISS reads, and JSON."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from animstudio.kernel.drafts import drafts_in
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import place, sync_file
from animstudio.knowledge.index import generation
from animstudio.knowledge.store.store import DOCUMENT, Store

FILES: Final = ("index.faiss", "documents.json", "chunks.json", "stats.json")
_LISTS: Final = ("headings", "symbols", "characters")
_LEFT_OUT: Final = ("digest", "crc", "lead", "words", "root", "kind", "title", "exact", "lines")
_AT_ONCE: Final = 500


def export(store: Store, stats: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write `FILES` into a folder, whole or not at all; inside `Store.reading`.

    Rows of the index are those of ``row`` in ``chunks.json``: one a window. Files of these names
    that are there are replaced.
    """
    made = generation.current(store)
    if made is None or generation.load(store, made) is None:
        raise WorkFailed(f"{store.folder}: its index is not whole", hint="animstudio kb repair")
    with drafts_in(folder) as drafts:
        shutil.copyfile(store.folder / made.file, drafts / FILES[0])
        _write_list(drafts / FILES[1], _documents(store))
        rows: dict[int, list[int]] = {}
        for row, chunk in enumerate(made.owners.tolist()):
            rows.setdefault(chunk, []).append(row)
        _write_list(drafts / FILES[2], _chunks(store, rows))
        (drafts / FILES[3]).write_text(
            json.dumps(stats, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        for name in FILES:
            sync_file(drafts / name)
            (folder / name).unlink(missing_ok=True)
            place(drafts / name, folder / name)
    return [folder / name for name in FILES]


def _documents(store: Store) -> Iterator[dict[str, Any]]:
    names = ("id", *DOCUMENT[:-1])
    for row in store.base.execute(f"SELECT {', '.join(names)} FROM documents ORDER BY id"):
        yield dict(zip(names, row, strict=True))


def _chunks(store: Store, rows: Mapping[int, list[int]]) -> Iterator[dict[str, Any]]:
    numbers = (int(row[0]) for row in store.base.execute("SELECT id FROM chunks ORDER BY id"))
    while some := list(islice(numbers, _AT_ONCE)):
        for number, values in sorted(store.rows(some).items()):
            kept = {name: value for name, value in values.items() if name not in _LEFT_OUT}
            lists = {name: json.loads(values[name]) for name in _LISTS}
            yield {**kept, **lists, "rows": rows.get(number, [])}


def _write_list(path: Path, items: Iterable[object]) -> None:
    """Write a JSON list item by item: it may be larger than memory."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for number, item in enumerate(items):
            file.write(",\n" if number else "\n")
            file.write(json.dumps(item, ensure_ascii=False))
        file.write("\n]\n")
