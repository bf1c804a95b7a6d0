"""CSV files: rotated, mended, and patient with a full disk."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from animstudio.care.recording import Recorder


def recorder(path: Path, said: list[str], *, max_bytes: int = 10_000, keep: int = 2) -> Recorder:
    return Recorder(path, said.append, header=("a", "b"), max_bytes=max_bytes, keep=keep)


def test_rows_under_one_header(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.csv"
    recorder(path, []).append(["1", "x, y"])
    recorder(path, []).append(["2", 'quoted "z"'])
    assert path.read_text() == 'a,b\n1,"x, y"\n2,"quoted ""z"""\n'


def test_rotation_by_size(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = recorder(path, [], max_bytes=12)
    for number in range(8):
        rows.append([str(number), "r"])
    names = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert names == {
        "x.csv": "a,b\n6,r\n7,r\n",
        "x.1.csv": "a,b\n4,r\n5,r\n",
        "x.2.csv": "a,b\n2,r\n3,r\n",
    }


def test_nothing_is_kept_where_nothing_shall_be(tmp_path: Path) -> None:
    rows = recorder(tmp_path / "x.csv", [], max_bytes=12, keep=0)
    for number in range(3):
        rows.append([str(number), "r"])
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]
    assert (tmp_path / "x.csv").read_text() == "a,b\n2,r\n"


def test_a_torn_row_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,r\n2,to")
    recorder(path, []).append(["3", "r"])
    assert path.read_text() == "a,b\n1,r\n3,r\n"


def test_a_torn_header_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,")
    recorder(path, []).append(["3", "r"])
    assert path.read_text() == "a,b\n3,r\n"


def test_a_file_with_other_columns_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("old,columns\n1,2\n")
    recorder(path, []).append(["3", "r"])
    assert path.read_text() == "a,b\n3,r\n"
    assert (tmp_path / "x.1.csv").read_text() == "old,columns\n1,2\n"


def test_a_folder_that_is_moved_away(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "x.csv"
    rows = recorder(path, [])
    rows.append(["1", "r"])
    path.parent.rename(tmp_path / "away")
    rows.append(["2", "r"])
    assert path.read_text() == "a,b\n2,r\n"


@pytest.mark.parametrize("taken", [0, 2])
def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    said: list[str] = []
    path = tmp_path / "x.csv"
    rows = recorder(path, said)
    assert rows.append(["1", "r"])
    real = os.write

    def full(file: int, data: bytes) -> int:
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(file, data[:taken])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        assert not rows.append(["2", "r"])
        assert not rows.append(["3", "r"])
    assert rows.append(["4", "r"])
    assert path.read_text() == "a,b\n1,r\n4,r\n"
    assert said == [
        f"{path}: rows are skipped: No space left on device",
        f"{path}: recording again; 2 rows were skipped",
    ]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("a real full disk needs root")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=False)
    if made.returncode:
        pytest.skip("nothing may be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_that_is_really_full(tiny_disk: Path) -> None:
    said: list[str] = []
    path = tiny_disk / "x.csv"
    rows = recorder(path, said, max_bytes=1_000_000)
    stands = [rows.append([str(number), "r" * 999]) for number in range(100)]
    assert stands.count(True) > 20
    assert stands[-1] is False
    assert len(said) == 1
    before = path.read_text()
    assert before.endswith("r\n")
    (tiny_disk / "x.csv").rename(tiny_disk / "y.csv")
    (tiny_disk / "y.csv").unlink()
    assert rows.append(["last", "r"])
    assert path.read_text() == "a,b\nlast,r\n"
    assert "recording again" in said[1]
