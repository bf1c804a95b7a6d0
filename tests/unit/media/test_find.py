from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.media.find import EXTENSIONS, film_names, find_films


def made(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return folder


def found(folder: Path) -> list[str]:
    return [str(film.relative_to(folder)) for film in find_films(folder)]


def test_films_are_in_natural_order_and_a_folder_s_own_come_first(tmp_path: Path):
    made(
        tmp_path,
        "episode_10.mp4",
        "episode_2.mkv",
        "Episode_1.MP4",
        "a/x2.ts",
        "a/x10.ts",
        "z.webm",
    )
    assert found(tmp_path) == [
        "Episode_1.MP4",
        "episode_2.mkv",
        "episode_10.mp4",
        "z.webm",
        "a/x2.ts",
        "a/x10.ts",
    ]


def test_every_extension_and_nothing_else(tmp_path: Path):
    made(
        tmp_path,
        *(f"film{e}" for e in EXTENSIONS),
        "notes.txt",
        "poster.jpg",
        "mp4",
        "film.mp4.part",
    )
    assert len(found(tmp_path)) == len(EXTENSIONS)


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path):
    made(tmp_path, ".film.mp4", "._film.mp4", ".trash/film.mp4", "海 の 映画.mp4")
    assert found(tmp_path) == ["海 の 映画.mp4"]


def test_links_are_followed_once(tmp_path: Path):
    made(tmp_path / "library", "film.mp4", "deep/other.mkv")
    made(tmp_path / "elsewhere", "third.mov")
    (tmp_path / "library/deep/round").symlink_to(tmp_path / "library")
    (tmp_path / "library/away").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "library/again.mp4").symlink_to(tmp_path / "library/film.mp4")
    assert found(tmp_path / "library") == ["again.mp4", "away/third.mov", "deep/other.mkv"]


def test_a_link_that_leads_nowhere_is_not_passed_over_in_silence(tmp_path: Path):
    made(tmp_path, "film.mp4")
    (tmp_path / "broken.mp4").symlink_to(tmp_path / "gone.mp4")
    assert found(tmp_path) == ["broken.mp4", "film.mp4"]


def test_a_file_stands_for_itself(tmp_path: Path):
    made(tmp_path, "odd.name")
    assert find_films(tmp_path / "odd.name") == [tmp_path / "odd.name"]


def test_an_empty_folder_is_a_failure_that_says_what_was_looked_for(tmp_path: Path):
    made(tmp_path, "notes.txt")
    with pytest.raises(WorkFailed, match=r"no films there.*\.mp4 \.mkv") as caught:
        find_films(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_nothing_there_was_asked_wrongly(tmp_path: Path):
    with pytest.raises(AskedWrongly, match="no such file or folder"):
        find_films(tmp_path / "none")


def names(*films: str) -> list[str]:
    return list(film_names([Path(film) for film in films]).values())


def test_a_name_is_the_stem_as_it_stands():
    assert names("/f/Luca (2021) .mkv", "/f/千と千尋.mp4", "/f/a.b.c.mp4") == [
        "Luca (2021) ",
        "千と千尋",
        "a.b.c",
    ]


def test_the_same_stem_in_two_folders_takes_the_folder_s_name():
    assert names("/s1/ep1.mp4", "/s2/ep1.mp4", "/s2/ep2.mp4") == ["s1_ep1", "s2_ep1", "ep2"]


def test_the_same_stem_in_one_folder_takes_the_ending():
    assert names("/f/ep1.mp4", "/f/ep1.mkv") == ["ep1_mp4", "ep1_mkv"]


def test_where_nothing_else_tells_them_apart_they_are_numbered():
    assert names("/a/s/ep.mp4", "/b/s/ep.mp4", "/f/ep_2.mp4") == ["ep_1", "ep_3", "ep_2"]


def test_case_alone_does_not_tell_films_apart():
    assert names("/f/Film.mp4", "/g/film.mp4") == ["f_Film", "g_film"]


def test_a_film_given_twice_has_one_name():
    assert names("/f/film.mp4", "/f/film.mp4") == ["film"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=80), st.sampled_from(["mp4", "mkv"])), max_size=8))
def test_names_are_distinct_and_safe(stems: list[tuple[str, str]]):
    films = [Path("/films", f"{stem.replace('/', '')}.{end}") for stem, end in stems]
    given = film_names(films)
    assert set(given) == set(films)
    folded = [name.casefold() for name in given.values()]
    assert len(set(folded)) == len(folded)
    for name in given.values():
        assert name and not name.startswith(".") and "/" not in name and "\\" not in name
        assert "\0" not in name and "\n" not in name
        assert len(name.encode()) <= 200


def test_no_name_is_hidden():
    given = names("/films/.a.mp4", "/films/a.mp4", "/films/.drafts.mp4")
    assert len(set(given)) == 3
    assert not [name for name in given if name.startswith(".")]


def test_long_names_of_one_beginning_stay_apart():
    long = "海" * 80
    one, two = names(f"/f/{long}1.mp4", f"/g/{long}2.mp4")
    assert one != two and max(len(one.encode()), len(two.encode())) <= 200


def test_bytes_that_are_no_text_are_replaced():
    assert names("/f/caf\udce9.mp4") == ["caf_"]


def test_links_that_lead_in_a_circle_do_not_end_the_search(tmp_path: Path):
    made(tmp_path, "a.mp4")
    (tmp_path / "b.mp4").symlink_to(tmp_path / "b.mp4")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    assert found(tmp_path) == ["a.mp4", "b.mp4"]  # whoever opens b says that it leads nowhere
    assert film_names(find_films(tmp_path))
    with pytest.raises(AskedWrongly, match="no such file"):
        find_films(tmp_path / "b.mp4")


def test_files_that_may_not_be_looked_at_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made(tmp_path, "a.mp4", "closed/b.mp4")
    real = Path.is_file

    def refusing(path: Path) -> bool:
        if path.name == "b.mp4":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "is_file", refusing)
    assert found(tmp_path) == ["a.mp4"]


def test_a_folder_that_may_not_be_read_is_no_empty_one(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "a.mp4").touch()
    folder.chmod(0)
    if os.access(folder, os.R_OK):
        pytest.skip("whoever may read everything meets no such folder")
    with pytest.raises(WorkFailed, match="you have no permission to look into this folder"):
        find_films(folder)
    folder.chmod(0o755)
