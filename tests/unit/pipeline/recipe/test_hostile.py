"""Texts that were not written to be read."""

from __future__ import annotations

import pickle
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.spec import canonical_json
from animstudio.pipeline.recipe.load import load_recipe, read_recipe
from animstudio.pipeline.recipe.model import Reference
from animstudio.pipeline.recipe.problems import Findings, InvalidRecipe, Source
from animstudio.pipeline.recipe.resolve import resolve
from animstudio.pipeline.recipe.scalars import core_value
from animstudio.pipeline.recipe.source import LARGEST, decode
from animstudio.pipeline.recipe.template import formatted, references_in
from tests.unit.pipeline.recipe.stage_types import TYPES, Cut

WORDS = st.sampled_from(
    ["pipeline", "stages", "params", "id", "type", "cut", "join", "config", "film", "folders",
     "foreach", "matrix", "when", "item", "a", "b", "{a.folder}", "${x}", "{{a.b}}", "$${", "${",
     ": ", "\n", "\n  ", "\n  - ", "- ", "[", "]", "{", "}", ",", "'", '"', "&a ", "*a", "!!int ",
     "!x ", "<<", "|\n", "? ", "1e999", "0o17", "..", "/etc", "~", "==", " and ", "(", ")", "#",
     "\t", "\ufeff", "\u2028", "\x00", "---\n", "%YAML 1.2\n", "x-"]
)  # fmt: skip
RECIPE = "pipeline: p\nparams: {{x: 1}}\nstages:\n  - {{id: a, type: cut, config: {{film: .}}}}\n{}"


def answer(text: str) -> str:
    """Return what is said of a text; nothing where it is right."""
    try:
        read_recipe(Source("r.yaml", text), sets={}, stage_types=TYPES, folder=Path("/"))
    except InvalidRecipe as invalid:
        assert invalid.problems
        assert len(invalid.records()) == len(invalid.problems)
        return str(invalid)
    return ""


@given(st.text())
@example("\ud7ff\U0010ffff: \x85")
@example("? ? ? a")
def test_any_text_is_answered(text: str) -> None:
    answer(text)


@given(st.lists(WORDS).map("".join))
def test_any_words_are_answered(text: str) -> None:
    answer(text)


@given(st.lists(WORDS).map("".join))
def test_any_stage_is_answered(text: str) -> None:
    answer(RECIPE.format("  - {id: b, type: cut, " + text))


@given(st.lists(WORDS).map("".join), st.sampled_from(["when", "foreach", "config", "timeout"]))
def test_any_value_is_answered(text: str, key: str) -> None:
    quoted = text.replace("'", "''").replace("\n", " ")
    answer(RECIPE.format(f"  - {{id: b, type: cut, {key}: '{quoted}'}}"))


@given(st.lists(WORDS | st.text(max_size=5)).map("".join), st.sampled_from(["{%s}", "x{a.%s}"]))
@example("__class__", "{a.%s}")
@example("folder.__class__.__mro__", "{a.%s}")
@example("folder!r", "{a.%s}")
@example("folder[0]", "{a.%s}")
def test_templates_reach_outputs_alone(inner: str, template: str) -> None:
    title = canonical_json(template.replace("%s", inner))
    text = RECIPE.format(f"  - {{id: b, type: cut, config: {{film: ., title: {title}}}}}")
    try:
        stages = read_recipe(
            Source("r.yaml", text), sets={}, stage_types=TYPES, folder=Path("/")
        ).stages
    except InvalidRecipe:
        return
    for reference in references_in(stages[1].config["title"]):
        assert reference.stage == "a"
        assert reference.output in Cut.model_fields
        # A result has whatever else Python puts on it, and none of it is found.
        secret = Reference("a", "model_config", reference.mark)
        with pytest.raises(WorkFailed):
            resolve({"x": secret}, {"a": Cut(folder=Path(), frames=[], count=0, title="")})


@given(st.text())
def test_parameters_are_values_and_never_templates(typed: str) -> None:
    text = RECIPE.format('  - {id: b, type: join, config: {folders: [], words: {w: "<${x}>"}}}')
    try:
        expected = f"<{formatted(core_value(typed))}>"
    except ValueError:
        return
    recipe = read_recipe(
        Source("r.yaml", text), sets={"x": typed}, stage_types=TYPES, folder=Path("/")
    )
    assert recipe.stages[1].config["words"] == {"w": expected}


def test_the_environment_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    for written in ("${SECRET}", "$SECRET", "{env.SECRET}", "${env.SECRET}", "%SECRET%"):
        stage = f'  - {{id: b, type: cut, config: {{film: ., title: "{written}"}}}}'
        assert "hunter2" not in answer(RECIPE.format(stage))
    assert "no parameter is called 'SECRET'" in answer(
        RECIPE.format('  - {id: b, type: cut, config: {film: ., title: "${SECRET}"}}')
    )


@given(st.binary())
@example(b"\xff\xfea\x00")
def test_any_bytes_are_answered(data: bytes) -> None:
    findings = Findings()
    source = decode(data, "r.yaml", findings)
    assert (source is None) == (len(findings) == 1)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("pipeline: é".encode("utf-16"), "r.yaml: is written in UTF-16\n  hint: save it as UTF-8"),
        (b"p\x00i\x00", "r.yaml: is written in UTF-16\n  hint: save it as UTF-8"),
        ("é".encode("utf-32"), "r.yaml: is written in UTF-32\n  hint: save it as UTF-8"),
        (
            "a: 1\né: é".encode() + "é".encode("latin-1"),
            "r.yaml:2:5: byte 0xe9 is not UTF-8\n    é: é\ufffd\n        ^\n"
            "  hint: save it as UTF-8",
        ),
    ],
)
def test_encodings_are_named(data: bytes, said: str, project: Path) -> None:
    Path("r.yaml").write_bytes(data)
    with pytest.raises(InvalidRecipe) as caught:
        load_recipe("r.yaml", stage_types=TYPES)
    assert str(caught.value) == said


def test_a_byte_order_mark_moves_nothing(project: Path) -> None:
    Path("r.yaml").write_bytes(b"\xef\xbb\xbfpipelin: p\r\nstages: 1\r\n")
    with pytest.raises(InvalidRecipe) as caught:
        load_recipe("r.yaml", stage_types=TYPES)
    assert str(caught.value).startswith("r.yaml:1:1: a recipe has no 'pipelin'")
    assert "r.yaml:2:9: stages is a list, not a number\n    stages: 1\n            ^" in str(
        caught.value
    )


def test_files_that_are_none(project: Path) -> None:
    Path("recipe.yaml").touch()
    for name, said in (
        ("recpie.yaml", "recpie.yaml: there is no such file; did you mean 'recipe.yaml'?"),
        ("videos", "videos: cannot be read: is a directory"),
    ):
        with pytest.raises(InvalidRecipe) as caught:
            load_recipe(name, stage_types=TYPES)
        assert str(caught.value) == said
    with Path("large.yaml").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(InvalidRecipe, match=r"large.yaml: is larger than 8 MB"):
        load_recipe("large.yaml", stage_types=TYPES)


def test_a_billion_laughs() -> None:
    lines = ["x-a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for one, next_one in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"x-{next_one}: &{next_one} [{', '.join([f'*{one}'] * 10)}]")
    assert "aliases repeat more than 500,000 values" in answer("\n".join(lines))


def test_a_billion_parameters() -> None:
    names = "abcdefghijkl"
    lines = ["params:", "  a: xxxxxxxxxx"]
    for one, next_one in pairwise(names):
        lines.append(f'  {next_one}: "{f"${{{one}}}" * 10}"')
    said = answer("pipeline: p\n" + "\n".join(lines) + "\nstages: [1]")
    assert "parameters bring in more than 16,777,216 characters" in said


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_bottomless_nesting(opening: str) -> None:
    assert "nested deeper than 64 levels" in answer(opening * 50_000)


def test_a_long_condition() -> None:
    for when in ("(" * 400 + "1", "not " * 200 + "1", "1 or " * 180 + "1"):
        answer(RECIPE.format(f"  - {{id: b, type: cut, when: '{when}', config: {{film: .}}}}"))


def test_what_is_shown_cannot_paint_the_terminal() -> None:
    assert "\x1b" not in answer('pipeline: "\\x1b[31m"\nstages: "\x9b31m"')


def test_problems_cross_processes() -> None:
    with pytest.raises(InvalidRecipe) as caught:
        read_recipe(Source("r.yaml", "a: 1"), sets={}, stage_types=TYPES, folder=Path("/"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.problems) == (str(caught.value), caught.value.problems)
    assert again.records()[0] == {
        "kind": "unknown-key",
        "message": "a recipe has no 'a'; it takes pipeline, version, description, params, stages",
        "file": "r.yaml", "line": 1, "column": 1, "text": "a: 1", "hint": None, "notes": [],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["[" * 300, "a: @", "a: \x01", "a: 'b", "a: {b.c}/x", "a: [1"])
def test_without_libyaml(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert "r.yaml:1:" in answer(text)
    assert answer(RECIPE.format("  - {id: b, type: cut, config: {film: {a.folder}}}")) == ""
