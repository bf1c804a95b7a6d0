"""Folders that an earlier engine left, with a manifest a file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from animstudio.pipeline.former import Former

from .theatre import Theatre


def left(out: Path, name: str, **files: str) -> Path:
    """Leave files, and a manifest as the former engine wrote it."""
    outputs = []
    for path, text in files.items():
        target = out / path.replace("__", "/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        outputs.append({"path": str(target.relative_to(out)), "size": len(text), "sha256": digest})
    manifest = out / "checkpoints" / f"{name}.manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    key = {"stage": "x", "version": 1, "spec": "", "inputs": {}}
    manifest.write_text(
        json.dumps({"item": name, "key": key, "outputs": outputs, "facts": {}, "made_at": ""})
    )
    return manifest


def kept(out: Path) -> list[str]:
    return sorted(path.name for path in out.rglob("*.kept*"))


def test_what_was_ours_is_replaced_and_withdrawn(theatre: Theatre) -> None:
    theatre.write(a="alpha\n")
    files = {"lines__a.txt": "as it was", "lines__old.txt": "gone now"}
    manifest = left(theatre.out, "group/lines", **files)
    ran = theatre.run(theatre.lines())
    assert ran.outcome.complete
    assert theatre.text("lines/a.txt") == "alpha\n"
    assert not kept(theatre.out)
    assert not (theatre.out / "lines" / "old.txt").exists()
    assert not manifest.parent.exists()
    assert theatre.run(theatre.lines()).outcome.nothing_changed


def test_what_somebody_changed_since_is_kept(theatre: Theatre) -> None:
    theatre.write(a="alpha\n")
    left(theatre.out, "group/lines", **{"lines__a.txt": "was", "lines__old.txt": "was"})
    (theatre.out / "lines" / "a.txt").write_text("edited")
    (theatre.out / "lines" / "old.txt").write_text("edited")
    theatre.run(theatre.lines())
    assert kept(theatre.out) == ["a.txt.kept1"]
    assert theatre.text("lines/old.txt") == "edited"


def test_a_group_with_other_items_stays(theatre: Theatre) -> None:
    theatre.write(a="alpha\n")
    left(theatre.out, "group/lines", **{"lines__a.txt": "was"})
    other = left(theatre.out, "group/other", **{"other__b.txt": "still"})
    span = left(theatre.out, "group/span000", **{"checkpoints__group__measures.npz": "numbers"})
    theatre.run(theatre.lines())
    assert other.exists() and span.exists()
    assert theatre.text("other/b.txt") == "still"


def test_a_manifest_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "checkpoints" / "g").mkdir(parents=True)
    (tmp_path / "checkpoints" / "g" / "x.manifest.json").write_text("{")
    former = Former(tmp_path, tmp_path / "checkpoints")
    assert former.digest("a") is None
    former.supersede(["a"])
