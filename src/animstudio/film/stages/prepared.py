"""What stage 1 left in an output folder, for the stages that go on from there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from animstudio.kernel.errors import AskedWrongly


def prepared(out: Path) -> dict[str, Any]:
    """Return the list that stage 1 left in this folder. Raises AskedWrongly without any."""
    path = out / "dataset_index.json"
    try:
        index = dict(json.loads(path.read_text(encoding="utf-8")))
        if not index["films"]:
            raise AskedWrongly(f"{path}: stage 1 prepared no film")
        return {"options": {}, "failed": [], "input_dir": "", **index}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AskedWrongly(
            f"{path}: no list of prepared films ({error})",
            hint="run `animstudio film prepare INPUT OUTPUT` first",
        ) from error
