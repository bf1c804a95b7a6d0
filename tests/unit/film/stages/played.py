"""The film wing's stages played one after the other for one film, with no engine around them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from animstudio.film.frames import FrameSpec
from animstudio.film.stages import films, frames, measures
from animstudio.film.stages.films import Films, FilmsSpec
from animstudio.film.stages.measures import Measured
from animstudio.kernel.files import sha256
from animstudio.kernel.work import Committed, Item, Made, Place, Standing, Work


class Player:
    """An output folder, and what was said on the way."""

    def __init__(self, file: Path, out: Path, name: str = "film") -> None:
        self.file, self.out, self.name = file, out, name
        self.said: list[object] = []

    def make(self, stage: ModuleType, item: Item, spec: object, before: Standing | None = None):
        """Make an item, and put its drafts in their places."""
        drafts = self.out / ".drafts"
        shutil.rmtree(drafts, ignore_errors=True)
        drafts.mkdir(parents=True)
        digests = {name: sha256(path) for name, path in item.inputs.items()}
        work = Work(
            "stage", item.name, drafts, self.out, self.out, self.out / "log", 1, digests, before,
            self.out / ".spares", self.said.append,
        )  # fmt: skip
        made: Made = stage.make(item, spec, work)
        self._place(made.outputs, self.out)
        self._place(made.spares, self.out / ".spares")
        return made, digests

    def _place(self, drafts: Mapping[str, Path], root: Path) -> None:
        for name, draft in drafts.items():
            target = root / name
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.rename(target)

    def all_of(self, stage: ModuleType, spec: object, order: int = 1) -> object:
        """Make every item of a stage, and return what it comes to."""
        items: Sequence[Item] = stage.items(spec, Place("stage", self.out, self.out))
        made = {item.name: self.make(stage, item, spec)[0] for item in items[::order]}
        done = [Committed(i.name, list(made[i.name].outputs), made[i.name].facts) for i in items]
        return stage.gather(spec, done, self.out)

    def opened(self) -> Films:
        """Open the film."""
        spec = FilmsSpec(files={self.name: self.file})
        item = films.items(spec, Place("films", self.out, self.out))[0]
        return Films.model_validate({**self.make(films, item, spec)[0].facts, "file": self.file})

    def measured(self, opened: Films, order: int = 1, **options: object) -> Measured:
        """Decode the film."""
        about = {"film": self.name, "file": self.file, "spans": opened.spans}
        found = self.all_of(measures, measures.MeasuresSpec(**about, **options), order)
        assert isinstance(found, Measured)
        return found

    def chosen(self, opened: Films, measured: Measured, frame: FrameSpec = FrameSpec()):
        """Return what pictures are taken with."""
        return frames.ChosenSpec(
            film=self.name, file=self.file, measures=measured.files, spans=opened.spans,
            damaged=measured.damaged, frames=frame,
        )  # fmt: skip
