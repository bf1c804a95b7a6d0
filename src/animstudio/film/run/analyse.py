"""What follows from a film's measures: shots, pictures, camera, composition, exports.

analyse_film
  load spans -> shots -> choices
  frames, scenes, camera, composition: each made only if it is stale, each committed alone
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from animstudio.film.bars import bars_of_shots
from animstudio.film.camera import as_record, describe_camera
from animstudio.film.composition import Swatch, film_palette
from animstudio.film.export.files import scene_files
from animstudio.film.frames import choose_frames
from animstudio.film.measures import Measures
from animstudio.film.missing import missing_share
from animstudio.film.pictures import Wanted, gather_pictures, picture_records, wanted_pictures
from animstudio.film.run.specs import Item
from animstudio.film.run.standing import StandingPictures
from animstudio.film.run.tasks import Film, Opened, Report, stands
from animstudio.film.shot import Shot
from animstudio.film.shots import find_shots
from animstudio.film.spare import composition_record, encoding, record_path, spare_path
from animstudio.film.survey import cells_for
from animstudio.film.table import join_spans, load_measures
from animstudio.film.temporal import compare_neighbours, find_flicker
from animstudio.kernel.files import staging
from animstudio.media.geometry import Geometry
from animstudio.media.imaging import grey_of
from animstudio.media.jpeg import decode_jpeg, jpeg_size
from animstudio.media.threads import single_threaded
from animstudio.media.views import LUMA_SIDE, Bytes


def analyse_film(
    film: Film, opened: Opened, items: Sequence[Item], report: Report
) -> dict[str, object]:
    """Make the stale ones of `items` ("frames", "scenes", "camera", "composition")."""
    single_threaded()
    measures = film_measures(film, len(opened.spans))
    shots = find_shots(measures, film.specs.shots)
    work = _Analysis(film, opened, measures, shots)
    made: dict[Item, Callable[[], int | None]] = {
        "frames": work.frames,
        "scenes": work.scenes,
        "camera": work.camera,
        "composition": work.composition,
    }
    for item, make in made.items():
        # Begun again after its worker was killed, the task finds what it had committed.
        if item in items and work.is_stale(item):
            again = make()
            report((item, again or 0))
    work.drop_spares()
    return {"frames": len(measures), "shots": len(shots)}


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
        bars = bars_of_shots(measures, shots, size)
        self.bars = {shot.number: b for shot, b in zip(shots, bars, strict=True)}
        choices = choose_frames(measures, shots, film.specs.frames, cells_for(opened.probe))
        self.wanted = wanted_pictures(measures, choices, self.bars)
        self.spares = [film.out / film.paths.span(n) / "spares" for n in range(len(opened.spans))]

    def frames(self) -> int:
        """Write the chosen pictures and their list; return how many were decoded again."""
        film, spec = self.film, self.film.specs.frames
        with staging(film.drafts, "frames") as drafts:
            again = gather_pictures(
                self.opened.probe,
                self.wanted,
                self.spares,
                spec,
                drafts,
                film.threads,
                standing=StandingPictures(film, self.opened.digest).find,
                damaged=[span for n, span in enumerate(self.opened.spans) if self._damage(n)],
            )
            records = picture_records(self.measures, self.shots, self.wanted, drafts)
            (drafts / "frames.jsonl").write_text("".join(_line(r) for r in records))
            names = [*(w.name for w in self.wanted), "frames.jsonl"]
            facts = {"pictures": len(self.wanted), "encoding": encoding(spec)}
            outputs = {f"{film.paths.frames}/{name}": drafts / name for name in names}
            self._commit("frames", outputs, facts)
        return again

    def scenes(self) -> None:
        """Write the shot list in every form."""
        film = self.film
        texts = scene_files(
            self.shots,
            self.measures,
            film=film.name,
            media=film.file,
            detector=film.specs.shots.detector,
        )
        outputs = {film.paths.scenes(suffix): text for suffix, text in texts.items()}
        self._commit_texts("scenes", outputs, {"scenes": len(self.shots)})

    def camera(self) -> None:
        """Write what the camera does in every shot."""
        moves = describe_camera(self.measures, self.shots, self.film.specs.camera)
        content = {"film": self.film.name, "scenes": [as_record(move) for move in moves]}
        self._commit_texts("camera", {self.film.paths.camera: _pretty(content)}, {})

    def composition(self) -> None:
        """Write the composition of every chosen picture, the film's palette, its continuity."""
        pictures = [
            {
                "file": w.name,
                "scene": w.choice.scene,
                "frame": w.choice.frame,
                **self._composition_of(w),
            }
            for w in self.wanted
        ]
        content = {
            "film": self.film.name,
            "palette": self._palette(pictures),
            "flicker": [f.as_record() for f in find_flicker(self.measures, self.shots)],
            "steps": [step.as_record() for step in compare_neighbours(self._lumas())],
            "pictures": pictures,
        }
        self._commit_texts("composition", {self.film.paths.composition: _pretty(content)}, {})

    def _lumas(self) -> Iterator[Bytes]:
        """Yield the written pictures in grey, small; they are read ahead, on threads."""
        folder = self.film.out / self.film.paths.frames
        names = [w.name for w in self.wanted]
        with ThreadPoolExecutor(_READERS) as threads:
            for at in range(0, len(names), _AT_ONCE):
                yield from threads.map(lambda n: _luma(folder / n), names[at : at + _AT_ONCE])

    def is_stale(self, item: Item) -> bool:
        """Say whether an item has to be made."""
        film = self.film
        key = film.key(item, self.opened.digest)
        return stands(film, film.paths.item(item), key) is None

    def drop_spares(self) -> None:
        """Delete the spare pictures: what was wanted of them has its place."""
        for folder in self.spares:
            shutil.rmtree(folder, ignore_errors=True)

    def _palette(self, pictures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the film's main colours; a shot's pictures share its length."""
        length = {shot.number: len(shot) for shot in self.shots}
        held = Counter(picture["scene"] for picture in pictures)
        palettes = [[Swatch.from_record(r) for r in p["palette"]] for p in pictures]
        weights = [length[p["scene"]] / held[p["scene"]] for p in pictures]
        return [swatch.as_record() for swatch in film_palette(palettes, weights)]

    def _composition_of(self, w: Wanted) -> dict[str, Any]:
        spec = self.film.specs
        for folder in self.spares:
            spare = spare_path(folder, w.choice.pts, w.bars, spec.frames)
            record = record_path(spare, spec.composition)
            if record.is_file():
                return dict(json.loads(record.read_text()))
        written = self.film.out / self.film.paths.frames / w.name
        bars = None if spec.frames.crop_bars else self.bars[w.choice.scene]
        return composition_record(written.read_bytes(), bars, spec.composition)

    def _commit_texts(
        self, item: Item, files: Mapping[str, str], facts: Mapping[str, object]
    ) -> None:
        with staging(self.film.drafts, item) as drafts:
            outputs = {}
            for number, (name, text) in enumerate(files.items()):
                (drafts / str(number)).write_text(text, encoding="utf-8")
                outputs[name] = drafts / str(number)
            self._commit(item, outputs, facts)

    def _commit(self, item: Item, outputs: Mapping[str, Path], facts: Mapping[str, object]) -> None:
        film = self.film
        key = film.key(item, self.opened.digest)
        film.ledger.commit(film.paths.item(item), key, outputs, {**self._film_facts(), **facts})

    def _damage(self, number: int) -> int:
        """Return how much of a span is damaged."""
        made = self.film.ledger.read(self.film.paths.item(f"span{number:03d}"))
        return int(str(made.facts["damaged_packets"])) if made else 0

    def _film_facts(self) -> dict[str, object]:
        """Return what the summaries say of a film, so that it need not be opened for them."""
        probe, spans = self.opened.probe, len(self.opened.spans)
        damage = [self._damage(n) for n in range(spans)]
        width, height = probe.display_size
        return {
            "spans": spans,
            "codec": probe.codec,
            "width": width,
            "height": height,
            "frames": len(self.measures),
            "missing": missing_share(self.measures, probe),
            "damaged_packets": sum(damage),
        }


_READERS, _AT_ONCE = 4, 64
"""Threads that read pictures, and how many pictures they are given at once."""


def _luma(path: Path) -> Bytes:
    """Return a picture in grey: at an eighth of its size where that is large enough."""
    large = max(jpeg_size(path)) >= 8 * LUMA_SIDE // 2
    return grey_of(decode_jpeg(path.read_bytes(), reduced=8 if large else 1))


def _line(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _pretty(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
