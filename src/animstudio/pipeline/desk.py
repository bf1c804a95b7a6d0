"""What every question about a recipe begins with: its places, its journal, what unfolds.

The output folder is `root`. Its checkpoints hold the lock, the journal and the runs; they may
lie elsewhere, but drafts lie on the file system of the results, so that a rename publishes them.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from animstudio.catalog import Stage, stages
from animstudio.kernel.digests import DigestCache
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.kernel.machine import nearest_existing
from animstudio.pipeline.closing import closing, opening
from animstudio.pipeline.code import Code
from animstudio.pipeline.groups import end_groups
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.looks import Looks
from animstudio.pipeline.recipe.model import Recipe, StageNode
from animstudio.pipeline.spares import Spares
from animstudio.pipeline.sweeps import no_sweeps
from animstudio.pipeline.unfold import Unfolding


@dataclass(frozen=True, slots=True)
class Desk:
    """A recipe, and the folders that it works in; all absolute."""

    recipe: Recipe
    root: Path
    home: Path

    @classmethod
    def at(cls, recipe: Recipe, root: Path, home: Path | None = None) -> Desk:
        """Return the desk of an output folder; its checkpoints lie in it unless `home` is given."""
        root = root.absolute()
        return cls(recipe, root, home.absolute() if home else root / "checkpoints")

    @property
    def drafts(self) -> Path:
        """Where unfinished files lie."""
        same = (
            nearest_existing(self.home).stat().st_dev == nearest_existing(self.root).stat().st_dev
        )
        return (self.home if same else self.root / "checkpoints") / ".drafts"

    @property
    def spares(self) -> Spares:
        """What items left beside their outputs, on the file system of the results."""
        return Spares(self.drafts.with_name(".spares"))

    @property
    def locks(self) -> list[Path]:
        """The folders that a run holds: one for the results, one for the checkpoints."""
        return list(dict.fromkeys([self.root / "checkpoints", self.home]))

    def check_names(self, names: Collection[str]) -> None:
        """Raise AskedWrongly where the recipe has no stage of one of these names."""
        known = [node.id for node in self.recipe.stages]
        for name in names:
            if name not in known:
                near = nearest(name, known)
                raise AskedWrongly(f"{self.recipe.name} has no stage '{name}'{near}")

    def closing(self, types: Mapping[str, Stage] | None = None) -> list[StageNode]:
        """Return the recipe's stages that end a run."""
        return closing(self.recipe, types if types is not None else stages())

    def sweep(self) -> None:
        """Throw away what killed runs left unfinished; only for whoever holds the folders."""
        if self.drafts.exists():
            end_groups(self.drafts)
            shutil.rmtree(self.drafts, ignore_errors=True)

    @contextlib.contextmanager
    def unfolding(
        self,
        *,
        write: bool,
        fresh: Collection[str] = (),
        retry_failed: bool = False,
        types: Mapping[str, Stage] | None = None,
    ) -> Iterator[Unfolding]:
        """Open the journal, and give what the recipe comes to.

        With `write`, the folders must be held; without, nothing is written.
        """
        with no_sweeps():
            journal = Journal.open(self.home, write=write)
        digests = self.home / ".digests.sqlite"
        cache = DigestCache(digests) if write or digests.exists() else None
        code = Code(self.home / ".code.json", self.recipe.modules)
        with no_sweeps():
            looks = Looks(self.root, journal, cache)
        try:
            known = types if types is not None else stages()
            yield Unfolding(
                opening(self.recipe, known),
                self.root,
                known,
                journal,
                looks,
                code,
                fresh=fresh,
                retry_failed=retry_failed,
            )
            if write:
                code.keep()
        finally:
            journal.close()
            if cache:
                cache.close()
