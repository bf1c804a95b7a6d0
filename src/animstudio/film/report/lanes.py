"""The curves under the strip: content, brightness, motion and loudness over one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from animstudio.film.export.timecode import elapsed_seconds
from animstudio.film.report import curves
from animstudio.film.report.curves import Numbers
from animstudio.film.report.facts import FilmFacts
from animstudio.film.report.words import loudness
from animstudio.kernel.markup import Markup, element

PEAK = 99.7
"""Motion is drawn up to this percentile: one wild frame must not flatten the rest."""
QUIET = -60.0
"""The floor of the loudness lane, LUFS."""


@dataclass(frozen=True)
class Lane:
    """One plot: its name, what its range means, and its drawings from back to front."""

    label: str
    legend: str
    drawings: Sequence[Markup]


def lanes(film: FilmFacts, points: int) -> Markup:
    """Return the film's lanes. points: how many points a curve may have."""
    at = film.measures.pts - film.measures.pts[0]
    share = at * float(film.measures.time_base) / (film.duration or 1.0)
    buckets = max(1, points // 2)
    made = [_content(film, share, buckets), _brightness(film, share, buckets)]
    made.append(_motion(film, share, buckets))
    if film.sound:
        made.append(_loudness(film, buckets))
    return element("div", [_draw(lane) for lane in made], class_="lanes")


def _draw(lane: Lane) -> Markup:
    plot = element(
        "svg",
        lane.drawings,
        viewBox=f"0 0 {curves.WIDE} {curves.HIGH}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{lane.label}: {lane.legend}",
    )
    caption = element("figcaption", element("b", lane.label), " ", element("span", lane.legend))
    return element("figure", caption, plot, class_="lane")


def _content(film: FilmFacts, share: Numbers, buckets: int) -> Lane:
    values = np.asarray(film.score, np.float64)
    top = max(float(np.nanmax(values, initial=0.0)), film.threshold or 0.0, 1e-6) * 1.04
    cuts, gradual = _transitions(film)
    drawings = [_path(curves.spans(gradual), "span"), _path(curves.ticks(cuts), "cut")]
    if film.threshold is not None:
        y = curves.HIGH * (1 - film.threshold / top)
        drawings.append(_path(f"M0,{y:.1f}H{curves.WIDE}", "threshold"))
    drawings.append(_path(curves.line(*curves.thin(share, values, buckets), 0, top), "line"))
    legend = f"peak {np.nanmax(values, initial=0.0):.3g}"
    if film.threshold is not None:
        legend += f", threshold {film.threshold:.3g}"
    return Lane("Content change", f"{legend}; ticks are cuts, bands gradual", drawings)


def _transitions(film: FilmFacts) -> tuple[list[float], list[tuple[float, float]]]:
    """Return where cuts are, and the spans of gradual transitions: shares of the film."""

    def share(frame: int) -> float:
        return elapsed_seconds(film.measures, frame) / (film.duration or 1.0)

    cuts, gradual = [], set()
    for shot in film.shots:
        for transition in (shot.opening, shot.closing):
            if transition and transition.end > transition.start:
                gradual.add((share(transition.start), share(transition.end)))
        if shot.opening and shot.opening.kind == "cut":
            cuts.append(share(shot.start))
    return cuts, sorted(gradual)


def _brightness(film: FilmFacts, share: Numbers, buckets: int) -> Lane:
    values = np.asarray(film.measures.luma, np.float64) / 255 * 100
    drawing = _path(curves.area(*curves.thin(share, values, buckets), 0, 100), "area")
    return Lane("Brightness", f"mean {np.nanmean(values):.0f} % of white", [drawing])


def _motion(film: FilmFacts, share: Numbers, buckets: int) -> Lane:
    """Camera and subject speed, frame widths a second; nothing across cuts or without support."""
    measures = film.measures
    frame_seconds = np.diff(measures.pts, prepend=measures.pts[0] - 1) * float(measures.time_base)
    unknown = measures.support <= 0
    unknown[[shot.start for shot in film.shots]] = True
    pair = []
    for shift in (np.hypot(measures.tx, measures.ty), measures.residual):
        speed = np.asarray(shift, np.float64) / np.maximum(frame_seconds, 1e-6)
        speed[unknown] = np.nan
        pair.append(speed)
    known = np.concatenate([speed[~np.isnan(speed)] for speed in pair])
    top = max(float(np.percentile(known, PEAK)) if len(known) else 0.0, 0.01)
    drawings = [
        _path(curves.line(*curves.thin(share, speed, buckets), 0, top), name)
        for speed, name in zip(reversed(pair), ("line soft", "line"), strict=True)
    ]
    return Lane("Motion", f"camera, and fainter its subjects; up to {top:.2g} widths/s", drawings)


def _loudness(film: FilmFacts, buckets: int) -> Lane:
    sound = film.sound or {}
    duration = film.duration or 1.0
    speech = [
        (max(0.0, span["start"] / duration), min(1.0, span["end"] / duration))
        for span in sound.get("speech", ())
    ]
    levels = np.asarray(sound.get("loudness", ()), np.float64)
    levels = np.where(np.isfinite(levels), levels, QUIET)
    share = np.arange(len(levels), dtype=np.float64) * (sound.get("step", 0.0) / duration)
    inside = share <= 1
    drawings = [_path(curves.spans(speech), "span")]
    if inside.any():
        thinned = curves.thin(share[inside], levels[inside], buckets)
        drawings.append(_path(curves.area(*thinned, QUIET, 0.0), "area"))
    legend = "bands are speech" if speech else "no speech found"
    if "loudness_lufs" in sound:
        legend = f"{loudness(sound['loudness_lufs'])}; {legend}"
    return Lane("Loudness", legend, drawings)


def _path(d: str, name: str) -> Markup:
    return element("path", d=d, class_=name)
