"""What every part measures with: clocks, processes of their own, judged sets, a machine."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import animstudio
from animstudio.kernel.machine import Machine
from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.evaluate import Judged, read_judged
from animstudio.knowledge.search.spec import Mode

MODES: tuple[Mode, ...] = ("hybrid", "dense", "bm25")


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that something took, and what it gave."""
    began = time.perf_counter()
    done = run()
    return time.perf_counter() - began, done


def folders(place: Path) -> Folders:
    """Return a machine whose caches are empty, below a folder."""
    return Folders(models=place / "models", data=place, cache=place / "cache", state=place)


def environment(**more: str) -> dict[str, str]:
    """Return what processes are started with: they import the same animstudio as this one."""
    source = str(Path(animstudio.__file__).parents[1])
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **more}


def in_process(words: Sequence[object]) -> dict[str, Any]:
    """Run a program that prints a JSON line last; what went wrong is a line of the table."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False,
        env=environment(),
    )  # fmt: skip
    try:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError):
        return {"not run": (done.stderr.strip().splitlines() or ["?"])[-1][:160]}


def read_set(folder: Path, documents: int | None = None) -> Judged:
    """Return a set, or its first documents with the questions that these answer.

    SciFact's is the test part.
    """
    part = ".test" if (folder / "qrels.test.tsv").exists() else ""
    corpus = next(folder.glob("corpus.jsonl*"))
    whole = read_judged(corpus, folder / f"queries{part}.jsonl", folder / f"qrels{part}.tsv")
    if documents is None:
        return whole
    texts = dict(list(whole.corpus.items())[:documents])
    grades = {
        query: {name: grade for name, grade in each.items() if name in texts}
        for query, each in whole.grades.items()
    }
    grades = {query: each for query, each in grades.items() if any(each.values())}
    return Judged(texts, {query: whole.queries[query] for query in grades}, grades)


def write_texts(judged: Judged, folder: Path) -> Path:
    """Write a set's documents as files; return the folder."""
    folder.mkdir(parents=True)
    for number, text in judged.corpus.items():
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    return folder


def machine_facts() -> dict[str, Any]:
    """Return what numbers were measured on."""
    named = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    return {"processor": named[0] if named else "unknown", "cores": Machine().cpus(),
            "load before": round(os.getloadavg()[0], 1)}  # fmt: skip


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return []
