"""Pictures that an earlier run left, taken over as they are instead of being decoded again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from animstudio.film.frames import FrameSpec
from animstudio.film.pictures import Wanted
from animstudio.film.spare import encoding
from animstudio.kernel.files import sha256
from animstudio.kernel.work import Work

if TYPE_CHECKING:
    from animstudio.film.stages.frames import ChosenSpec


class StandingPictures:
    """The pictures of a film's last result that are still what they were.

    With the same options a name says which picture it is. With others it is the list beside
    the pictures that says so: same film, same frame, same bars, written the same way.
    """

    def __init__(self, spec: ChosenSpec, work: Work) -> None:
        self._folder = work.root / spec.paths.frames
        self._digests: dict[str, str] = {}
        self._by_frame: dict[tuple[int, str], str] | None = None
        before = work.before
        if before is None or before.inputs.get("film") != work.digests["film"]:
            return
        outputs = {Path(path).name: digest for path, digest in before.outputs.items()}
        now = spec.model_dump(mode="json", include={"shots", "frames"})
        measured = {name: work.digests[name] for name in work.digests if name.startswith("span")}
        if before.spec == now and measured.items() <= before.inputs.items():
            self._digests = outputs
        elif encoding(FrameSpec.model_validate(before.spec["frames"])) == encoding(spec.frames):
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

    def _read_list(self, outputs: dict[str, str]) -> None:
        self._by_frame = {}
        path = self._folder / "frames.jsonl"
        if not path.is_file() or sha256(path) != outputs.get(path.name):
            return
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            name = str(record["file"])
            self._by_frame[int(record["pts"]), json.dumps(record["bars"])] = name
            self._digests[name] = outputs.get(name, "")
