"""The cast as people edit it."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.characters.cast import cast_text
from animstudio.characters.cast_file import cast_of, parse_cast, read_cast
from animstudio.characters.references import reference_files
from animstudio.kernel.errors import AskedWrongly

CAST = """\
characters:
  character_01: [a, b, c]
  character_02: [d]
  character_03: [e, f]
  yes: [g]
"""


def test_edits_are_heeded() -> None:
    cast = parse_cast(
        CAST
        + "split: {character_01: [[a], [b, c]]}\nmerge: [[character_02, character_01_2]]\n"
        + "reject: [character_03, z]\nrename: {character_02: luca}\n",
        "cast",
    )
    assert dict(cast.named) == {"character_01": ["a"], "luca": ["d", "b", "c"], "yes": ["g"]}
    assert cast.rejected == {"e", "f", "z"}


def test_what_was_found_is_a_cast() -> None:
    named = {"character_01": ["a", "b"], "Élise": ["c"]}
    assert parse_cast(cast_text(named, ["n1"]), "cast").named == named


def test_an_empty_cast_says_nothing() -> None:
    assert not parse_cast("# nothing\n", "cast").named


def test_parts_apply_in_one_order_and_names_go_on_to_what_they_became() -> None:
    cast = parse_cast(
        "rename: {character_02: character_01, character_01: character_02}\n"
        + "merge: [[character_01, character_03], [character_03, yes]]\n"
        + "split: {character_03: [[e], [f]]}\n"
        + CAST,
        "cast",
    )
    assert dict(cast.named) == {
        "character_02": ["a", "b", "c", "e", "g"], "character_01": ["d"], "character_03_2": ["f"],
    }  # fmt: skip


def test_who_has_no_track_is_still_of_the_cast() -> None:
    cast = parse_cast("characters:\n  luca:\n  ada: []\n  bea: ~\nreject: null\n", "cast")
    assert dict(cast.named) == {"luca": [], "ada": [], "bea": []}


def test_a_split_leaves_the_rest_with_the_name() -> None:
    cast = parse_cast(CAST + "split: {character_01: [[], [c]]}\n", "cast")
    assert cast.named["character_01"] == ["a", "b"]
    assert cast.named["character_01_2"] == ["c"]


@pytest.mark.parametrize(
    "content",
    [
        "characters:\r\n  路卡: [a]\r\n  # 備考\r\nrename: {路卡: Élise}\r\n".encode(),
        "\ufeffcharacters:\n  路卡: [a]\nrename: {路卡: Élise}\n".encode(),
    ],
)
def test_files_of_other_editors_are_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cast.yaml").write_bytes(content)
    assert dict(read_cast(tmp_path / "cast.yaml").named) == {"Élise": ["a"]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("characters:\n  Renée: [a]\n".encode("latin-1"), "cast.yaml:2: this is not UTF-8"),
        ("characters: {}\n".encode("utf-16"), "cast.yaml:1: this is not UTF-8"),
        (b"characters:\n\tluca: [a]\n", "cast.yaml:2:1: there is a tab"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "cast.yaml").write_bytes(content)
    with pytest.raises(AskedWrongly) as error:
        read_cast(tmp_path / "cast.yaml")
    assert said in error.value.message


def test_a_cast_that_is_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match="cannot be read: Is a directory"):
        read_cast(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CAST + "renam: {}", "cast:6:1: unknown part 'renam'; did you mean 'rename'"),
        (CAST + "rename: {charcter_02: x}", "cast:6:10: no character 'charcter_02'; did you mean"),
        (CAST + "rename: {character_02: ../x}", "cast:6:24: '../x' cannot be a character's name"),
        (CAST + "rename: {character_02: noise}", "cannot be a character's name"),
        (CAST + "rename: {character_02: character_01}", "there already"),
        (CAST + "merge: [[character_01, nobody]]", "cast:6:24: no character 'nobody'"),
        (CAST + "split: {character_01: [[a], [x]]}", "cast:6:30: 'character_01' has no track"),
        ("characters: {a: [t], b: [t]}", "cast:1:26: track 't' is under 'a' already"),
        ("characters: {a: [t], a: [u]}", "cast:1:22: 'a' is there twice"),
        ("characters: {Luca: [t], luca: [u]}", "cast:1:25: 'luca' and 'Luca' are one folder"),
        (CAST + "rename: {yes: Character_01}", "cast:6:15: 'Character_01' and 'character_01' are"),
        (CAST + "split: {character_01: [[a], [b], [b]]}", "cast:6:35: track 'b' is in another"),
        (
            CAST + "  character_01_2: [z]\nsplit: {character_01: [[a], [b]]}",
            "cast:7:29: 'character_01_2' is there already; the group would be called so",
        ),
        (
            CAST + "merge: [[yes, character_03]]\nreject: [character_03]",
            "cast:7:10: 'character_03' is merged into 'yes' in this file",
        ),
        (CAST + "reject: [yes]\nrename: {yes: no}", "cast:7:10: 'yes' is rejected in this file"),
        (CAST + "rename: {yes: luca, character_01: luca}", "cast:6:35: 'luca' is there already"),
        (CAST + "rename: {yes: 'luca '}", "cannot be a character's name"),
        ("characters:\n  luca:[a]", "cast:2:3: characters: 'name: value' is expected here"),
        ("characters: {a: t}", "cast:1:17: the tracks of 'a': a list is expected"),
        ("characters: [a\n", "cast:2:1: expected"),
        ("- a", "cast:1:1: the cast: 'name: value' is expected"),
        ("characters: {a: &x [t], b: *x}", "anchors and aliases"),
        ("characters: !!python/object:os.system {a: [t]}\nrejct: []", "cast:2:1: unknown part"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, said: str) -> None:
    with pytest.raises(AskedWrongly) as error:
        parse_cast(text, "cast")
    assert said in error.value.message


@pytest.mark.parametrize("name", ["José", "Jose\u0301", "लूका", "ลูก้า", "卢卡" * 20, "O'Hara jr."])
def test_names_of_any_script_will_do(name: str) -> None:
    assert parse_cast(CAST + f'rename: {{yes: "{name}"}}\n', "cast").named[name] == ["g"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Clustering_Metadata.json", "called so already"),
        ("characters.yaml", "called so already"),
        ("\U00020000" * 61, "too long for a folder's: 244 bytes, 240 at most"),
        ("\u0301", "it names a folder"),
    ],
)
def test_names_that_folders_cannot_have_are_told_before_anything_runs(name: str, why: str) -> None:
    with pytest.raises(AskedWrongly, match=why):
        parse_cast(CAST + f'rename: {{yes: "{name}"}}\n', "cast")


def test_brackets_without_end_are_told() -> None:
    with pytest.raises(AskedWrongly, match="nested too deep"):
        parse_cast("characters: " + "[" * 5000, "cast")


@pytest.mark.parametrize("what", ["folder", "link"])
def test_a_cast_that_is_no_file_is_not_passed_over(tmp_path: Path, what: str) -> None:
    """Corrections that nobody reads would be lost without a word."""
    file = tmp_path / "characters.yaml"
    assert cast_of(None, tmp_path) is None
    file.mkdir() if what == "folder" else file.symlink_to("nowhere")
    with pytest.raises(AskedWrongly, match="is no file"):
        cast_of(None, tmp_path)


def test_a_cast_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    with pytest.raises(AskedWrongly, match=r"other\.yaml: there is no such file"):
        cast_of(file, tmp_path)
    file.write_text(CAST)
    assert cast_of(file, tmp_path) == file


def test_references_that_were_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match="nowhere: there is no such folder"):
        reference_files(tmp_path / "nowhere")
