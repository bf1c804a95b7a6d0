"""The options of a whole survey, and which items depend on which of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from animstudio.film.camera import CameraSpec
from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import FrameSpec
from animstudio.film.run.versions import VERSIONS
from animstudio.film.shots import ShotSpec
from animstudio.film.sound import SoundSpec
from animstudio.kernel.ledger import Key
from animstudio.kernel.spec import RUNTIME, Seconds, Spec

Stage = Literal["prepare", "analyze"]
Item = Literal["sound", "frames", "scenes", "camera", "composition"]
STAGES: Mapping[str, tuple[Item, ...]] = {
    "prepare": ("frames", "sound"),
    "analyze": ("scenes", "camera", "composition"),
}
"""Stages 1 and 2 of the CPU run, and what each leaves."""


@dataclass(frozen=True, slots=True)
class SurveySpecs:
    """Every option of a survey."""

    shots: ShotSpec = field(default_factory=ShotSpec)
    frames: FrameSpec = field(default_factory=FrameSpec)
    camera: CameraSpec = field(default_factory=CameraSpec)
    composition: CompositionSpec = field(default_factory=CompositionSpec)
    sound: SoundSpec = field(default_factory=SoundSpec)

    def prepared(self) -> dict[str, dict[str, object]]:
        """Return the options of stage 1 that stage 2 has to share, as JSON values."""
        return {
            "shots": self.shots.model_dump(mode="json"),
            "frames": self.frames.model_dump(mode="json"),
            "sound": self.sound.model_dump(mode="json"),
        }

    @classmethod
    def of_prepared(
        cls, options: Mapping[str, object], camera: CameraSpec, composition: CompositionSpec
    ) -> SurveySpecs:
        """Return what `prepared` wrote, with stage 2's own options. Raises ValueError."""
        return cls(
            ShotSpec.model_validate(options.get("shots", {})),
            FrameSpec.model_validate(options.get("frames", {})),
            camera,
            composition,
            SoundSpec.model_validate(options.get("sound", {})),
        )

    def key(self, item: Item, film: str) -> Key:
        """Return what an item of the film with this content digest depends on."""
        measures = str(VERSIONS["measures"])
        shots = {
            "film": film,
            "measures": measures,
            "shots": f"{VERSIONS['scenes']}:{self.shots.fingerprint()}",
        }
        frames = shots | {"frames": f"{VERSIONS['frames']}:{self.frames.fingerprint()}"}
        inputs = {
            "sound": {"film": film},
            "scenes": {"film": film, "measures": measures},
            "frames": shots,
            "camera": shots,
            "composition": frames,
        }[item]
        spec = {
            "sound": self.sound,
            "scenes": self.shots,
            "frames": self.frames,
            "camera": self.camera,
            "composition": self.composition,
        }[item]
        return Key(stage=item, version=VERSIONS[item], spec=spec.fingerprint(), inputs=inputs)

    def span_key(self, film: str, start: int | None, end: int | None) -> Key:
        """Return what the measures of one span depend on."""
        inputs = {"film": film, "start": str(start), "end": str(end)}
        columns = "transnetv2" if self.shots.detector == "transnetv2" else ""
        return Key(stage="measures", version=VERSIONS["measures"], spec=columns, inputs=inputs)


class RunSpec(Spec):
    """How a run works; none of it changes a result."""

    workers: Annotated[int, Field(ge=1, le=16), RUNTIME] = 8
    """Worker processes; never more than the machine has cores."""
    fresh: Annotated[bool, RUNTIME] = False
    """Make everything again, whatever already stands."""
    patience: Annotated[Seconds, RUNTIME] = 600.0
    """Seconds to wait for memory that others use, with nothing left in work, before giving up."""
