"""Generations of the index file: a new one is written beside the old, and named in one commit."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from animstudio.kernel.files import sha256, sync_file, sync_folder
from animstudio.knowledge.index import kinds
from animstudio.knowledge.index.flat_file import write_flat
from animstudio.knowledge.index.spec import IndexSpec, IndexType
from animstudio.knowledge.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from animstudio.knowledge.embed.embedder import Floats

KEPT: Final = 2
"""Generations whose files stay: the one in force, and the one before for who still reads it."""
_DEAD_SHARE: Final = 0.2
"""An index that cannot forget rows is made anew when more of them than this are dead."""
_AT_ONCE: Final = 4096
_ASKED_FOR_RECALL: Final = 50
_RECALL_OF: Final = 10


@dataclass(frozen=True, slots=True)
class Generation:
    """An index file, and what its rows are.

    mark: the last vector in it; owners: the chunk of each row.
    """

    number: int
    file: str
    sha256: str
    kind: IndexType
    mark: int
    owners: NDArray[np.int64]
    facts: dict[str, Any]


def current(store: Store) -> Generation | None:
    """Return the generation in force; None if there is none, or its row is damaged."""
    import numpy as np

    row = store.base.execute(
        "SELECT number, file, sha256, kind, mark, owners, facts, crc FROM generations"
        " ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None or zlib.crc32(row[5]) != row[7]:
        return None
    owners = np.frombuffer(row[5], np.int64)
    return Generation(row[0], row[1], row[2], row[3], row[4], owners, json.loads(row[6]))


def says_all(store: Store, made: Generation) -> bool:
    """Return whether a generation has every vector and no dead rows, and its file is whole."""
    newest = int(store.base.execute("SELECT max(id) FROM vectors").fetchone()[0] or 0)
    if made.mark != newest or len(made.owners) - made.facts["dead"] != store.count("vectors"):
        return False
    try:
        return sha256(store.folder / made.file) == made.sha256
    except OSError:
        return False


def load(store: Store, generation: Generation) -> Any | None:
    """Return the FAISS index of a generation, None if its file is not what was written."""
    import faiss

    path = store.folder / generation.file
    try:
        if sha256(path) != generation.sha256:
            return None
    except OSError:
        return None
    mapped = faiss.IO_FLAG_MMAP_IFC if generation.kind in kinds.FLAT else 0
    return faiss.read_index(str(path), mapped)


def make(store: Store, spec: IndexSpec, dimensions: int, *, anew: bool = False) -> Generation:
    """Write a generation with all vectors of the store, and put it in force.

    The caller holds the writer's lock. A kill leaves the one before in force, and at most a file
    that the next one replaces. `anew` makes nothing out of the one before.
    """
    row = store.base.execute("SELECT max(number) FROM generations").fetchone()
    number = int(row[0] or 0) + 1
    path = store.folder / f"index-{number}.faiss"
    draft = path.with_name(f".{path.name}.part")
    mark = int(store.base.execute("SELECT max(id) FROM vectors").fetchone()[0] or 0)
    before = None if anew else current(store)
    if spec.index_type in kinds.FLAT:
        owners, facts = _write_flat(store, spec, dimensions, draft)
    else:
        owners, facts = _write_graph(store, spec, dimensions, draft, before)
    digest = sha256(draft)
    draft.replace(path)
    sync_folder(store.folder)
    made = Generation(number, path.name, digest, spec.index_type, mark, owners, facts)
    _put_in_force(store, made)
    return made


def _put_in_force(store: Store, made: Generation) -> None:
    owners = made.owners.tobytes()
    with store.writing():
        store.base.execute(
            "INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                made.number,
                made.file,
                made.sha256,
                made.kind,
                made.mark,
                owners,
                zlib.crc32(owners),
                json.dumps(made.facts),
            ),
        )
        store.base.execute("DELETE FROM generations WHERE number <= ?", (made.number - KEPT,))
    named = {row[0] for row in store.base.execute("SELECT file FROM generations")}
    for file in (*store.folder.glob("index-*.faiss"), *store.folder.glob(".index-*.part")):
        if file.name not in named:
            file.unlink(missing_ok=True)


def _write_flat(
    store: Store, spec: IndexSpec, dimensions: int, draft: Path
) -> tuple[NDArray[np.int64], dict[str, Any]]:
    import numpy as np

    owners: list[int] = []

    def vectors() -> Iterator[bytes]:
        for _, chunk, vector in store.vectors():
            owners.append(chunk)
            yield vector

    write_flat(draft, kinds.train(spec, dimensions, np.zeros((0, dimensions), np.float32)),
               vectors())  # fmt: skip
    return np.array(owners, np.int64), {"rows": len(owners), "dead": 0}


def _write_graph(
    store: Store, spec: IndexSpec, dimensions: int, draft: Path, before: Generation | None
) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """Widen the index before this one, or make one where too much of it is dead."""
    import faiss
    import numpy as np

    alive = store.count("vectors")
    index, owners, mark = None, np.zeros(0, np.int64), 0
    if before is not None and before.kind == spec.index_type:
        lengths, _ = store.words()
        known = before.owners.clip(max=len(lengths) - 1)
        lives = (before.owners < len(lengths)) & (lengths[known] > 0)
        if len(lives) and (~lives).mean() <= _DEAD_SHARE and alive <= 2 * lives.sum():
            index, owners, mark = load(store, before), before.owners, before.mark
    if index is None:
        owners, mark = np.zeros(0, np.int64), 0
        index = kinds.train(spec, dimensions, _sample(store, dimensions, kinds.sample_size(spec)))
    added = [owners]
    rows = store.vectors(mark)
    while some := list(islice(rows, _AT_ONCE)):
        index.add(_matrix(some, dimensions))
        added.append(np.array([chunk for _, chunk, _ in some], np.int64))
    faiss.write_index(index, str(draft))
    sync_file(draft)
    owners = np.concatenate(added)
    facts = kinds.facts(spec.index_type, index)
    counted = {"rows": len(owners), "dead": len(owners) - alive}
    return owners, {**facts, **counted, "recall": _recall(store, spec, index, owners, dimensions)}


def _sample(store: Store, dimensions: int, most: int) -> Floats:
    """Return vectors spread evenly over the base, `most` at most."""
    every = max(1, -(-store.count("vectors") // max(most, 1)))
    rows = list(islice(store.vectors(), 0, None if most else 0, every))
    return _matrix(rows, dimensions)


def _recall(
    store: Store, spec: IndexSpec, index: Any, owners: NDArray[np.int64], dimensions: int
) -> float | None:
    """Return the share of the ten nearest that the index finds, over some of its own vectors."""
    import numpy as np

    asked = _sample(store, dimensions, _ASKED_FOR_RECALL)
    lengths, _ = store.words()
    lives = (owners < len(lengths)) & (lengths[owners.clip(max=len(lengths) - 1)] > 0)
    if not len(asked):
        return None
    best = np.full((len(asked), _RECALL_OF), -2, np.float32)
    rows = store.vectors()
    while some := list(islice(rows, _AT_ONCE)):
        scores = asked @ _matrix(some, dimensions).T
        both = np.concatenate([best, scores], axis=1)
        best = -np.sort(-both, axis=1)[:, :_RECALL_OF]
    found = 0
    for query, wanted in zip(asked, best, strict=True):
        _, cosines = kinds.ask(spec.index_type, index, query, _RECALL_OF, lives)
        # By score: of two passages with the same vector, either will do.
        found += int((cosines >= wanted[wanted > -2].min() - 1e-5).sum())
    return round(found / int((best > -2).sum()), 4)


def _matrix(rows: list[tuple[int, int, bytes]], dimensions: int) -> Floats:
    import numpy as np

    joined = b"".join(vector for _, _, vector in rows)
    return np.frombuffer(joined, np.float32).reshape(-1, dimensions)
