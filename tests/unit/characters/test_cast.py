"""The cast as people edit it."""

from __future__ import annotations

import pytest

from animstudio.characters.cast import cast_text, parse_cast
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
