"""Is an answer wrong, or a document lost, when builds, adds, removes and reembeds are killed?

python benchmarks/knowledge/chaos.py [--kills 200] [--seed N] [--documents 20]

Again and again: documents change, a command of the CLI is started, and while it writes, questions
are asked from another process; then it is killed (-9) at a random moment. What lies there then
must be whole, document by document; the same command again must work; and the base must then be
what an undisturbed twin, built of the same documents, is: documents, chunks, vectors, answers.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import get_args

import rolled
from invented import WORDS, Documents
from score import Score
from twins import Content, answers, content, lost, torn

from animstudio.kernel.errors import StudioError
from animstudio.kernel.hold import holder
from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.embed import DEFAULT_MODEL
from animstudio.knowledge.index import IndexSpec
from animstudio.knowledge.index.spec import IndexType
from animstudio.knowledge.opening import LOCKS

ROUNDS = 20
"""Kills before a base is begun anew."""
CHUNKS = ChunkSpec(chunk_size=64, chunk_overlap=16)
LONGEST = 120.0
NOTHING = Content({}, {}, {})


class Chaos:
    """The whole experiment in one folder."""

    def __init__(self, place: Path, seed: int, documents: int, kills: int) -> None:
        self.chance = random.Random(seed)
        self.place, self.base = place, place / "base"
        self.documents = Documents(place / "documents", documents, self.chance)
        self.machine = Folders(
            models=place / "models", data=place, cache=place / "cache", state=place
        )
        self.environment = os.environ | {"ANIMSTUDIO_CACHE": str(place / "cache")}
        self.wanted = kills
        self.score = Score()
        self.lasts: dict[str, float] = {}

    def epoch(self, kills: int) -> None:
        """Begin a base anew and kill what works on it so many times."""
        shutil.rmtree(self.base, ignore_errors=True)
        self.documents.begin()
        self.index: IndexType = self.chance.choice(get_args(IndexType))
        self.model, self.out = DEFAULT_MODEL, frozenset[str]()
        old, command = NOTHING, "build"
        until = min(self.score.kills + kills, self.wanted)
        while self.score.kills < until:
            words = self._prepare(command)
            new, expected = self._twin()
            self._disturb(command, words, old, new)
            self._finish(command, words, new, expected)
            old = new
            command = self.chance.choice(("add", "add", "add", "build", "remove", "reembed"))

    def _prepare(self, command: str) -> list[str]:
        """Change what the command is about; return the command's words."""
        here = ["--kb-dir", str(self.base)]
        if command == "remove":
            there = sorted(set(self.documents.names()) - self.out)
            gone = self.chance.sample(there, min(4, len(there) - 1))
            self.out |= frozenset(gone)
            return ["remove", *gone, *here]
        if command == "reembed":
            self.model = rolled.NAME if self.model == DEFAULT_MODEL else DEFAULT_MODEL
            return ["reembed", *here, "--embedding-model", self.model]
        self.documents.change()
        self.out = frozenset()
        source = ["--input-dir", str(self.documents.folder)]
        if command == "add":
            return ["add", *here, *source]
        sizes = ["--chunk-size", "64", "--chunk-overlap", "16", "--index-type", self.index]
        return ["build", *source, "--output-dir", str(self.base), *sizes, "--embedding-model",
                self.model]  # fmt: skip

    def _twin(self) -> tuple[Content, list[list[object]]]:
        """Build the same documents into an empty folder, undisturbed."""
        folder = self.place / "twin"
        shutil.rmtree(folder, ignore_errors=True)
        base, _ = KnowledgeBase.build(
            folder, self.documents.folder, self.machine, model=self.model, chunks=CHUNKS,
            index=IndexSpec(index_type=self.index),
        )  # fmt: skip
        with base:
            if self.out:
                base.remove(sorted(self.out))
            return content(folder), self._answers(base)

    def _answers(self, base: KnowledgeBase) -> list[list[object]]:
        """Ask a few things; an index that looks at a part may find others, so by words there."""
        questions = [" ".join(WORDS[n : n + 4]) for n in range(0, 80, 16)]
        exact = self.index.startswith("flat")
        return answers(base, questions, "hybrid" if exact else "bm25")

    def _disturb(self, command: str, words: list[str], old: Content, new: Content) -> None:
        """Start the command, read while it writes, kill it at some moment, look at what lies."""
        process = self._start(words)
        while process.poll() is None and holder(self.base / LOCKS) is None:
            time.sleep(0.001)
        began = time.monotonic()
        until = began + self.chance.uniform(0, self.lasts.get(command, 1.0))
        while time.monotonic() < until and process.poll() is None:
            self._look(old, new)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            self.score.kills += 1
            self.score.of_what[command] += 1
        else:
            self.score.too_late += 1
        process.communicate()
        found = self._look(old, new)
        self.score.in_the_middle += found.documents not in (old.documents, new.documents)
        if found.documents:
            with KnowledgeBase.open(self.base, self.machine) as base:
                problems = [each for each in base.verify() if not each.harmless]
            self.score.blame("damaged", [f"{each.where}: {each.what}" for each in problems])

    def _look(self, old: Content, new: Content) -> Content:
        """Read as another process while somebody writes, or after they were killed."""
        if not (self.base / "knowledge.sqlite").is_file():
            return NOTHING
        found = content(self.base)
        self.score.reads += 1
        self.score.blame("torn", torn(found, old, new))
        self.score.blame("lost", lost(found, old, new))
        if found.documents:
            self._ask(old, new)
        return found

    def _ask(self, old: Content, new: Content) -> None:
        """Every passage that is found stands in a document as it was or will be."""
        try:
            with KnowledgeBase.open(self.base, self.machine) as base:
                hits = base.query(" ".join(self.chance.sample(WORDS, 4)))
        except StudioError as error:
            self.score.blame("wrong_answers", [error.message])
            return
        for hit in hits:
            path = hit.citation.path
            texts = {row[4] for each in (old, new) for row in each.chunks.get(path, ())}
            if not any(str(text) in hit.text for text in texts):
                self.score.blame("wrong_answers", [f"{path}: {hit.text[:60]}"])

    def _finish(
        self, command: str, words: list[str], new: Content, expected: list[list[object]]
    ) -> None:
        """The same command again works, and what stands then is what the twin is."""
        if command == "remove":  # what is out already is asked for no more
            there = self.out & content(self.base).documents.keys()
            words = ["remove", *sorted(there), *words[-2:]] if there else ["stats", *words[-2:]]
        process = self._start(words)
        while process.poll() is None and holder(self.base / LOCKS) is None:
            time.sleep(0.001)
        began = time.monotonic()
        _, said = process.communicate(timeout=LONGEST)
        took = time.monotonic() - began
        self.lasts[command] = max(0.05, 0.7 * self.lasts.get(command, took) + 0.3 * took)
        if process.returncode:
            self.score.blame("next_failed", [f"{words[0]}: exit {process.returncode}: {said}"])
        found = content(self.base)
        parts = ("documents", "chunks", "vectors")
        self.score.blame("unlike_twin", [p for p in parts if getattr(found, p) != getattr(new, p)])
        with KnowledgeBase.open(self.base, self.machine) as base:
            wrong = [one for one in zip(self._answers(base), expected, strict=True)
                     if one[0] != one[1]]  # fmt: skip
            self.score.blame(
                "unlike_twin",
                [f"answers after {command}: {set(a) ^ set(b)}"[:500] for a, b in wrong],
            )
            # A killed `remove` that was done needs no other, and leaves the index for the next.
            problems = [each.what for each in base.verify()
                        if not (each.harmless and words[0] == "stats")]  # fmt: skip
        self.score.blame("damaged", problems)

    def _start(self, words: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, rolled.__file__, "kb", *words],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=self.environment,
        )  # fmt: skip


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--documents", type=int, default=20)
    asked = options.parse_args()
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-kb-") as place:
        chaos = Chaos(Path(place), seed, asked.documents, asked.kills)
        began = time.monotonic()
        while chaos.score.kills < asked.kills:
            chaos.epoch(ROUNDS)
            print(f"{chaos.score.kills} kills, {chaos.score.wrong} wrong, "
                  f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
    score = chaos.score
    print(json.dumps({"seed": seed, **vars(score), "of_what": dict(score.of_what)}))
    return 1 if chaos.score.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
