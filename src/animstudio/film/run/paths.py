"""Where a film's results lie in the output folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FilmPaths:
    """Paths relative to the output folder; `name` is the film's, safe as a path component."""

    name: str

    @property
    def frames(self) -> str:
        """Folder of the chosen pictures."""
        return f"frames/{self.name}"

    @property
    def wav(self) -> str:
        """The film's sound."""
        return f"audio/{self.name}_audio.wav"

    @property
    def sound(self) -> str:
        """Loudness and speech."""
        return f"analysis/sound/{self.name}.json"

    def scenes(self, suffix: str) -> str:
        """The shot list as json, csv, edl or otio."""
        return f"analysis/scenes/{self.name}.{suffix}"

    @property
    def camera(self) -> str:
        """Camera moves."""
        return f"analysis/camera/{self.name}.json"

    @property
    def composition(self) -> str:
        """Composition of the chosen pictures."""
        return f"analysis/composition/{self.name}.json"

    def json_of(self, item: str) -> str:
        """The JSON file of one of the film's stages."""
        return f"analysis/{item}/{self.name}.json"

    def measures(self, span: str) -> str:
        """Measures of one span."""
        return f"analysis/measures/{self.name}/{span}.npz"


def readable(path: Path) -> str:
    """Return a path as text that can be written, whatever bytes the file's name is made of."""
    return os.fsencode(path).decode(errors="replace")
