"""Drafts beside what they become: gone afterwards, and swept where a kill left them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.kernel.drafts import drafts_in
from animstudio.kernel.errors import AskedWrongly


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_is_made_and_its_drafts_are_gone_afterwards(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stop"), drafts_in(tmp_path / "a" / "b") as drafts:
        assert drafts.parent == tmp_path / "a" / "b"
        (drafts / "half").touch()
        raise ValueError("stop")
    assert names(tmp_path / "a" / "b") == []


def test_drafts_of_a_killed_process_are_swept_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from animstudio.kernel.drafts import drafts_in\n"
        "with drafts_in(Path(sys.argv[1])) as drafts:\n"
        "    (drafts / 'half').touch()\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 1
    with drafts_in(tmp_path) as drafts:
        assert names(tmp_path) == [drafts.name]
    assert names(tmp_path) == []


def test_drafts_in_use_and_what_is_not_ours_are_left(tmp_path: Path) -> None:
    (tmp_path / ".drafts-mine").mkdir()
    (tmp_path / ".drafts-mine" / ".lock").touch()
    (tmp_path / ".drafts-0123abcd").mkdir()  # named like ours, and without its lock
    with drafts_in(tmp_path) as one:
        (one / "half").touch()
        with drafts_in(tmp_path) as two:
            assert one != two
        assert (one / "half").exists()
    assert names(tmp_path) == [".drafts-0123abcd", ".drafts-mine"]


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_is_no_folder_for_drafts(tmp_path: Path, below: str) -> None:
    (tmp_path / "afile").write_text("mine")
    with pytest.raises(AskedWrongly, match="afile: this is not a folder"):
        drafts_in(tmp_path / "afile" / below).__enter__()
    assert (tmp_path / "afile").read_text() == "mine"
