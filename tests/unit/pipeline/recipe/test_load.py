"""What a right recipe becomes: values, order, parameters, bounds."""

from __future__ import annotations

import pickle
import time
from pathlib import Path

import pytest

from animstudio.kernel.work import Resources
from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.model import Constant, Mark, Reference, Text
from animstudio.pipeline.recipe.problems import InvalidRecipe
from animstudio.pipeline.recipe.resources import Capacity
from tests.unit.pipeline.recipe.conftest import Load
from tests.unit.pipeline.recipe.stage_types import TYPES

MB, GB = 1024**2, 1024**3


def test_a_whole_recipe(load: Load, project: Path) -> None:
    recipe = load(
        """
  - id: put
    type: join
    depends_on: [other]
    config: {folders: ["{cut.folder}", "{cut.folder}/${film}"], size: auto}
    needs: {cpus: 2, ram: 7G, vram: 1.5GiB, disk: 512M}
    timeout: 10m
    retries: 2
    on_failure: stop
    temp: true
  - {id: other, type: cut, config: {film: videos}}
  - {id: cut, type: cut, when: true, config: {film: "videos/${film}.mp4"}}""",
        "version: 1\nparams: {film: luca}",
    )
    assert (recipe.name, recipe.version, recipe.params) == ("p", 1, {"film": "luca"})
    assert (recipe.source, recipe.folder) == (Path("r.yaml"), project)
    other, cut, put = recipe.stages
    assert (other.id, cut.id, put.id) == ("other", "cut", "put")
    assert cut.config == {"film": "videos/luca.mp4"}
    assert cut.when == Constant(True)
    assert put.depends_on == ("other", "cut")
    assert put.needs == Resources(cpus=2, ram=7 * GB, vram=3 * GB // 2, disk=512 * MB)
    assert (put.timeout, put.retries, put.on_failure, put.temp) == (600.0, 2, "stop", True)
    assert put.mark == Mark("r.yaml", 6, 5)
    whole, within = put.config["folders"]
    assert whole == Reference("cut", "folder", Mark("r.yaml", 9, 25))
    assert within == Text(
        (Reference("cut", "folder", Mark("r.yaml", 9, 41)), "/luca"), is_path=True
    )
    assert pickle.loads(pickle.dumps(recipe)) == recipe


def test_words_mean_what_yaml_1_2_says(load: Load) -> None:
    written = """
  on: no
  yes: yes
  clock: 12:30
  underscored: 1_000
  octal: 0o17
  hex: 0x1F
  zeros: 007
  half: .5
  large: 1e3
  nothing:
  tilde: ~
  truth: True
  quoted: "1"
  tagged: !!str 1
  date: 2026-11-22
  sign: +3
"""
    recipe = load("  - {id: a, type: cut, config: {film: videos}}", "params:" + written)
    assert recipe.params == {
        "on": "no", "yes": "yes", "clock": "12:30", "underscored": "1_000", "octal": 15,
        "hex": 31, "zeros": 7, "half": 0.5, "large": 1000.0, "nothing": None, "tilde": None,
        "truth": True, "quoted": "1", "tagged": "1", "date": "2026-11-22", "sign": 3,
    }  # fmt: skip


def test_references_without_quotes_are_recognised(load: Load) -> None:
    recipe = load("""
  - {id: a, type: cut, config: {film: videos}}
  - id: b
    type: join
    foreach: {a.frames}
    config:
      folders: [{a.folder}, {item}]
      first: { a.folder }""")
    config = recipe.stages[1].config
    assert [str(one) for one in config["folders"]] == ["{a.folder}", "{item}"]
    assert str(config["first"]) == "{a.folder}"


def test_who_gives_a_parameter(load: Load, project: Path) -> None:
    Path("given.yaml").write_text('b: file\nc: "${a}-${b}"\n')
    recipe = load(
        '  - {id: a, type: cut, config: {film: videos, title: "${d}", per_scene: "${n}"}}',
        'params: {a: recipe, b: recipe, c: recipe, d: "${a} ${b} ${c} $${a}", n: 1}',
        sets={"a": "typed", "n": "0o10"},
        params_file=Path("given.yaml"),
    )
    assert recipe.stages[0].config["title"] == "typed file typed-file ${a}"
    assert recipe.stages[0].config["per_scene"] == 8


@pytest.mark.parametrize(
    "value", ["{b.folder}", "${n}", "{{b.folder}}", "${HOME}", "{b.__class__}"]
)
def test_what_a_parameter_brings_in_is_no_template(load: Load, value: str) -> None:
    stages = """
  - {id: b, type: cut, config: {film: videos}}
  - {id: a, type: cut, when: "'${film}' != ${film}", config: {film: videos, title: "${film}/x"}}"""
    recipe = load(stages, "params: {n: 1, film: x}", sets={"film": value})
    assert recipe.stages[1].config["title"] == f"{value}/x"
    assert recipe.stages[1].depends_on == ()


def test_lists_and_maps_from_parameters(load: Load) -> None:
    recipe = load(
        '  - {id: a, type: join, config: {folders: "${dirs}", words: "${words}"}}',
        "params: {dirs: [x, y], words: {a: b}}",
    )
    assert recipe.stages[0].config == {"folders": ["x", "y"], "words": {"a": "b"}}


def test_aliases_repeat_values(load: Load) -> None:
    recipe = load(
        "  - {id: a, type: cut, config: &c {film: videos, scales: {sizes: [1, 2]}}}\n"
        "  - {id: b, type: cut, config: *c}"
    )
    assert recipe.stages[0].config == recipe.stages[1].config
    assert recipe.stages[0].config is not recipe.stages[1].config


@pytest.mark.parametrize(
    ("params", "sets", "film", "answer"),
    [
        ("f: x", {"f": "/tmp"}, "${f}", None),
        ("f: x", {"f": ".."}, "${f}", None),
        ("f: x", {"f": "/tmp"}, "${f}/../etc", "film '/tmp/../etc' leaves /tmp"),
        ("f: /tmp", {}, "${f}", None),
        ("f: /tmp", {}, "${f}/../etc", "film '/tmp/../etc' leaves /tmp"),
        ("f: ..", {}, "${f}", "film '..' leaves the project PROJECT"),
        ("f: videos", {}, "${f}/../..", "film 'videos/../..' leaves the project PROJECT"),
        ('f: x, g: "${f}/."', {"f": ".."}, "${g}", None),
        ('f: x, g: "${f}/.."', {"f": ".."}, "${g}", "film '../..' leaves the project PROJECT"),
        ("f: x", {"f": "/tmp"}, "/tmp", "film '/tmp' leaves the project PROJECT"),
        ("f: x", {"f": "~/x"}, "${f}", "film '~/x': '~' is not expanded in a recipe"),
    ],
)  # fmt: skip
def test_whose_a_path_is(
    load: Load, project: Path, params: str, sets: dict[str, str], film: str, answer: str | None
) -> None:
    stage = f'  - {{id: a, type: cut, config: {{film: "{film}"}}}}'
    if answer is None:
        load(stage, f"params: {{{params}}}", sets=sets)
        return
    with pytest.raises(InvalidRecipe) as caught:
        load(stage, f"params: {{{params}}}", sets=sets)
    assert (
        caught.value.problems[0].message.replace(str(project), "PROJECT") == f"stage 'a': {answer}"
    )


def test_links_in_the_project_are_followed(load: Load, project: Path, tmp_path: Path) -> None:
    (project / "films").symlink_to(tmp_path)
    assert load("  - {id: a, type: cut, config: {film: films}}").stages[0].config["film"] == "films"


def test_another_project_than_the_recipes_folder(project: Path, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        "pipeline: p\nstages:\n  - {id: a, type: cut, config: {film: videos}}\n"
    )
    recipe = load_recipe(tmp_path / "r.yaml", stage_types=TYPES, folder=project)
    assert recipe.folder == project
    with pytest.raises(InvalidRecipe, match="film 'videos' does not exist"):
        load_recipe(tmp_path / "r.yaml", stage_types=TYPES)


def test_needs_that_nothing_here_meets(load: Load) -> None:
    needs = "{cpus: 3, ram: 7G, vram: 6G, disk: 2T}"
    stage = f"  - {{id: a, type: cut, needs: {needs}, config: {{film: videos}}}}"
    load(stage)
    load(stage, capacity=lambda: Capacity(cpus=3, ram=7 * GB, vram=6 * GB, disk=2048 * GB))
    with pytest.raises(InvalidRecipe) as caught:
        load(stage, capacity=lambda: Capacity(cpus=2, ram=3 * GB // 2, vram=0, disk=512 * MB))
    said = [(p.mark.column if p.mark else 0, p.message) for p in caught.value.problems]
    assert said == [
        (38, "stage 'a' needs 3 processors, and this machine has 2"),
        (46, "stage 'a' needs 7G of memory, and this machine has 1.5G"),
        (56, "stage 'a' needs 6G of GPU memory, and this machine has none"),
        (66, "stage 'a' needs 2T of free disk, and this machine has 512M"),
    ]


def test_ten_thousand_stages(project: Path) -> None:
    """Ten times the stages take about ten times as long, on a machine however slow or busy."""
    seconds = []
    for count in (1_000, 10_000):
        stages = "".join(
            f"  - {{id: s{n}, type: cut, config: {{film: videos, title: "
            + (f'"{{s{n - 1}.title}}"' if n % 5 else f"t{n}")
            + "}}\n"
            for n in range(count)
        )
        Path("r.yaml").write_text("pipeline: p\nstages:\n" + stages)
        begun = time.process_time()
        recipe = load_recipe("r.yaml", stage_types=TYPES)
        seconds.append(time.process_time() - begun)
        assert len(recipe.stages) == count
    assert seconds[1] < 30 * seconds[0]


def test_ten_thousand_stages_in_a_circle(project: Path) -> None:
    stages = "".join(
        f"  - {{id: s{n}, type: cut, depends_on: s{(n + 1) % 10_000}, config: {{film: videos}}}}\n"
        for n in range(10_000)
    )
    Path("r.yaml").write_text("pipeline: p\nstages:\n" + stages)
    with pytest.raises(InvalidRecipe) as caught:
        load_recipe("r.yaml", stage_types=TYPES)
    assert len(caught.value.problems[0].notes) == 10_000
