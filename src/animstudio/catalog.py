"""The one table of stages: what each is called, what runs it, with which options.

Adding a stage is writing its function and its spec, and adding a line here. Other packages
add theirs through the entry-point group ``animstudio.stages``, whose entries name a `Stage`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points

from animstudio.film.run.specs import VERSIONS
from animstudio.kernel.errors import AskedWrongly, WorkFailed, nearest
from animstudio.kernel.spec import Spec

GROUP = "animstudio.stages"


@dataclass(frozen=True, slots=True)
class Stage:
    """A named piece of work.

    function, spec: import paths, ``module:name``, so that a table loads nothing heavy.
    version:        raised when the stage's results change.
    needs:          what must have been made before: stages, or "film" for the file itself.
    summary:        one line for people.
    """

    name: str
    function: str
    spec: str
    version: int
    needs: tuple[str, ...]
    summary: str

    def load(self) -> Callable[..., object]:
        """Return the stage's function."""
        found = _load(self.function)
        if not callable(found):
            raise WorkFailed(f"stage '{self.name}': {self.function} is not a function")
        return found

    def load_spec(self) -> type[Spec]:
        """Return the class of the stage's options."""
        found = _load(self.spec)
        if not (isinstance(found, type) and issubclass(found, Spec)):
            raise WorkFailed(f"stage '{self.name}': {self.spec} is not a Spec")
        return found


def _load(path: str) -> object:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _stage(item: str, function: str, spec: str, needs: tuple[str, ...], summary: str) -> Stage:
    home = "animstudio.film."
    name = {"scenes": "shots"}.get(item, item)
    return Stage(name, home + function, home + spec, VERSIONS[item], needs, summary)


# fmt: off
OURS: tuple[Stage, ...] = (
    _stage("scenes", "shots:find_shots", "shots:ShotSpec", ("film",),
           "Shots with hard cuts, fades and dissolves."),
    _stage("frames", "frames:choose_frames", "frames:FrameSpec", ("shots",),
           "The sharpest frames of every shot, out of no transition."),
    _stage("camera", "camera:describe_camera", "camera:CameraSpec", ("shots",),
           "Pan, tilt, zoom and roll of every shot."),
    _stage("composition", "composition:compose", "composition:CompositionSpec", ("frames",),
           "Thirds, balance, subjects, depth and palette of the chosen frames."),
    _stage("sound", "sound:extract_sound", "sound:SoundSpec", ("film",),
           "The sound as WAV, its loudness, and where somebody speaks."),
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
