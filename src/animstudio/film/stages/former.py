"""Measures that an earlier engine left: taken over, so that no film is decoded for a new one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from animstudio.film.run.paths import FilmPaths
from animstudio.film.run.versions import VERSIONS
from animstudio.kernel.files import sha256
from animstudio.kernel.work import Item


def former_measures(
    root: Path, paths: FilmPaths, item: Item, film: str
) -> tuple[Path, Mapping[str, Any]] | None:
    """Return the table and the facts of a span of the film with this digest, if they stand."""
    home = root / "checkpoints" / paths.name
    options = item.options
    inputs = {"film": film, "start": str(options["start"]), "end": str(options["end"])}
    key = {"stage": "measures", "version": VERSIONS["measures"], "spec": options["columns"],
           "inputs": inputs}  # fmt: skip
    try:
        found = json.loads((home / f"{item.name}.manifest.json").read_bytes())
        [output] = found["outputs"]
        table = root / output["path"]
        if found["key"] == key and sha256(table) == output["sha256"]:
            return table, dict(found["facts"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None
