"""A folder of made-up documents that change: written anew, moved, deleted, brought back."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

_WORDS = """boy sea fish moon town boat wind sail race bike road rain hill stone light night day
morning friend father mother sister old young red green blue gold silver small great deep tall
swims rides hides finds sells eats drinks sings walks runs falls wakes sleeps laughs cries waits
market square church tower island harbour net knife bread pasta cheese cat dog bird tree flower
summer winter storm cloud star song story letter picture window door table chair bottle lamp fire
under over beside behind before after with without never always often once again alone together"""
WORDS = _WORDS.split()


class Documents:
    """Documents in a folder, `count` of them, about."""

    def __init__(self, folder: Path, count: int, chance: random.Random) -> None:
        self.folder, self._count, self._chance = folder, count, chance

    def begin(self) -> None:
        """Write all of them into an empty folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for number in range(self._count):
            self._write(f"{number}.md")

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def change(self) -> None:
        """Write some documents anew, move one, delete one, and bring what is missing back."""
        chance, names = self._chance, self.names()
        for name in chance.sample(names, 5):
            self._write(name)
        moved, deleted = chance.sample(names, 2)
        (self.folder / moved).rename(self.folder / f"m{chance.randrange(10**9)}.md")
        (self.folder / deleted).unlink()
        self._write(f"n{chance.randrange(10**9)}.md")
        if len(names) < self._count:
            self._write(f"{chance.randrange(self._count)}.md")

    def _write(self, name: str) -> None:
        chance, parts = self._chance, [f"# {name}"]
        for number in range(chance.randint(2, 8)):
            words = " ".join(chance.choices(WORDS, k=chance.randint(20, 70)))
            parts.append(f"## Part {number}\n\n{words}.")
        (self.folder / name).write_text("\n\n".join(parts) + "\n", encoding="utf-8")
