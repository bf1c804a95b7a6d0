"""Batches: matrices, defaults, dependencies, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.jobs.batch import Asked, read_batch, timeline
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Device, Host
from animstudio.kernel.errors import AskedWrongly

NIGHT = """
defaults: {gpus: 1, expected: 10m, env: [A=1]}
jobs:
  - name: report
    command: echo "all done"
    gpus: 0
    after_any: ["lora-{c}"]
  - name: lora-{c}
    matrix: {c: [luca, alberto], r: [8, 16]}
    command: [train, "--character={c}", "{r}"]
    priority: high
"""


def read(tmp_path: Path, text: str, name: str = "b.yaml") -> list[Asked]:
    (tmp_path / name).write_text(text)
    return read_batch(tmp_path / name, cwd=tmp_path, environment={"PATH": "/bin"})


def test_a_matrix_makes_every_combination(tmp_path: Path):
    batch = read(tmp_path, NIGHT)
    assert [job.order.argv for job in batch] == [
        ("train", "--character=luca", "8"), ("train", "--character=luca", "16"),
        ("train", "--character=alberto", "8"), ("train", "--character=alberto", "16"),
        ("echo", "all done"),
    ]  # fmt: skip
    assert batch[0].order.name == "lora-luca"
    assert batch[0].order.env == {"PATH": "/bin", "A": "1"}
    assert {after.job for after in batch[4].order.after} == {job.uuid for job in batch[:4]}


def test_toml(tmp_path: Path):
    text = '[[jobs]]\nname = "a"\ncommand = ["true"]\n'
    assert read(tmp_path, text, "b.toml")[0].order.argv == ("true",)


def test_timeline(tmp_path: Path):
    card = Device("GPU-1", 0, 16 << 30)
    planned = timeline(read(tmp_path, NIGHT), Host(4, 32 << 30), (card,), ScheduleSpec())
    assert [(p.job, p.start, p.end) for p in planned] == [
        (1, 0, 600), (2, 600, 1200), (3, 1200, 1800), (4, 1800, 2400), (5, 2400, 3000)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("jobs: [{name: a, command: x, after: [b]}, {name: b, command: x, after: [a]}]",
         "wait for each other: a -> b -> a"),
        ("jobs: [{name: train, command: x}, {command: x, after: [trian]}]",
         "no job 'trian'.*did you mean 'train'"),
        ("jobs: [{command: x, gpu: 1}]", "unknown key 'gpu'; did you mean 'gpus'"),
        ("jobs: [{command: x, priority: hihg}]", "did you mean 'high'"),
        ("jobs: [{command: 'echo \"x'}]", "command: no closing quotation"),
        ("jobs: [{name: a}]", "command: field required"),
        ("jobs: [{name: a, command: x}, {name: a, command: x}]", "two jobs called 'a'"),
        ("jobs: 3", "has a list `jobs`"),
        ("jobs: [\n", r"b.yaml:2:1: expected the node content"),
        ("job: []\njobs: []", "unknown key 'job'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str):
    with pytest.raises(AskedWrongly, match=f"(?i){said}"):
        read(tmp_path, text)
