"""Functions that a recipe names are looked for, and nobody's code is run for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.catalog import stages
from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.problems import InvalidRecipe

MODULE = """
raise SystemExit("nobody runs this")

def shout(work): ...

try:
    from json import dumps
except ImportError:
    def dumps(work): ...
whisper = shout
"""


@pytest.fixture(autouse=True)
def modules(project: Path) -> None:
    """Modules beside a recipe, of every kind."""
    Path("mine.py").write_text(MODULE)
    Path("tools/steps").mkdir(parents=True)
    Path("tools/steps/cut.py").write_text("def cut(work): ...")
    Path("pack").mkdir()
    Path("pack/__init__.py").write_text("raise SystemExit\nfrom pack.inner import *")
    Path("pack/inner.py").write_text("def __getattr__(name): ...")
    Path("broken.py").write_text("def a(:\n")
    Path("odd.py").write_text("globals()['late'] = print")
    Path("bare.py").write_text("x: int\n_y = 1")


def problems(function: str) -> list[str]:
    Path("r.yaml").write_text(
        "pipeline: p\nstages:\n  - id: a\n    type: python\n"
        f"    config: {{function: '{function}'}}\n"
    )
    try:
        load_recipe("r.yaml", stage_types=stages())
    except InvalidRecipe as error:
        return [str(p.message) for p in error.problems if p.mark and p.mark.line == 5]
    return []


@pytest.mark.parametrize("function", [
    "mine:shout", "mine:dumps", "mine:whisper", "tools.steps.cut:cut", "pack:anything",
    "pack.inner:anything", "odd:late", "json:dumps", "sys:exit", "os:getcwd",
    "animstudio.kernel.files:sha256",
])  # fmt: skip
def test_what_is_there_is_found(function: str) -> None:
    assert problems(function) == []


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("mien:shout", "there is no module 'mien'; did you mean 'mine'?"),
        ("mine:shuot", "the module has no 'shuot'; did you mean 'shout'?"),
        ("mine:zzz", "the module has no 'zzz'; it has shout"),
        ("mine.inner:f", "there is no module 'mine.inner'"),
        ("tools.steps.cat:cut", "there is no module 'tools.steps.cat'"),
        ("tools:cut", "the module has no 'cut'"),
        ("bare:run", "the module has no 'run'"),
        ("a..b:f", "there is no module 'a..b'"),
        ("broken:a", "broken.py:1 is no valid Python: invalid syntax"),
        ("json:dmups", "the module has no 'dmups'; did you mean 'dumps'?"),
    ],
)
def test_what_is_not_there_is_named(function: str, why: str) -> None:
    assert problems(function) == [f"stage 'a': function '{function}': {why}"]


def test_what_is_no_name_of_a_function_is_told_once() -> None:
    (only,) = problems("mine")
    assert "function" in only and "module" not in only
