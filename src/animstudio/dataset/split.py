"""Some shots kept aside to validate with, so that near-twins never stand on both sides."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence


def validation_scenes(scenes: Sequence[str], share: float) -> set[str]:
    """Return the scenes whose pictures are kept aside: whole ones, about `share` of all.

    `scenes` names each picture's. The order is that of their names' digests, so that one more
    film changes little. At least one scene is left to train with.
    """
    counts = Counter(scenes)
    wanted = share * len(scenes)
    found: set[str] = set()
    held = 0
    order = sorted(counts, key=lambda scene: hashlib.sha256(scene.encode()).digest())
    for scene in order[:-1]:
        if held + counts[scene] / 2 <= wanted and wanted > 0:
            found.add(scene)
            held += counts[scene]
    return found
