"""Stages done for several: which, under which labels; and references filled in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.kernel.errors import WorkFailed
from animstudio.pipeline.recipe.expand import expand, label_of
from animstudio.pipeline.recipe.paths import anchor
from animstudio.pipeline.recipe.resolve import resolve
from tests.unit.pipeline.recipe.conftest import Load
from tests.unit.pipeline.recipe.stage_types import Cut, CutSpec, JoinSpec

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


def test_a_stage_done_once(load: Load) -> None:
    node = load("  - {id: a, type: cut, config: {film: videos}}").stages[0]
    assert expand(node, {}) == [("", {"film": "videos"})]


def test_a_list_and_a_matrix(load: Load) -> None:
    node = load("""
  - id: a
    type: cut
    foreach: [videos, videos/luca.mp4]
    matrix: {mode: [scene, hybrid], per_scene: [1, 2]}
    config:
      film: "{item}"
      mode: "{matrix.mode}"
      per_scene: "{matrix.per_scene}"
      title: "{item} {matrix.per_scene}"
""").stages[0]
    found = expand(node, {})
    assert [label for label, _ in found] == [
        "videos,mode=scene,per_scene=1",
        "videos,mode=scene,per_scene=2",
        "videos,mode=hybrid,per_scene=1",
        "videos,mode=hybrid,per_scene=2",
        "luca-de566477,mode=scene,per_scene=1",
        "luca-de566477,mode=scene,per_scene=2",
        "luca-de566477,mode=hybrid,per_scene=1",
        "luca-de566477,mode=hybrid,per_scene=2",
    ]
    assert found[-1][1] == {
        "film": "videos/luca.mp4", "mode": "hybrid", "per_scene": 2, "title": "videos/luca.mp4 2"
    }  # fmt: skip


def test_a_glob_finds_what_is_there_now(load: Load, project: Path) -> None:
    node = load("""
  - {id: a, type: cut, foreach: {in: videos/**/*.mp4, as: film}, config: {film: "{film}"}}
""").stages[0]
    (project / "videos/deep").mkdir()
    (project / "videos/deep/{a.folder}.mp4").touch()
    films = [config["film"] for _, config in expand(node, {})]
    assert films == ["videos/deep/{a.folder}.mp4", "videos/luca.mp4"]


def test_what_another_stage_makes(load: Load) -> None:
    cut, one, each = load("""
  - {id: cut, type: cut, config: {film: videos}}
  - {id: one, type: cut, foreach: "{cut.frames}", config: {film: "{item}", title: "{cut.title}"}}
  - {id: each, type: join, foreach: "{one}", config: {first: {item.folder}, folders: {one.folder}}}
""").stages
    made = {"folder": Path("f"), "frames": [Path("f/1.jpg"), Path("f/2.jpg")], "title": "Luca"}
    found = expand(one, {"cut": made})
    assert [label[:2] for label, _ in found] == ["1-", "2-"]
    # The items are filled in; other stages' results are for `resolve`.
    assert resolve(found[0][1], {"cut": made}) == {"film": "f/1.jpg", "title": "Luca"}
    # What flows is done for one item at a time, which stands among the results.
    assert each.flows_from == "one"
    several = [made | {"folder": Path("x")}, made | {"folder": Path("y")}]
    results = {"one": several, "item": several[1]}
    ((label, config),) = expand(each, results)
    assert (label, resolve(config, results)) == ("", {"first": "y", "folders": ["x", "y"]})
    assert cut.depends_on == ()
    assert (one.depends_on, each.depends_on) == (("cut",), ("one",))


def test_a_condition_sifts_the_items(load: Load) -> None:
    node = load("""
  - id: a
    type: cut
    matrix: {per_scene: [1, 2, 3]}
    when: "{matrix.per_scene} != 2"
    config: {film: videos, per_scene: "{matrix.per_scene}"}
""").stages[0]
    assert [label for label, _ in expand(node, {})] == ["per_scene=1", "per_scene=3"]


def test_results_that_are_not_there(load: Load) -> None:
    _, node, other = load("""
  - {id: cut, type: cut, config: {film: videos}}
  - {id: one, type: cut, foreach: "{cut.frames}", config: {film: "{item}"}}
  - {id: two, type: cut, config: {film: "{cut.folder}", title: "of {cut.title}"}}
""").stages
    where = r"^r\.yaml:\d+:\d+: "
    with pytest.raises(WorkFailed, match=where + r"'\{cut.frames\}': there is no result of 'cut'"):
        expand(node, {})
    with pytest.raises(WorkFailed, match=where + r"'\{cut.folder\}': there is no 'folder'"):
        resolve(other.config, {"cut": {}})
    with pytest.raises(WorkFailed, match=r"'\{cut.title\}' is nothing, and cannot stand inside"):
        resolve(other.config, {"cut": {"folder": "x", "title": None}})
    with pytest.raises(WorkFailed, match=r"stage 'one': foreach has 'x-\w+' twice"):
        expand(node, {"cut": {"frames": ["a/x", "a/x"]}})
    with pytest.raises(WorkFailed, match=r"foreach takes a list, and '\{cut.frames\}' is none"):
        expand(node, {"cut": {"frames": "x"}})


def test_results_as_models(load: Load) -> None:
    _, other = load("""
  - {id: cut, type: cut, config: {film: videos}}
  - {id: two, type: cut, config: {film: "{cut.folder}", per_scene: "{cut.count}"}}
""").stages
    made = Cut(folder=Path("f"), frames=[], count=3, title="")
    assert resolve(other.config, {"cut": made}) == {"film": "f", "per_scene": 3}  # type: ignore[dict-item]


def test_paths_are_anchored_in_the_project() -> None:
    project = Path("/project")
    found = anchor({"film": "videos", "out": "/tmp/x", "title": "videos"}, CutSpec, project)
    assert found == {"film": "/project/videos", "out": "/tmp/x", "title": "videos"}
    assert anchor({"folders": ["a", "/b"], "first": None}, JoinSpec, project) == {
        "folders": ["/project/a", "/b"], "first": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("luca", "luca"), (1024, "1024"), (0.5, "0.5"), (True, "true"),
        ("1024", "1024-f36a66ac"), ("true", "true-"), (-1, "1-"), ("Luca", "Luca-"),
        ("films/Luca (2021).mp4", "Luca-2021-"), ("..", "item-"), ("", "item-"), (None, "None-"),
        ("/", "item-"), ("luca-0123abcd", "luca-0123abcd-"), ({"a": "x", "b": 2}, "x-2-"),
        ([1, 2], "1-2-"), ("con.", "con-"), ("a,b=c", "a-b-c-"),
    ],
)  # fmt: skip
def test_labels(value: object, label: str) -> None:
    assert label_of(value).startswith(label)
    assert len(label_of(value)) - len(label) in (0, 8)


@given(VALUES, VALUES)
def test_labels_are_safe_and_tell_values_apart(one: object, other: object) -> None:
    label = label_of(one)
    assert re.fullmatch(r"\w[\w.-]{0,60}", label)
    if repr(one) != repr(other) and one != other:
        assert label != label_of(other)


@pytest.mark.parametrize("title", ["..", "../..", "x/../../y", "/../x"])
def test_a_title_does_not_lead_out_of_a_path(load: Load, title: str) -> None:
    _, node, item = load("""
  - {id: a, type: cut, config: {film: videos}}
  - {id: b, type: join, config: {folders: ["out/{a.title}", "{a.folder}/{a.title}/x"]}}
  - {id: c, type: join, foreach: [videos], config: {folders: ["{item}/{a.title}"]}}
""").stages
    made = {"a": {"title": title, "folder": "/made/../f"}}
    for config in (node.config, expand(item, made)[0][1]):
        with pytest.raises(WorkFailed, match=r"leads to '.*', out of where it should be"):
            resolve(config, made)
        resolve(config, {"a": {"title": "Luca..", "folder": "/made/../f"}})


def test_a_label_says_which_in_any_script_and_fits_a_file_name() -> None:
    assert re.fullmatch(r"梁祝-第1集-[0-9a-f]{8}", label_of("影片/梁祝 第1集.mp4"))
    assert label_of("梁祝.mp4") != label_of("梁祝.mkv")
    assert len(label_of("祝" * 300).encode()) < 255
