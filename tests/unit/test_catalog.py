"""The table of stages, and the options that become flags."""

from collections import Counter

import pytest

from animstudio import catalog
from animstudio.catalog import OURS, Stage, stage, stages
from animstudio.film.camera import CameraSpec
from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import FrameSpec
from animstudio.film.run.specs import RunSpec
from animstudio.film.shots import ShotSpec
from animstudio.film.sound import SoundSpec
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.guard import GuardSpec
from animstudio.kernel.spec import Spec


@pytest.mark.parametrize("one", OURS, ids=lambda one: one.name)
def test_every_stage_loads_and_explains_its_options(one: Stage) -> None:
    assert callable(one.load())
    for name, field in one.load_spec().model_fields.items():
        assert field.description, f"{one.name}.{name} has no help"


def test_no_two_specs_share_a_flag() -> None:
    specs: list[type[Spec]] = [ShotSpec, FrameSpec, CameraSpec, CompositionSpec, SoundSpec]
    specs += [RunSpec, GuardSpec]
    names = Counter(name for spec in specs for name in spec.model_fields)
    assert not [name for name, count in names.items() if count > 1]


def test_an_unknown_stage_names_the_nearest() -> None:
    with pytest.raises(AskedWrongly, match="did you mean 'camera'"):
        stage("camra")


class Entry:
    """An installed package's entry point."""

    def __init__(self, found: object) -> None:
        self.name, self.value, self._found = "theirs", "their.package:STAGE", found

    def load(self) -> object:
        return self._found


def test_other_packages_add_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = Stage("theirs", "json:dumps", "animstudio.film.shots:ShotSpec", 1, ("film",), "x")
    monkeypatch.setattr(catalog, "entry_points", lambda group: [Entry(theirs)])
    assert stages()["theirs"].load() is not None
    monkeypatch.setattr(catalog, "entry_points", lambda group: [Entry(OURS[0])])
    with pytest.raises(WorkFailed, match="exists already"):
        stages()
    monkeypatch.setattr(catalog, "entry_points", lambda group: [Entry("no stage")])
    with pytest.raises(WorkFailed, match="names no Stage"):
        stages()
