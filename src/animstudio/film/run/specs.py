"""The options of a whole survey, and how a run over films works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from animstudio.film.camera import CameraSpec
from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import FrameSpec
from animstudio.film.shots import ShotSpec
from animstudio.film.sound import SoundSpec
from animstudio.kernel.spec import RUNTIME, Seconds, Spec


@dataclass(frozen=True, slots=True)
class SurveySpecs:
    """Every option of a survey."""

    shots: ShotSpec = field(default_factory=ShotSpec)
    frames: FrameSpec = field(default_factory=FrameSpec)
    camera: CameraSpec = field(default_factory=CameraSpec)
    composition: CompositionSpec = field(default_factory=CompositionSpec)
    sound: SoundSpec = field(default_factory=SoundSpec)

    def values(self) -> dict[str, object]:
        """Return the options as JSON values, as the recipe ``cpu`` takes them."""
        return {
            "shots": self.shots.model_dump(mode="json"),
            "frames": self.frames.model_dump(mode="json"),
            "camera": self.camera.model_dump(mode="json"),
            "composition": self.composition.model_dump(mode="json"),
            "sound": self.sound.model_dump(mode="json"),
        }

    @classmethod
    def of_prepared(
        cls, options: Mapping[str, object], camera: CameraSpec, composition: CompositionSpec
    ) -> SurveySpecs:
        """Return stage 1's options as its list has them, with stage 2's own. Raises ValueError."""
        return cls(
            ShotSpec.model_validate(options.get("shots", {})),
            FrameSpec.model_validate(options.get("frames", {})),
            camera,
            composition,
            SoundSpec.model_validate(options.get("sound", {})),
        )


class RunSpec(Spec):
    """How a run works; none of it changes a result."""

    workers: Annotated[int, Field(ge=1, le=16), RUNTIME] = 8
    """Worker processes; never more than the machine has cores."""
    fresh: Annotated[bool, RUNTIME] = False
    """Make everything again, whatever already stands."""
    patience: Annotated[Seconds, RUNTIME] = 600.0
    """Seconds to wait for memory that others use, with nothing left in work, before giving up."""
