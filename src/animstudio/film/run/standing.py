"""Pictures that an earlier run left, taken over as they are instead of being decoded again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from animstudio.film.pictures import Wanted
from animstudio.film.run.tasks import Film
from animstudio.film.spare import encoding
from animstudio.kernel.files import sha256


class StandingPictures:
    """The pictures of a film's last ``frames`` item that are still what they were.

    With the same options a name says which picture it is. With others it is the list beside
    the pictures that says so: same film, same frame, same bars, written the same way.
    """

    def __init__(self, film: Film, digest: str) -> None:
        """Look at what was made; `digest` is of the film's content."""
        self._folder = film.out / film.paths.frames
        self._digests: dict[str, str] = {}
        self._by_frame: dict[tuple[int, str], str] | None = None
        manifest = film.ledger.read(film.paths.item("frames"))
        key = film.key("frames", digest)
        if manifest is None or manifest.key.version != key.version:
            return
        outputs = {Path(o.path).name: o.sha256 for o in manifest.outputs}
        if manifest.key == key:
            self._digests = outputs
        elif manifest.key.inputs.get("film") == digest and manifest.facts.get(
            "encoding"
        ) == encoding(film.specs.frames):
            self._read_list(outputs)

    def find(self, wanted: Wanted) -> Path | None:
        """Return the file of a picture, if it stands unchanged."""
        name = wanted.name
        if self._by_frame is not None:
            frame = (wanted.choice.pts, json.dumps(wanted.bars.as_record()))
            name = self._by_frame.get(frame, "")
        digest = self._digests.get(name)
        path = self._folder / name
        return path if digest and path.is_file() and sha256(path) == digest else None

    def _read_list(self, outputs: Mapping[str, str]) -> None:
        self._by_frame = {}
        path = self._folder / "frames.jsonl"
        if not path.is_file() or sha256(path) != outputs.get(path.name):
            return
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            name = str(record["file"])
            self._by_frame[int(record["pts"]), json.dumps(record["bars"])] = name
            self._digests[name] = outputs.get(name, "")
