"""The log of manifests written anew: when that is worth the trouble, and what then stands in it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping

from animstudio.pipeline.manifests import Dropped, Intent, Line, Named
from animstudio.pipeline.record import Record, StageKey

_WORTH = 1 << 20
"""Bytes of log that are worth the trouble."""


def is_mostly_old(length: int, records: Collection[Record]) -> bool:
    """Say whether most of so many bytes of log tells of items that were made again since."""
    if not records or length < _WORTH:
        return False
    sample = list(itertools.islice(records, 100))
    line = sum(len(record.as_json()) for record in sample) / len(sample)
    return length >= 4 * line * len(records)


def lines_of(keys: Mapping[str, StageKey], records: Collection[Record]) -> list[Line]:
    """Return a log that tells what stands and nothing else."""
    used = {record.stage_key for record in records}
    lines: list[Line] = [Named(digest, key) for digest, key in keys.items() if digest in used]
    lines += [Intent(record, ()) for record in records]
    lines += [Dropped(record.stage, record.item) for record in records if record.dropped]
    return lines
