"""What follows from a film's measures: shots, pictures, camera, composition, exports.

    analyse_film
      load spans -> shots -> choices
      frames, scenes, camera, composition: each made only if it is stale, each committed alone
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from animstudio.film.bars import Bars, measure_bars
from animstudio.film.camera import describe_camera
from animstudio.film.export import scene_files
from animstudio.film.frames import choose_frames
from animstudio.film.measures import Measures
from animstudio.film.pictures import Wanted, gather_pictures, picture_records, wanted_pictures
from animstudio.film.run.specs import Item
from animstudio.film.run.tasks import Film, Opened, Report
from animstudio.film.shot import Shot
from animstudio.film.shots import find_shots
from animstudio.film.spare import composition_record
from animstudio.film.survey import cells_for
from animstudio.film.table import join_spans, load_measures
from animstudio.film.temporal import temporal_record
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import staging
from animstudio.media.geometry import Geometry


def analyse_film(
    film: Film, opened: Opened, items: Sequence[Item], report: Report
) -> dict[str, object]:
    """Make the stale ones of `items` ("frames", "scenes", "camera", "composition")."""
    measures = film_measures(film, len(opened.spans))
    shots = find_shots(measures, film.specs.shots)
    work = _Analysis(film, opened, measures, shots)
    made = {}
    for item in ("frames", "scenes", "camera", "composition"):
        if item in items:
            made[item] = getattr(work, item)()
            report(item)
    return {"frames": len(measures), "shots": len(shots), **made}


def film_measures(film: Film, spans: int) -> Measures:
    """Return the film's whole table of measures from its spans' files."""
    paths = (film.out / film.paths.measures(number) for number in range(spans))
    return join_spans([load_measures(path) for path in paths])


class _Analysis:
    """One film's items; each method makes and commits the one it is named after."""

    def __init__(
        self, film: Film, opened: Opened, measures: Measures, shots: Sequence[Shot]
    ) -> None:
        self.film, self.opened, self.measures, self.shots = film, opened, measures, shots
        size = Geometry.of(opened.probe).display_size
        self.bars: Mapping[int, Bars] = {s.number: measure_bars(measures, s, *size) for s in shots}
        choices = choose_frames(measures, shots, film.specs.frames, cells_for(opened.probe))
        self.wanted = wanted_pictures(measures, choices, self.bars, film.specs.frames)
        self.spares = [
            film.out / film.paths.span(n) / "spares" for n in range(len(opened.spans))
        ]

    def frames(self) -> dict[str, int]:
        film, spec = self.film, self.film.specs.frames
        with staging(film.drafts, "frames") as drafts:
            again = gather_pictures(
                self.opened.probe, self.wanted, self._sources(), spec, drafts, film.threads
            )
            records = picture_records(self.measures, self.shots, self.wanted, self.bars, drafts)
            (drafts / "frames.jsonl").write_text("".join(_line(r) for r in records))
            names = [*(w.name for w in self.wanted), "frames.jsonl"]
            facts = {"pictures": len(self.wanted), "decoded_again": again}
            outputs = {f"{film.paths.frames}/{name}": drafts / name for name in names}
            self._commit("frames", outputs, facts)
        return facts

    def scenes(self) -> int:
        film = self.film
        files = scene_files(self.measures, self.shots, film.file, film.specs.shots.detector)
        self._commit_texts(
            "scenes", {film.paths.scenes(suffix): text for suffix, text in files.items()}
        )
        return len(self.shots)

    def camera(self) -> int:
        moves = describe_camera(self.measures, self.shots, self.film.specs.camera)
        content = {"film": self.film.name, "shots": [as_record(move) for move in moves]}
        self._commit_texts("camera", {self.film.paths.camera: _pretty(content)})
        return len(moves)

    def composition(self) -> int:
        pictures = []
        for w in self.wanted:
            place = {"file": w.name, "scene": w.choice.scene, "frame": w.choice.frame}
            pictures.append(place | self._composition_of(w))
        content = {
            "film": self.film.name,
            "palette": film_palette_of(pictures),
            "pictures": pictures,
            "temporal": temporal_record(self.measures, self.shots),
        }
        self._commit_texts("composition", {self.film.paths.composition: _pretty(content)})
        return len(pictures)

    def drop_spares(self) -> None:
        """Delete the spare pictures: what was wanted of them has its place."""
        for folder in self.spares:
            shutil.rmtree(folder, ignore_errors=True)

    def _sources(self) -> dict[Path, Path]:
        """Return pictures already written the same way: name of the spare to its file."""
        ...

    def _composition_of(self, w: Wanted) -> dict[str, Any]:
        spec = self.film.specs
        for folder in self.spares:
            record = spare_path(folder, w.choice.pts, w.crop, spec.frames).with_suffix(".json")
            if record.is_file():
                return dict(json.loads(record.read_text()))
        written = self.film.out / self.film.paths.frames / w.name
        return composition_record(written.read_bytes(), spec.composition)

    def _commit_texts(self, item: Item, files: Mapping[str, str]) -> None:
        with staging(self.film.drafts, item) as drafts:
            outputs = {}
            for number, (name, text) in enumerate(files.items()):
                (drafts / str(number)).write_text(text, encoding="utf-8")
                outputs[name] = drafts / str(number)
            self._commit(item, outputs, {})

    def _commit(
        self, item: Item, outputs: Mapping[str, Path], facts: Mapping[str, object]
    ) -> None:
        film = self.film
        key = film.specs.key(item, self.opened.digest)
        film.ledger.commit(film.paths.item(item), key, outputs, facts)


def _line(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _pretty(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
