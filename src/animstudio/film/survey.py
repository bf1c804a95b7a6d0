"""One decode of a span of a film drives everything that looks at frames.

    survey_span
      for each picture:  views -> analysers -> a row of measures;  the keeper takes the picture
      a dozen frames on: settled shots -> chosen pictures are written;  the keeper forgets

Which pictures are needed is only foreseen here. `film.pictures` decides it again from the
finished measures, and fetches what was not foreseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from animstudio.film.bars import measure_bars
from animstudio.film.composition import CompositionSpec
from animstudio.film.content import ContentAnalyser
from animstudio.film.frames import FrameSpec, choose_frames
from animstudio.film.keeper import Keeper
from animstudio.film.measures import Beat, Floats, Measures
from animstudio.film.motion import MotionAnalyser
from animstudio.film.sharpness import SharpnessAnalyser
from animstudio.film.shot import Shot
from animstudio.film.shots import ShotSpec, find_shots
from animstudio.film.spare import Spares
from animstudio.film.table import MeasureTable, Row
from animstudio.media.ahead import ahead
from animstudio.media.decode import Damage, Decoder, Span
from animstudio.media.geometry import Geometry
from animstudio.media.picture import Picture
from animstudio.media.planes import bytes_of_picture
from animstudio.media.probe import FilmProbe
from animstudio.media.views import Views


class Analyser(Protocol):
    """Sees every frame once, in order, and gives some columns of its row."""

    def see(self, views: Views) -> Row:
        """Return this frame's numbers."""
        ...


@runtime_checkable
class LateAnalyser(Protocol):
    """Also gives columns that are known only when the last frame was seen."""

    def columns(self) -> Mapping[str, Floats]:
        """Return whole columns, (n,) each."""
        ...


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """What one span's pass is for."""

    shots: ShotSpec
    frames: FrameSpec
    composition: CompositionSpec
    threads: int = 2


def survey_span(
    probe: FilmProbe,
    span: Span,
    plan: SurveyPlan,
    spares: Spares | None = None,
    progress: Callable[[int], object] = lambda frames: None,
) -> tuple[Measures, Damage]:
    """Decode a span once; return its measures (see `join_spans`) and what was lost.

    Pictures that will probably be chosen go to `spares`, if there are any. `progress` is told
    the number of frames every second or so of film.
    """
    decoder = Decoder(probe, threads=plan.threads)
    analysers = analysers_for(plan.shots)
    table = MeasureTable(probe.time_base, probe.rate)
    foresight = _Foresight(probe, span, plan, table, spares) if spares else None
    frames = 0
    for picture in ahead(decoder.pictures(span)):
        views = picture.views()
        row: dict[str, object] = {"pts": picture.pts}
        for analyser in analysers:
            row |= analyser.see(views)
        table.append(row)  # type: ignore[arg-type]
        if span.end is not None and picture.pts >= span.end:
            break
        frames += 1
        if foresight:
            foresight.see(picture, float(row["sharpness"]))  # type: ignore[arg-type]
        if frames % 24 == 0:
            progress(frames)
    progress(frames)
    if foresight:
        foresight.finish()
    measures = table.measures()
    for analyser in analysers:
        if isinstance(analyser, LateAnalyser):
            late: dict[str, Any] = dict(analyser.columns())
            measures = replace(measures, **late)
    return measures, decoder.damage


def analysers_for(shots: ShotSpec) -> list[Analyser]:
    """Return what has to see every frame for these options."""
    analysers: list[Analyser] = [ContentAnalyser(), SharpnessAnalyser(), MotionAnalyser()]
    if shots.detector == "transnetv2":
        from animstudio.film.transnet import TransNetAnalyser

        analysers.append(TransNetAnalyser())
    return analysers


class _Foresight:
    """Writes the pictures that will most likely be chosen, while they are at hand."""

    every = 4
    """Frames between two looks for settled shots, at the least."""
    look_back = 3.0
    """Seconds before the open shot that are looked at with it, for its opening transition."""
    patience = 0.25
    """Seconds after which a cut is believed. A dissolve takes longer to be seen, and a shot
    that turns out too short vanishes later still: then the pictures are fetched again."""
    certainty = 1.0
    """Seconds after which all cuts, and nearly all dissolves, are known."""
    jump = 0.25
    """Novelty from which a frame may begin a shot."""

    def __init__(
        self, probe: FilmProbe, span: Span, plan: SurveyPlan, table: MeasureTable, spares: Spares
    ) -> None:
        self._span, self._plan, self._table, self._spares = span, plan, table, spares
        # The exact detector may be slow or look far ahead; the quick one foresees as well.
        soonest = min(plan.shots.min_shot, self.patience)
        quick = {"detector": "adaptive", "min_shot": soonest}
        self._shots = plan.shots.model_copy(update=quick)
        self._wait = round(self.patience * float(probe.rate)) + 1
        self._context = round(self.look_back * float(probe.rate))
        self._beat = Beat.of(probe.time_base, probe.rate)
        self._looked = 0
        self._due = False
        self._cells = cells_for(probe)
        self._size = Geometry.of(probe).display_size
        certain = round(self.certainty * float(probe.rate))
        slack = self.every + self._wait
        self._keeper = Keeper[Picture](self._cells, slack, certain, room_for(probe))
        self._open = 0

    def see(self, picture: Picture, sharpness: float) -> None:
        """Keep the newest picture, and write those of shots that are over."""
        number = len(self._table) - 1
        self._keeper.add(number, self._beat.at(picture.pts), sharpness, picture)
        self._due = self._due or self._jumped(number)
        if self._due and number >= self._looked + self.every:
            self._write_settled(number + 1 - self._wait)
            self._due, self._looked = False, number

    def finish(self) -> None:
        """Write the last shots, if the film ends here, and wait for the pictures."""
        if self._span.end is None and len(self._table):
            self._write_settled(len(self._table))
        self._spares.close()

    def _jumped(self, number: int) -> bool:
        """Say whether a cut may have settled: a jump that is `patience` old.

        Looking for shots costs as much as decoding several frames, so it waits for a reason.
        """
        at = number - self._wait
        if at < max(1, self._open):
            return False
        before, now = self._table.column("novelty")[at - 1 : at + 1].tolist()
        return bool(now >= self.jump and now >= 2 * before)

    def _write_settled(self, until: int) -> None:
        base = max(0, self._open - self._context)
        measures = self._table.measures(base)
        for shot in find_shots(measures, self._shots):
            end = base + shot.end
            if end > until or end <= self._open:
                continue
            if shot.start or (base == 0 and self._span.start is None):  # else it began before
                self._write(measures, shot)
            self._open = end
            self._keeper.forget_before(end)

    def _write(self, measures: Measures, shot: Shot) -> None:
        offset = len(self._table) - len(measures)
        bars = measure_bars(measures, shot, self._size)
        for choice in choose_frames(measures, [shot], self._plan.frames, self._cells):
            picture = self._keeper.get(offset + choice.frame)
            if picture is not None:
                self._spares.write(picture, bars)


ROOM = 512_000_000
"""Bytes that kept pictures may take; in 1080p they take about 150 MB."""


def room_for(probe: FilmProbe) -> int:
    """Return how many pictures of a film may be kept in memory."""
    size = bytes_of_picture(probe.pixel_format, probe.width, probe.height)
    return max(1, min(58, ROOM // size))


def cells_for(probe: FilmProbe) -> int:
    """Return how finely windows are looked through, so that memory stays within bounds.

    At 8 about 50 pictures are held (170 MB in 1080p), at 4 about 40 (490 MB in 4K).
    """
    return 8 if probe.width * probe.height * probe.bits <= 1920 * 1200 * 8 else 4
