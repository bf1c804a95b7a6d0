"""What the stages of one film share: its name, its file, its measures, its facts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from animstudio.film.measures import Measures
from animstudio.film.missing import missing_share
from animstudio.film.run.paths import FilmPaths
from animstudio.film.table import join_spans, load_measures
from animstudio.kernel.spec import RUNTIME, Spec
from animstudio.kernel.work import Committed, Item
from animstudio.media.probe import FilmProbe


class FilmSpec(Spec):
    """Which film it is done for."""

    film: Annotated[str, RUNTIME]
    """Its name, which its results are called after."""
    file: Annotated[Path, RUNTIME]
    """Its file."""

    @property
    def paths(self) -> FilmPaths:
        """Where its results lie in the output folder."""
        return FilmPaths(self.film)


class MeasuredSpec(FilmSpec):
    """Which film, and where its measures lie."""

    measures: Annotated[list[Path], RUNTIME]
    """The measures of its spans, in order."""
    damaged: Annotated[list[int], RUNTIME] = Field(default_factory=list)
    """How much of each span is damaged."""

    def item(self, **options: object) -> Item:
        """Return the film as the only item: it depends on its measures, and on the film."""
        spans = {f"span{number:03d}": path for number, path in enumerate(self.measures)}
        return Item(inputs={"film": self.file, **spans}, options={"film": self.film, **options})

    def load(self) -> Measures:
        """Return the film's whole table of measures."""
        return join_spans([load_measures(path) for path in self.measures])

    def facts(self, film: FilmProbe, measures: Measures) -> dict[str, object]:
        """Return what the summaries say of a film, so that it need not be opened for them."""
        width, height = film.display_size
        return {
            "spans": len(self.measures),
            "codec": film.codec,
            "width": width,
            "height": height,
            "frames": len(measures),
            "missing": missing_share(measures, film),
            "damaged_packets": sum(self.damaged),
        }


def pretty(content: object) -> str:
    """Return a result as JSON for people and machines."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def files_of(committed: Sequence[Committed], root: Path) -> list[Path]:
    """Return every file that items left."""
    return [root / path for one in committed for path in one.outputs]


def facts_of(committed: Sequence[Committed]) -> Mapping[str, object]:
    """Return what the only item of a film came to."""
    return committed[0].facts
