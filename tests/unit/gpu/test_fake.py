"""Cards that exist only for tests: how they are asked for, and that they say what they are."""

from __future__ import annotations

import pytest

from animstudio.gpu.devices import looking
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.settings import read_settings


def test_cards_as_they_were_asked_for() -> None:
    found = looking("2x16G,24G:3G")()
    assert [d.vram_total_mb for d in found] == [16384, 16384, 24576]
    assert [d.vram_used_mb for d in found] == [0, 0, 3072]
    assert all(d.fake and "fake" in d.name and "fake" in d.uuid for d in found)


@pytest.mark.parametrize("text", ["two", "2x", "0G:", "16G;16G", "x16G"])
def test_what_is_no_card(text: str) -> None:
    with pytest.raises(AskedWrongly, match="is no card; write 2x16G"):
        looking(text)


def test_the_switch(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("settings")
    told = {"ANIMSTUDIO_FAKE_GPUS": "2x16G", "ANIMSTUDIO_JOB_ID": "5", "ANIMSTUDIO_LEASE": "t"}
    assert read_settings(cwd=folder, environment=told).fake_gpus == "2x16G"
    (folder / "animstudio.toml").write_text('fake_gpus = "8G"\n')
    assert read_settings(cwd=folder, environment={}).fake_gpus == "8G"
