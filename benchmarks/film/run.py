"""How long does a whole survey take, beside a bare decode and beside cuts alone?

python benchmarks/film/run.py [--clip FILM] [--seconds 120] [--rounds 3] [--long]

Needs `ffmpeg` on the PATH (the bare decode) and the extra `bench` (PySceneDetect). The film is
made from a real animated clip, in several framings with cuts between them, as 1080p H.264 with
AAC sound; `--long` repeats it to ten times its length, for the memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import psutil

from animstudio.cli.demo import demo_clip
from animstudio.media.decode import Decoder
from animstudio.media.encode import write_film
from animstudio.media.probe import probe

SIZE = (1920, 1080)
RATE = 24


@dataclass(frozen=True)
class Run:
    """One process and its children: seconds on the clock, of processors, and bytes at the most."""

    wall: float
    cpu: float
    rss: int


def framings(clip: Path, count: int) -> Iterator[np.ndarray]:
    """Yield `count` pictures: the clip's stretches in changing framings, a cut between two."""
    stretch = [picture.bgr() for picture in Decoder(probe(clip)).pictures()]
    random = np.random.default_rng(1)
    grains = [grain(random) for _ in range(7)]
    done = 0
    while done < count:
        length = int(random.uniform(1.5, 6) * RATE)
        start = int(random.integers(0, max(1, len(stretch) - length)))
        zoom, x, y = random.uniform(0.55, 1), random.uniform(), random.uniform()
        flip = random.uniform() < 0.5
        for source in stretch[start : start + length][: count - done]:
            height, width = source.shape[:2]
            w, h = int(width * zoom), int(height * zoom)
            left, top = int((width - w) * x), int((height - h) * y)
            part = source[top : top + h, left : left + w]
            large = cv2.resize(part[:, ::-1] if flip else part, SIZE, interpolation=cv2.INTER_CUBIC)
            yield cv2.addWeighted(large, 1, grains[done % len(grains)], 1, -128)
            done += 1


def grain(random: np.random.Generator) -> np.ndarray:
    """Return film grain about 128, grey, two pixels coarse."""
    fine = random.normal(128, 2.5, (SIZE[1] // 2, SIZE[0] // 2)).astype(np.uint8)
    return cv2.cvtColor(cv2.resize(fine, SIZE), cv2.COLOR_GRAY2BGR)


def make_film(path: Path, clip: Path, seconds: int) -> None:
    """Encode the film: x264 fast, CRF 22, and a stereo tone with noise as its sound."""
    time_axis = np.arange(seconds * 48_000, dtype=np.float32) / 48_000
    noise = np.random.default_rng(2).normal(0, 0.05, (2, len(time_axis))).astype(np.float32)
    tone = 0.2 * np.sin(2 * np.pi * 220 * time_axis) * (np.sin(time_axis) > 0)
    options = {"preset": "fast", "crf": "22"}
    pictures = framings(clip, seconds * RATE)
    write_film(path, pictures, rate=RATE, sound=noise + tone, options=options)


def repeat(film: Path, out: Path, times: int) -> None:
    """Write the film several times over, its packets as they are."""
    with av.open(str(out), "w") as target:
        streams: dict[int, object] = {}
        shift = end = Fraction(0)
        for _ in range(times):
            with av.open(str(film)) as source:
                used = [source.streams.video[0], source.streams.audio[0]]
                for stream in used:
                    if stream.index not in streams:
                        streams[stream.index] = target.add_stream_from_template(stream)
                for packet in source.demux(used):
                    if packet.dts is None or packet.pts is None:
                        continue
                    ticks = round(shift / packet.time_base)
                    packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
                    last = (packet.pts + (packet.duration or 1)) * packet.time_base
                    end = max(end, last)
                    packet.stream = streams[packet.stream.index]
                    target.mux(packet)
            shift = end + Fraction(1, 10)


def timed(command: list[str]) -> Run:
    """Run a command to its end; its memory is looked at ten times a second."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak, over = 0, threading.Event()

    def look() -> None:
        nonlocal peak
        while not over.wait(0.1):
            peak = max(peak, tree_rss(process.pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    over.set()
    watcher.join()
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{said.decode()}")
    return Run(wall, usage.ru_utime + usage.ru_stime, peak)


def tree_rss(pid: int) -> int:
    try:
        top = psutil.Process(pid)
        return sum(p.memory_info().rss for p in [top, *top.children(recursive=True)])
    except psutil.Error:
        return 0


def contenders(film: Path, out: Path) -> dict[str, list[str]]:
    here = Path(sys.executable).parent
    return {
        "ffmpeg -v error -i FILM -f null -": [
            "ffmpeg", "-v", "error", "-i", str(film), "-f", "null", "-",
        ],
        "scenedetect detect-adaptive": [
            str(here / "scenedetect"), "-q", "-i", str(film), "detect-adaptive",
        ],
        "animstudio film all": [
            sys.executable, "-m", "animstudio", "film", "all", "bench", str(film), str(out),
        ],
    }  # fmt: skip


def compare(film: Path, folder: Path, rounds: int) -> dict[str, list[Run]]:
    """Run everything by turns, so that a slow moment of the machine meets each alike."""
    runs: dict[str, list[Run]] = {}
    for number in range(rounds):
        out = folder / f"out{number}"
        for name, command in contenders(film, out).items():
            runs.setdefault(name, []).append(timed(command))
            print(f"  round {number + 1}: {name}: {runs[name][-1].wall:.2f} s", file=sys.stderr)
        shutil.rmtree(out)
    return runs


def table(runs: dict[str, list[Run]], frames: int) -> tuple[str, dict[str, dict[str, float]]]:
    lines = ["| | wall s (median) | min | x ffmpeg | frames/s | CPU s | peak RSS MB |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    figures = {}
    base = statistics.median(run.wall for run in next(iter(runs.values())))
    for name, found in runs.items():
        wall = statistics.median(run.wall for run in found)
        figures[name] = {
            "wall": round(wall, 2),
            "wall_min": round(min(run.wall for run in found), 2),
            "ratio": round(wall / base, 3),
            "cpu": round(statistics.median(run.cpu for run in found), 2),
            "rss_mb": round(max(run.rss for run in found) / 1e6),
        }
        f = figures[name]
        lines.append(f"| `{name}` | {f['wall']} | {f['wall_min']} | {f['ratio']} "
                     f"| {frames / wall:.0f} | {f['cpu']} | {f['rss_mb']} |")  # fmt: skip
    return "\n".join(lines), figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, default=None)
    parser.add_argument("--film", type=Path, default=None, help="measure this film instead")
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true", help="ten times the length as well")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = chosen.film or folder / "film.mp4"
        if not chosen.film:
            make_film(film, chosen.clip or demo_clip(), chosen.seconds)
        facts = probe(film)
        frames = facts.frame_count or 0
        print(f"{platform.machine()}, {os.cpu_count()} cores; {facts.width}x{facts.height} "
              f"{facts.codec}, {frames} frames, {facts.duration:.0f} s, "
              f"{film.stat().st_size * 8 / facts.duration / 1e6:.1f} Mbit/s\n")  # fmt: skip
        text, figures = table(compare(film, folder, chosen.rounds), frames)
        print(text)
        if chosen.long:
            longer = folder / "long.mp4"
            repeat(film, longer, 10)
            text, long_figures = table(compare(longer, folder, 1), frames * 10)
            print(f"\nTen times as long:\n\n{text}")
            figures = {"short": figures, "long": long_figures}
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
