"""Flags that several commands share; a spec is one argument that becomes all its flags."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from animstudio.film.camera import CameraSpec
from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import FrameSpec
from animstudio.film.run.specs import RunSpec
from animstudio.film.shots import ShotSpec
from animstudio.film.sound import SoundSpec
from animstudio.kernel.guard import GuardSpec

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
Source = Annotated[Path, Parameter(name="input")]
Out = Annotated[Path, Parameter(name="output")]
Monitor = Annotated[
    bool, Parameter(negative="", help="Record CPU, memory, GPU and disk into monitoring/.")
]
Model = Annotated[str, Parameter(name="--embedding-model")]
