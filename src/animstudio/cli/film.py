"""``animstudio film``: a folder of films, or one thing about one film."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from animstudio.film.camera import CameraSpec
from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import FrameSpec
from animstudio.film.run.cpu import RunSpec, Stage
from animstudio.film.run.specs import SurveySpecs
from animstudio.film.shots import ShotSpec
from animstudio.film.sound import SoundSpec
from animstudio.kernel.guard import GuardSpec

app = App(name="film", help="Take films apart.")

Shots = Annotated[ShotSpec, Parameter(name="*", group="Shots")]
Frames = Annotated[FrameSpec, Parameter(name="*", group="Frames")]
Camera = Annotated[CameraSpec, Parameter(name="*", group="Camera")]
Composed = Annotated[CompositionSpec, Parameter(name="*", group="Composition")]
Heard = Annotated[SoundSpec, Parameter(name="*", group="Sound")]
Run = Annotated[RunSpec, Parameter(name="*", group="Run")]
Limits = Annotated[GuardSpec, Parameter(name="*", group="Guard")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Write JSON to stdout.")]
Resume = Annotated[
    bool,
    Parameter(negative="", help="Go on from what stands; always so, unless --fresh is given."),
]
Monitor = Annotated[
    bool, Parameter(negative="", help="Record CPU, memory, GPU and disk into monitoring/.")
]


@app.command(name="all")
def run_all(
    name: str,
    source: Path,
    out: Path,
    *,
    resume: Resume = True,
    monitor: Monitor = False,
    as_json: Json = False,
    shots: Shots = ShotSpec(),
    frames: Frames = FrameSpec(),
    camera: Camera = CameraSpec(),
    composition: Composed = CompositionSpec(),
    sound: Heard = SoundSpec(),
    run: Run = RunSpec(),
    guard: Limits = GuardSpec(),
) -> int:
    """Survey a film, or a folder of films: everything that is known of them, and a report.

    Every film is decoded once. What stands already is reused: after a crash, a kill or a
    changed option the same command does only what is missing.

    Examples
    --------
    animstudio film all luca ~/videos ~/out

    animstudio film all luca ~/videos/luca.ts ~/out --per-scene 5 --audio-rate source

    Parameters
    ----------
    name
        The name of the run, in its report and summaries.
    source
        A film, or a folder with films in it and its subfolders.
    out
        The folder for everything that comes out.
    """
    specs = SurveySpecs(shots, frames, camera, composition, sound)
    return _run(name, source, out, ("prepare", "analyze"), specs, run, guard, monitor, as_json)


@app.command
def prepare(
    source: Path,
    out: Path,
    *,
    resume: Resume = True,
    monitor: Monitor = False,
    as_json: Json = False,
    shots: Shots = ShotSpec(),
    frames: Frames = FrameSpec(),
    sound: Heard = SoundSpec(),
    run: Run = RunSpec(),
    guard: Limits = GuardSpec(),
) -> int:
    """Stage 1: the chosen frames and the sound of every film.

    Examples
    --------
    animstudio film prepare ~/videos ~/out --workers 8

    Parameters
    ----------
    source
        A film, or a folder with films in it and its subfolders.
    out
        The folder for everything that comes out.
    """
    specs = SurveySpecs(shots=shots, frames=frames, sound=sound)
    return _run(source.stem, source, out, ("prepare",), specs, run, guard, monitor, as_json)


@app.command
def analyze(
    out: Path,
    *,
    resume: Resume = True,
    monitor: Monitor = False,
    as_json: Json = False,
    shots: Shots = ShotSpec(),
    frames: Frames = FrameSpec(),
    camera: Camera = CameraSpec(),
    composition: Composed = CompositionSpec(),
    run: Run = RunSpec(),
    guard: Limits = GuardSpec(),
) -> int:
    """Stage 2: shots, camera moves and composition of what stage 1 prepared.

    Nothing is decoded again: the measures were taken in stage 1.

    Examples
    --------
    animstudio film analyze ~/out

    Parameters
    ----------
    out
        The folder that `film prepare` wrote.
    """
    specs = SurveySpecs(shots, frames, camera, composition)
    return _run(out.stem, out, out, ("analyze",), specs, run, guard, monitor, as_json)


def _run(
    name: str,
    source: Path,
    out: Path,
    stages: tuple[Stage, ...],
    specs: SurveySpecs,
    run: RunSpec,
    guard: GuardSpec,
    monitor: bool,
    as_json: bool,
) -> int:
    from animstudio.cli.survey import survey

    return survey(
        name, source, out, stages, specs, run=run, guard=guard, monitor=monitor, as_json=as_json
    )


_ONE_THING = {
    "shots": "The shots of one film.",
    "frames": "The chosen frames of one film, as pictures.",
    "camera": "What the camera does in every shot of one film.",
    "composition": "The composition of one film's chosen frames.",
    "sound": "The sound of one film: loudness, speech, a WAV.",
}
for _verb, _help in _ONE_THING.items():
    app.command(f"animstudio.cli.film_one:{_verb}", name=_verb, help=_help)
