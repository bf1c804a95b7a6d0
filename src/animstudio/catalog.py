"""The one table of stages: what each is called, what runs it, with which options.

Adding a stage is writing its function and its spec, and adding a line here. Other packages
add theirs through the entry-point group ``animstudio.stages``, whose entries name a `Stage`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from pydantic import BaseModel

from animstudio.film.run.versions import VERSIONS
from animstudio.kernel.closing import Closed
from animstudio.kernel.errors import AskedWrongly, WorkFailed, nearest
from animstudio.kernel.spec import Spec
from animstudio.kernel.work import Item, Made, Resources

GROUP = "animstudio.stages"


@dataclass(frozen=True, slots=True)
class Stage:
    """A named piece of work. What is loaded is named by import path, ``module:name``.

    function:  the work as a plain function over typed values, for a notebook.
    spec:      its options.
    version:   raised when the stage's results change.
    needs:     what must have been made before: stages, or "film" for the file itself.
    summary:   one line for people.

    What makes it a stage of pipelines (see `kernel.work`):

    make:      ``make(item, spec, work) -> Made``; none: no pipeline can run it.
    items:     ``items(spec, place) -> [Item, ...]``; none: one item. An item that names no
               inputs depends on all that the stages before it made.
    result:    the frozen model of its typed outputs, to which ``{stage.output}`` refers.
    gather:    ``gather(spec, committed, root) -> result``; none: the only item's facts are it.
    models:    ``models(spec) -> {name: digest}``: the weights that its results depend on.
    resources: what an item needs; a recipe may say otherwise.
    batch:     the RUNTIME option that is halved when memory runs out.
    declares:  the option whose names are all that its result has.
    code:      options that name further code, ``module:name``, which its results depend on.
    apart:     modules that its code loads and that shape no result of its own.

    close:     ``close(spec, closing) -> Closed``, in place of all these: what is done at the end
               of every run, when everything else has ended (see `kernel.closing`).
    """

    name: str
    function: str
    spec: str
    version: int
    needs: tuple[str, ...]
    summary: str
    make: str = ""
    items: str = ""
    result: str = ""
    gather: str = ""
    models: str = ""
    resources: Resources = field(default_factory=Resources)
    batch: str = ""
    declares: str = ""
    code: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    close: str = ""

    @property
    def in_recipes(self) -> bool:
        """Whether a pipeline can run it."""
        return bool(self.make or self.close)

    @property
    def has_items(self) -> bool:
        """Whether it may fall into several items."""
        return bool(self.items)

    def load(self) -> Callable[..., object]:
        """Return the stage's function."""
        return self._callable(self.function)

    def load_make(self) -> Callable[..., Made]:
        """Return what a pipeline calls for each item."""
        if not self.make:
            raise AskedWrongly(f"stage '{self.name}' cannot be run by a pipeline")
        return self._callable(self.make)

    def load_close(self) -> Callable[..., Closed]:
        """Return what a pipeline calls at the end of every run."""
        return self._callable(self.close)

    def load_items(self) -> Callable[..., Sequence[Item]] | None:
        """Return what says which items there are."""
        return self._callable(self.items) if self.items else None

    def load_models(self) -> Callable[..., Mapping[str, str]] | None:
        """Return what says which weights its results depend on."""
        return self._callable(self.models) if self.models else None

    def load_gather(self) -> Callable[..., object]:
        """Return what computes the stage's result from what was committed."""
        if self.gather:
            return self._callable(self.gather)
        model = self.load_result()
        return lambda spec, committed, root: model.model_validate(committed[0].facts)

    def load_spec(self) -> type[Spec]:
        """Return the class of the stage's options."""
        found = _load(self.spec)
        if not (isinstance(found, type) and issubclass(found, Spec)):
            raise WorkFailed(f"stage '{self.name}': {self.spec} is not a Spec")
        return found

    def load_result(self) -> type[BaseModel]:
        """Return the class of the stage's typed outputs; it has none where none is named."""
        found = _load(self.result) if self.result else BaseModel
        if not (isinstance(found, type) and issubclass(found, BaseModel)):
            raise WorkFailed(f"stage '{self.name}': {self.result} is no model")
        return found

    def _callable(self, path: str) -> Callable[..., Any]:
        found = _load(path)
        if not callable(found):
            raise WorkFailed(f"stage '{self.name}': {path} is not a function")
        return found


def _load(path: str) -> object:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


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
    for entry in entry_points(group=GROUP):
        stage = entry.load()
        if not isinstance(stage, Stage):
            raise WorkFailed(f"entry point '{entry.name}' ({entry.value}) names no Stage")
        if stage.name in found:
            raise WorkFailed(f"entry point '{entry.name}': stage '{stage.name}' exists already")
        found[stage.name] = stage
    return found


def stage(name: str) -> Stage:
    """Return the stage of this name. Raises AskedWrongly with the nearest one."""
    known = stages()
    if name not in known:
        raise AskedWrongly(f"no stage is called '{name}'{nearest(name, known)}")
    return known[name]
