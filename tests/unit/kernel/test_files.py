"""Writing files so that nobody ever sees half of one, and nothing of a person's is lost."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from animstudio.kernel import files
from animstudio.kernel.errors import AskedWrongly, OutOfRoom, WorkFailed
from animstudio.kernel.files import (
    contained,
    link,
    place,
    refusal,
    remove_empty,
    sha256,
    staging,
    withdraw,
    write_atomic,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_write_makes_folders_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "films.json"
    write_atomic(path, "größer")
    write_atomic(path, b"\x00\x01")
    assert path.read_bytes() == b"\x00\x01"
    assert names(path.parent) == ["films.json"]


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "films.json"
    write_atomic(path, "old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["films.json"]


def test_long_names_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 120 + ".json")
    write_atomic(path, "x")
    assert path.read_text() == "x"


def test_place_into_a_free_place(tmp_path: Path) -> None:
    place(written(tmp_path / "draft", "new"), tmp_path / "frames" / "a.jpg")
    assert (tmp_path / "frames" / "a.jpg").read_text() == "new"
    assert not (tmp_path / "draft").exists()


def test_place_replaces_what_is_ours_and_keeps_what_is_not(tmp_path: Path) -> None:
    target = written(tmp_path / "a.jpg", "ours")
    place(written(tmp_path / "draft", "new"), target, ours=[sha256(target)])
    assert names(tmp_path) == ["a.jpg"]
    target.write_text("edited")
    place(written(tmp_path / "draft", "newer"), target, ours=["the digest of new"])
    written(target, "edited again")
    place(written(tmp_path / "draft", "newest"), target)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {
        "a.jpg": "newest",
        "a.jpg.kept1": "edited",
        "a.jpg.kept2": "edited again",
    }


def test_place_does_not_touch_a_file_of_the_same_content(tmp_path: Path) -> None:
    target = written(tmp_path / "a.jpg", "same")
    os.utime(target, (1, 1))
    before = target.stat()
    place(written(tmp_path / "draft", "same"), target)
    assert (target.stat().st_ino, target.stat().st_mtime) == (before.st_ino, 1)
    assert names(tmp_path) == ["a.jpg"]


def test_place_where_draft_and_target_are_one_file(tmp_path: Path) -> None:
    target = written(tmp_path / "a.jpg", "same")
    link(target, tmp_path / "draft")
    place(tmp_path / "draft", target)
    assert names(tmp_path) == ["a.jpg"]


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="there is no second file system")
def test_place_onto_another_disk(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        (tmp_path / "frames").symlink_to(other)
        place(written(tmp_path / "draft", "new"), tmp_path / "frames" / "a.jpg")
        assert (Path(other) / "a.jpg").read_text() == "new"
        assert names(Path(other)) == ["a.jpg"]
    assert not (tmp_path / "draft").exists()


def test_place_keeps_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    target.symlink_to(tmp_path / "nowhere")
    place(written(tmp_path / "draft", "new"), target)
    assert target.read_text() == "new"
    assert (tmp_path / "a.jpg.kept1").is_symlink()


@pytest.mark.parametrize("linked", [False, True])
def test_place_leaves_a_folder_where_it_is(tmp_path: Path, linked: bool) -> None:
    (tmp_path / "mine").mkdir()
    target = tmp_path / "mine"
    if linked:
        target = tmp_path / "linked"
        target.symlink_to(tmp_path / "mine")
    before = names(tmp_path)
    with pytest.raises(AskedWrongly, match="a folder stands"):
        place(written(tmp_path / "draft", "new"), target)
    assert names(tmp_path) == sorted([*before, "draft"])
    assert target.is_dir()


def test_withdraw_deletes_only_what_nobody_changed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jpg", "ours")
    digest = sha256(path)
    path.write_text("edited")
    withdraw(path, digest)
    assert path.exists()
    path.write_text("ours")
    withdraw(path, digest)
    withdraw(path, digest)
    assert not path.exists()


def test_only_folders_that_hold_nothing_are_removed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a" / "b" / "c").mkdir(parents=True)
    written(root / "a" / "mine.txt", "mine")
    assert remove_empty(root / "a" / "b" / "c", root) == root / "a"
    assert names(root / "a") == ["mine.txt"]
    assert remove_empty(root / "never" / "was", root) == root
    assert remove_empty(root / "a" / "mine.txt" / "x", root) == root / "a"
    (tmp_path / "elsewhere").mkdir()
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    assert remove_empty(root / "linked", root) == root / "linked"
    assert remove_empty(tmp_path / "elsewhere", root) == tmp_path / "elsewhere"
    assert (tmp_path / "elsewhere").is_dir() and root.is_dir()


def test_link_copies_where_there_are_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = written(tmp_path / "a", "text")
    link(source, tmp_path / "b" / "c")
    assert (tmp_path / "b" / "c").samefile(source)

    def refuse(*names: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", refuse)
    link(source, tmp_path / "b" / "c")
    assert (tmp_path / "b" / "c").read_text() == "text"
    assert not (tmp_path / "b" / "c").samefile(source)


def test_staging_is_gone_afterwards_come_what_may(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stop"), staging(tmp_path / "drafts", "x") as folder:
        written(folder / "half", "...")
        raise ValueError("stop")
    with staging(tmp_path / "drafts", "x") as one, staging(tmp_path / "drafts", "x") as two:
        assert one != two
    assert names(tmp_path / "drafts") == []


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "out/../.."])
def test_names_that_leave_their_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AskedWrongly, match="leaves"):
        contained(tmp_path, name)


def test_names_inside_are_fine(tmp_path: Path) -> None:
    assert contained(tmp_path, "a/../b.jpg") == tmp_path / "a/../b.jpg"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said(number: int) -> None:
    error = refusal(OSError(number, "whatever", "/out/a.wav"))
    assert isinstance(error, OutOfRoom)
    assert error.message == "/out/a.wav: the disk is full"
    assert error.hint


def test_other_refusals_are_said() -> None:
    error = refusal(PermissionError(errno.EACCES, "Permission denied", "/out"))
    assert isinstance(error, WorkFailed)
    assert error.message == "/out: Permission denied"
