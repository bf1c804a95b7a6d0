"""The one table of stages: what each is called, what runs it, with which options.

Adding a stage is writing its function and its spec, and adding a line here. Other packages
add theirs through the entry-point group ``animstudio.stages``, whose entries name a `Stage`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from animstudio.film.run.versions import VERSIONS
from animstudio.kernel.errors import AskedWrongly, WorkFailed, nearest
from animstudio.kernel.stage import Stage
from animstudio.kernel.work import Resources

__all__ = ["GROUP", "OURS", "Stage", "stage", "stages"]

GROUP = "animstudio.stages"


_SHARED = Resources(cpus=0)
_FORESIGHT = tuple(
    f"animstudio.film.{name}"
    for name in ("bars", "composition", "frames", "keeper", "shots", "spare")
)
"""What measuring only looks ahead with: another way of choosing pictures measures nothing anew."""


def _film(
    name: str,
    function: str,
    spec: str,
    result: str,
    needs: tuple[str, ...],
    summary: str,
    resources: Resources = _SHARED,
    apart: tuple[str, ...] = (),
) -> Stage:
    """Return a stage over films; a module of `film.stages` has what pipelines call."""
    home = f"animstudio.film.stages.{name}:"
    return Stage(name, f"animstudio.film.{function}", home + spec, VERSIONS[name], needs, summary,
                 make=home + "make", items=home + "items", result=home + result,
                 gather=home + "gather", resources=resources, apart=apart)  # fmt: skip


def _end(name: str, module: str, spec: str, summary: str) -> Stage:
    """Return a stage that ends every run."""
    home = f"animstudio.{module}:"
    return Stage(name, home + "close", home + spec, 1, (), summary, close=home + "close")


def _wing(
    name: str,
    make: str,
    spec: str,
    result: str,
    items: str,
    gather: str,
    summary: str,
    code: tuple[str, ...] = (),
    declares: str = "",
) -> Stage:
    """Return a stage that stands for work outside of the studio."""
    home = f"animstudio.pipeline.stages.{name}:"
    return Stage(name, home + make, home + spec, 1, (), summary, make=home + make,
                 items=home + items, result=home + result, gather=home + gather,
                 code=code, declares=declares)  # fmt: skip


def _work(
    name: str, module: str, make: str, items: str, gather: str, spec: str, result: str,
    needs: tuple[str, ...], summary: str, **more: Any,
) -> Stage:  # fmt: skip
    """Return a stage whose parts all live in one module."""
    home = f"animstudio.{module}:"
    return Stage(name, home + make, home + spec, 1, needs, summary, make=home + make,
                 items=home + items, result=home + result, gather=home + gather,
                 **more)  # fmt: skip


# fmt: off
OURS: tuple[Stage, ...] = (
    _film("films", "stages.films:film_files", "FilmsSpec", "Films", ("film",),
          "Films, opened, and cut into spans that can be decoded apart."),
    _film("measures", "survey:survey_span", "MeasuresSpec", "Measured", ("film",),
          "The one decode: numbers of every frame, from which everything else is told.",
          resources=Resources(cpus=2), apart=_FORESIGHT),
    _film("sound", "sound:extract_sound", "TakenSpec", "Taken", ("film",),
          "The sound as WAV, its loudness, and where somebody speaks."),
    _film("frames", "frames:choose_frames", "ChosenSpec", "Chosen", ("measures",),
          "The sharpest frames of every shot, out of no transition."),
    _film("shots", "shots:find_shots", "ListedSpec", "Listed", ("measures",),
          "Shots with hard cuts, fades and dissolves."),
    _film("camera", "camera:describe_camera", "MovesSpec", "Moves", ("measures",),
          "Pan, tilt, zoom and roll of every shot."),
    _film("composition", "composition:compose", "ComposedSpec", "Composed", ("frames",),
          "Thirds, balance, subjects, depth and palette of the chosen frames."),
    _end("film_summaries", "film.stages.summaries", "SummariesSpec",
         "Lists of what films came to, and of those that failed."),
    _end("knowledge_base", "pipeline.stages.knowledge_base", "RagSpec",
         "A knowledge base of films' analysis, subtitles and documents, on the CPU."),
    _end("film_report", "film.stages.report", "ReportSpec",
         "One page about a run over films."),
    _work("frame_extraction", "film.extraction", "extract", "extraction_items",
          "gather_extraction", "FrameExtractionSpec", "FrameExtraction", ("film",),
          "Films taken apart: shots, their best frames, and an index for later stages.",
          resources=Resources(cpus=2)),
    _work("segmentation", "characters.segmentation", "segment", "segmentation_items",
          "gather_segmentation", "SegmentationSpec", "Segmentation", ("frame_extraction",),
          "Characters found, followed through every shot, and cut out.",
          models="animstudio.characters.segmentation:segmentation_models"),
    _work("segmentation_summary", "characters.merged", "summarise", "summary_items",
          "gather_summary", "SegmentationSummarySpec", "Summarised", ("segmentation",),
          "The records of all shots in one place: instances, tracks, failures, summary."),
    _work("clustering", "characters.clustering", "cluster", "clustering_items",
          "gather_clustering", "ClusteringSpec", "Clustering", ("segmentation",),
          "Tracks recognised as characters, named, and laid out in a folder each.",
          models="animstudio.characters.clustering:clustering_models"),
    _work("training_data_prep", "dataset.stage", "prepare", "prepare_items", "gather_prepared",
          "PrepareSpec", "TrainingData", ("clustering",),
          "Characters' pictures chosen, cropped, captioned, and laid out for a trainer.",
          models="animstudio.dataset.stage:prepare_models", resources=Resources(cpus=2)),
    _wing("command", "run_command", "CommandSpec", "CommandResult", "command_items",
          "gather_command", "Any program, with the inputs and outputs that a recipe declares.",
          declares="outputs"),
    _wing("python", "call_function", "PythonSpec", "PythonResult", "python_items",
          "gather_python", "A function of yours, module:name.", code=("function",)),
)
# fmt: on


def stages() -> Mapping[str, Stage]:
    """Return every stage by name: ours, then those of installed packages.

    Raises WorkFailed for a package whose entry is no `Stage` or takes a name that is taken.
    """
    found = {stage.name: stage for stage in OURS}
    for entry in _entries(entry_points):
        stage = entry.load()
        if not isinstance(stage, Stage):
            raise WorkFailed(f"entry point '{entry.name}' ({entry.value}) names no Stage")
        if stage.name in found:
            raise WorkFailed(f"entry point '{entry.name}': stage '{stage.name}' exists already")
        found[stage.name] = stage
    return found


@lru_cache(maxsize=1)
def _entries(ask: Callable[..., Iterable[EntryPoint]]) -> Sequence[EntryPoint]:
    """Look through the installed packages, once a process: there may be hundreds."""
    return tuple(ask(group=GROUP))


def stage(name: str) -> Stage:
    """Return the stage of this name. Raises AskedWrongly with the nearest one."""
    known = stages()
    if name not in known:
        raise AskedWrongly(f"no stage is called '{name}'{nearest(name, known)}")
    return known[name]
