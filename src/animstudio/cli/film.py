"""``animstudio film``: a folder of films, or one thing about one film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from animstudio.cli import film_one, film_sound
from animstudio.cli.flags import Camera, Composed, Frames, Heard, Monitor, Out, Run, Shots, Source
from animstudio.cli.switches import Json, Limits, Model, Resume
from animstudio.film.camera import CameraSpec
from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import FrameSpec
from animstudio.film.run.specs import RunSpec, SurveySpecs
from animstudio.film.shots import ShotSpec
from animstudio.film.sound import SoundSpec
from animstudio.kernel.guard import GuardSpec
from animstudio.knowledge.embed import DEFAULT_MODEL

if TYPE_CHECKING:
    from animstudio.pipeline.stages.knowledge_base import RagSpec

app = App(name="film", help="Take films apart.")


@app.command(name="all")
def run_all(
    name: str,
    source: Source,
    out: Out,
    *,
    resume: Resume = True,
    monitor: Monitor = False,
    as_json: Json = False,
    embedding_model: Model = DEFAULT_MODEL,
    documents: Path | None = None,
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
    changed option the same command does only what is missing. At the end a knowledge base is
    made of the analysis, of subtitles beside the films, and of documents about them.

    For example:

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
    embedding_model
        Name of the model that the knowledge base is made with, or a folder that holds one.
    documents
        A folder of more documents for the knowledge base, all of which are taken.
    """
    from animstudio.cli.film_run import over_films

    specs = SurveySpecs(shots, frames, camera, composition, sound)
    return over_films(
        name, source, out, ("prepare", "analyze", "rag"), specs, run=run, guard=guard,
        monitor=monitor, as_json=as_json, rag=_rag(name, documents, embedding_model, monitor),
    )  # fmt: skip


@app.command
def prepare(
    source: Source,
    out: Out,
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

    For example:

        animstudio film prepare ~/videos ~/out --workers 8

    Parameters
    ----------
    source
        A film, or a folder with films in it and its subfolders.
    out
        The folder for everything that comes out.
    """
    from animstudio.cli.film_run import over_films

    specs = SurveySpecs(shots=shots, frames=frames, sound=sound)
    return over_films(
        source.stem, source, out, ("prepare",), specs, run=run, guard=guard, monitor=monitor,
        as_json=as_json,
    )  # fmt: skip


@app.command
def analyze(
    out: Out,
    *,
    resume: Resume = True,
    monitor: Monitor = False,
    as_json: Json = False,
    camera: Camera = CameraSpec(),
    composition: Composed = CompositionSpec(),
    run: Run = RunSpec(),
    guard: Limits = GuardSpec(),
) -> int:
    """Stage 2: shots, camera moves and composition of what stage 1 prepared.

    Nothing is decoded again: the measures were taken in stage 1, and its options hold.

    For example:

        animstudio film analyze ~/out

    Parameters
    ----------
    out
        The folder that `film prepare` wrote.
    """
    from animstudio.cli.film_run import over_prepared

    specs = SurveySpecs(camera=camera, composition=composition)
    return over_prepared(out, specs, run=run, guard=guard, monitor=monitor, as_json=as_json)


@app.command
def rag(
    name: Annotated[str, Parameter(name="film")],
    out: Out,
    *,
    resume: Resume = True,
    fresh: bool = False,
    monitor: Monitor = False,
    as_json: Json = False,
    embedding_model: Model = DEFAULT_MODEL,
    documents: Path | None = None,
    guard: Limits = GuardSpec(),
) -> int:
    """Stage 3: a knowledge base of the films' analysis, subtitles and documents, on the CPU.

    Taken are the analysis of stages 1 and 2, subtitle files beside each film, and what lies in
    `documents/FILM` in the input's or the output's folder. Run again, it does only what changed.

    For example:

        animstudio film rag luca ~/out
        animstudio film rag luca ~/out --documents ~/notes/luca

    Parameters
    ----------
    name
        The name of the run, as given to `film all`.
    out
        The folder that `film prepare` and `film analyze` wrote.
    fresh
        Make the knowledge base anew, whatever already stands.
    embedding_model
        Name of the model, or a folder that holds one.
    documents
        A folder of more documents, all of which are taken.
    """
    from animstudio.cli.film_run import rag_alone

    return rag_alone(
        name, out, _rag(name, documents, embedding_model, monitor), fresh=fresh, guard=guard,
        monitor=monitor, as_json=as_json,
    )  # fmt: skip


def _rag(name: str, documents: Path | None, model: str, monitored: bool) -> RagSpec:
    from animstudio.pipeline.stages.knowledge_base import RagSpec

    folder = documents.absolute() if documents else None
    return RagSpec(film=name, documents=folder, embedding_model=model, monitored=monitored)


app.command(film_one.shots)
app.command(film_one.frames)
app.command(film_one.camera)
app.command(film_one.composition)
app.command(film_sound.sound)
