"""What every flow needs: caches and a list of runs of its own, not of whoever runs the tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def caches(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache folder for all tests of a process: the embedding model is prepared once."""
    monkeypatch.setenv("ANIMSTUDIO_CACHE", str(tmp_path_factory.getbasetemp() / "caches"))
    monkeypatch.setenv("ANIMSTUDIO_STATE", str(tmp_path_factory.getbasetemp() / "state"))
