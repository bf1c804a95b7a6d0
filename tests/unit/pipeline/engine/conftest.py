"""The theatre that tests of the engine play in."""

from pathlib import Path

import pytest

from .theatre import Theatre


@pytest.fixture
def theatre(tmp_path: Path) -> Theatre:
    there = Theatre(tmp_path)
    there.write(a="alpha\n", b="beta\n", c="gamma\n")
    return there
