"""The contract of stage types: ours keep it, and each way of breaking it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from animstudio.catalog import stage
from animstudio.pipeline.contract import broken_promises

MODULE = """
import itertools, os, time
def twice(work, input):
    (work.drafts / input.name).write_text(input.read_text() * 2)
def odd(work, input):
    (work.drafts / input.name).write_text(str(time.time_ns()) + str(os.getpid()))
def fails(work, input):
    raise ValueError("no pen")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "in").mkdir(parents=True)
    for name in ("a", "b"):
        (folder / "in" / name).write_text(name)
    (folder / "work_of_theirs.py").write_text(MODULE)
    return folder


def promises(project: Path, function: str) -> list[str]:
    config = {"function": f"work_of_theirs:{function}", "inputs": ["in/*"], "each": True}
    return broken_promises(stage("python"), config, project.parent / "made", project=project)


def test_a_function_of_a_user_keeps_it(project: Path) -> None:
    assert promises(project, "twice") == []


def test_a_program_keeps_it(project: Path) -> None:
    config = {
        "argv": ["cp", "$INPUT_A", "$OUTPUT_COPY"],
        "inputs": {"a": "in/a"},
        "outputs": {"copy": "copy/a"},
    }
    made = project.parent / "made"
    assert broken_promises(stage("command"), config, made, project=project) == []


def test_the_example_for_other_packages_keeps_it() -> None:
    example = Path(__file__).parents[2] / "examples" / "third_party_stage"
    paths = os.pathsep.join([str(example / "src"), *sys.path])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    ran = subprocess.run(
        command, cwd=example, env={**os.environ, "PYTHONPATH": paths}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


def test_results_that_differ_are_told(project: Path) -> None:
    assert promises(project, "odd") == [
        "a comes out otherwise in another folder: stage/a/a",
        "b comes out otherwise in another folder: stage/b/b",
    ]


def test_items_that_fail_are_told(project: Path) -> None:
    assert [one.partition(":")[0] for one in promises(project, "fails")] == [
        "a is not made", "b is not made",
    ]  # fmt: skip


def test_a_stage_that_does_not_load_is_told(project: Path) -> None:
    broken = replace(stage("python"), make="animstudio.pipeline.stages.python:nothing")
    said = broken_promises(broken, {"function": "a:b"}, project.parent / "x", project=project)
    assert said and said[0].startswith("it does not load")
    batch = replace(stage("python"), batch="lot")
    config = {"function": "work_of_theirs:twice", "inputs": ["in/*"], "each": True}
    said = broken_promises(batch, config, project.parent / "y", project=project)
    assert said == ["batch names 'lot', which is no option"]
