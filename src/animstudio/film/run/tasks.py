"""What workers do: open a film, decode one of its spans, take its sound.

Every function here runs in a worker process, commits what it made, and returns small facts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from animstudio.film.run.paths import FilmPaths
from animstudio.film.run.specs import Item, SurveySpecs
from animstudio.film.sound import extract_sound
from animstudio.film.spare import Spares
from animstudio.film.survey import SurveyPlan, survey_span
from animstudio.film.table import save_measures
from animstudio.kernel.digests import DigestCache, Identity
from animstudio.kernel.errors import UnreadableFilm, WorkFailed
from animstudio.kernel.files import make_folder, sha256, staging
from animstudio.kernel.ledger import Key, Ledger, Manifest
from animstudio.media.decode import WHOLE, Span
from animstudio.media.probe import FilmProbe, probe
from animstudio.media.spans import plan_spans
from animstudio.media.threads import single_threaded

SPAN = Fraction(120)
"""Seconds of film in one span: what a kill can cost, a few seconds of work."""

Report = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class Film:
    """A film of a run: its name, its file, the output folder and the options."""

    name: str
    file: Path
    out: Path
    specs: SurveySpecs
    threads: int

    @property
    def paths(self) -> FilmPaths:
        """Where its results lie."""
        return FilmPaths(self.name)

    @property
    def ledger(self) -> Ledger:
        """The manifests of the output folder."""
        return Ledger(self.out)

    def key(self, item: Item, digest: str) -> Key:
        """Return what an item depends on; `digest` is of the film's content."""
        key = self.specs.key(item, digest)
        if item != "scenes":
            return key
        # Timelines name the film's file: editors open it from there.
        return key.model_copy(update={"inputs": {**key.inputs, "file": str(self.file)}})

    @property
    def drafts(self) -> Path:
        """Where unfinished files lie."""
        return self.ledger.drafts


@dataclass(frozen=True, slots=True)
class Opened:
    """A film that opens; `seen` is what it looked like before anything of it was read."""

    digest: str
    probe: FilmProbe
    spans: tuple[Span, ...]
    seen: Identity


def open_film(film: Film, known: str | None, report: Report) -> Opened:
    """Probe a film, digest its content unless that is known, and cut it into spans."""
    seen = Identity.of(film.file)
    facts = probe(film.file)
    # The network looks at a hundred frames at a time, and would see less at a span's ends.
    whole = film.specs.shots.detector == "transnetv2"
    spans = (WHOLE,) if whole else tuple(plan_spans(facts, SPAN))
    _drop_spans_from(film, len(spans))
    opened = Opened(known or sha256(film.file), facts, spans, seen)
    check_unchanged(film, opened)
    return opened


def check_unchanged(film: Film, opened: Opened) -> None:
    """Raise WorkFailed if a film is not the file any more that its digest was taken of."""
    if not opened.seen.holds(film.file):
        raise WorkFailed(f"{film.file}: the file was changed or moved while it was read")


def _drop_spans_from(film: Film, number: int) -> None:
    """Delete the measures of spans that the film had when it was longer."""
    while (item := film.paths.item(f"span{number:03d}")) in film.ledger.items(film.name):
        film.ledger.manifest_path(item).unlink()
        shutil.rmtree(film.out / film.paths.span(number), ignore_errors=True)
        number += 1


def stands(film: Film, item: str, key: Key) -> Manifest | None:
    """Return the manifest of an item that is made and unharmed.

    A task is begun again when its worker was killed; what it had committed is not made twice.
    """
    if film.ledger.stale(item, key, DigestCache(Path(":memory:"))):
        return None
    return film.ledger.read(item)


def measure_span(film: Film, opened: Opened, number: int, report: Report) -> dict[str, object]:
    """Decode one span: measures, and the pictures most likely to be chosen."""
    single_threaded()
    span = opened.spans[number]
    specs = film.specs
    item = film.paths.item(f"span{number:03d}")
    key = specs.span_key(opened.digest, span.start, span.end)
    if made := stands(film, item, key):
        return dict(made.facts)
    with staging(film.drafts, f"{number:03d}") as drafts:
        plan = SurveyPlan(specs.shots, specs.frames, specs.composition, film.threads)
        spares = Spares(drafts / "spares", specs.frames, specs.composition)
        measures, damage = survey_span(opened.probe, span, plan, spares, report)
        if not len(measures):
            raise UnreadableFilm(film.file, f"not one frame decodes ({damage.first or 'empty'})")
        (drafts / "measures.npz").write_bytes(save_measures(measures))
        facts = {
            "frames": len(measures),
            "damaged_packets": damage.packets,
            "first_damage": damage.first,
        }
        check_unchanged(film, opened)
        # The old measures and the new spares must never pass for one result.
        film.ledger.forget(item)
        keep = film.out / film.paths.span(number) / "spares"
        shutil.rmtree(keep, ignore_errors=True)
        make_folder(keep.parent)
        (drafts / "spares").rename(keep)
        film.ledger.commit(
            item,
            key,
            {film.paths.measures(number): drafts / "measures.npz"},
            facts,
        )
    return facts


def take_sound(film: Film, opened: Opened, report: Report) -> dict[str, object]:
    """Write the film's sound, its loudness and its speech spans."""
    item, key = film.paths.item("sound"), film.key("sound", opened.digest)
    if made := stands(film, item, key):
        return dict(made.facts)
    with staging(film.drafts, "sound") as drafts:
        wav = drafts / "sound.wav"
        sound = extract_sound(film.file, wav, film.specs.sound, zero=opened.probe.start)
        check_unchanged(film, opened)
        record = sound.as_record() if sound else {"tracks": [], "note": "the film has no sound"}
        (drafts / "sound.json").write_text(json.dumps(record, indent=1, ensure_ascii=False))
        outputs = {film.paths.sound: drafts / "sound.json"}
        if sound:
            outputs[film.paths.wav] = wav
        facts: dict[str, object] = {"sound": sound is not None}
        film.ledger.commit(item, key, outputs, facts)
    return facts


def drop_spares(film: Film) -> None:
    """Delete the spare pictures of a film that is complete: what was wanted has its place."""
    for folder in (film.ledger.home / film.name).glob("span*/spares"):
        shutil.rmtree(folder, ignore_errors=True)


def expected_frames(probe: FilmProbe) -> int | None:
    """Return how many frames the film should have, by its container; None when unknown."""
    if probe.frame_count:
        return probe.frame_count
    if probe.duration:
        return max(1, round(probe.duration * probe.rate))
    return None
