from __future__ import annotations

import os
from pathlib import Path

import pytest

from animstudio.kernel.errors import AskedWrongly
from animstudio.knowledge.documents import find_documents


def made(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def found(folder: Path, pattern: str = "**/*") -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_documents(folder, pattern)]


def test_sorted_and_nothing_hidden(tmp_path: Path):
    made(tmp_path, "b.md", "a/z.txt", "a/b/c.pdf", "a.md", ".git/config", ".hidden", "CVS/Root",
         "a/.DS_Store", "海/映画.srt")  # fmt: skip
    names = found(tmp_path)
    assert names == ["a/b/c.pdf", "a/z.txt", "a.md", "b.md", "海/映画.srt"]
    paths = list(find_documents(tmp_path))
    assert paths == sorted(paths)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("**/*", ["a/b/c.md", "a/d.txt", "e.md"]),
        ("**", ["a/b/c.md", "a/d.txt", "e.md"]),
        ("*", ["e.md"]),
        ("*.md", ["e.md"]),
        ("**/*.md", ["a/b/c.md", "e.md"]),
        ("a/**", ["a/b/c.md", "a/d.txt"]),
        ("a/*/?.md", ["a/b/c.md"]),
        ("**/[c-d].*", ["a/b/c.md", "a/d.txt"]),
        ("**/[!c].*", ["a/d.txt", "e.md"]),
        ("nothing", []),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, names: list[str]):
    made(tmp_path, "a/b/c.md", "a/d.txt", "e.md")
    assert found(tmp_path, pattern) == names


@pytest.mark.parametrize("pattern", ["/etc/*", "../*", "a/../../b", ""])
def test_patterns_stay_inside(tmp_path: Path, pattern: str):
    with pytest.raises(AskedWrongly) as caught:
        find_documents(tmp_path, pattern)
    assert str(caught.value) == f"pattern '{pattern}': must be a glob inside the folder"


def test_links_go_in_once_and_never_out(tmp_path: Path):
    outside = made(tmp_path / "outside", "secret.md")
    root = made(tmp_path / "root", "a/one.md", "two.md")
    (root / "a/round").symlink_to(root)
    (root / "again").symlink_to(root / "a")
    (root / "away").symlink_to(outside)
    (root / "broken.md").symlink_to("nowhere")
    (root / "leak.md").symlink_to(outside / "secret.md")
    (root / "same.md").symlink_to("two.md")
    (root / "self.md").symlink_to("self.md")
    told: dict[str, str] = {}

    paths = list(find_documents(root, passed_over=lambda path, why: told.update({path.name: why})))
    assert [path.relative_to(root).as_posix() for path in paths] == ["a/one.md", "same.md"]
    assert told.pop("two.md") == "the file is read already, under another name"
    assert told == {
        "round": "the folder is read already, under another name",
        "again": "the folder is read already, under another name",
        "away": "a link out of the folder",
        "broken.md": "a link that leads nowhere",
        "leak.md": "a link out of the folder",
        "self.md": "a link that leads nowhere",
    }


def test_a_file_stands_for_itself_and_nothing_is_refused(tmp_path: Path):
    made(tmp_path, "a.md")
    assert list(find_documents(tmp_path / "a.md")) == [tmp_path / "a.md"]
    with pytest.raises(AskedWrongly) as caught:
        find_documents(tmp_path / "b")
    assert str(caught.value) == f"{tmp_path / 'b'}: there is no such file or folder"


def test_a_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made(tmp_path, "a.md", "locked/b.md")
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    told: list[str] = []
    paths = find_documents(
        tmp_path, passed_over=lambda path, why: told.append(f"{path.name}: {why}")
    )
    assert [path.name for path in paths] == ["a.md"]
    assert told == ["locked: may not be read"]


def test_many_folders_within_each_other(tmp_path: Path):
    deep = tmp_path.joinpath(*["d"] * 400)
    deep.mkdir(parents=True)
    (deep / "deep.md").touch()
    assert list(find_documents(tmp_path)) == [deep / "deep.md"]
