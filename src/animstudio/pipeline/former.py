"""Results of an earlier engine, which kept a manifest a file: what was ours then is ours now.

``checkpoints/GROUP/NAME.manifest.json`` names an item's outputs with their digests. They are made
again, in the same places, as nobody knows any more from what they were made. When one is, the
former item's other outputs go with it, unless somebody changed them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from animstudio.kernel.files import withdraw


class Former:
    """The former engine's manifests in a checkpoint folder."""

    def __init__(self, root: Path, home: Path) -> None:
        self._root = root
        self._items: dict[Path, dict[str, str]] = {}
        self._item_of: dict[str, Path] = {}
        for path in sorted(home.glob("[!.]*/*.manifest.json")):
            try:
                found = json.loads(path.read_bytes())
                outputs = {str(o["path"]): str(o["sha256"]) for o in found["outputs"]}
            except (OSError, ValueError, KeyError, TypeError):
                continue
            self._items[path] = outputs
            self._item_of |= dict.fromkeys(outputs, path)

    def digest(self, output: str) -> str | None:
        """Return what an output was when it was left, if it is one of these."""
        item = self._item_of.get(output)
        return self._items[item][output] if item else None

    def supersede(self, outputs: Iterable[str]) -> None:
        """Take away what former items left besides outputs that were made again, and forget them.

        When only measures are left of a group, which lie elsewhere now, it goes as a whole.
        """
        new = set(outputs)
        for item in {self._item_of[output] for output in new & self._item_of.keys()}:
            for output, digest in self._items.pop(item).items():
                del self._item_of[output]
                if output not in new:
                    withdraw(self._root / output, digest)
            item.unlink(missing_ok=True)
            group = item.parent
            if all(p.name.startswith("span") for p in self._items if p.parent == group):
                shutil.rmtree(group, ignore_errors=True)
