"""What lines of many programs say."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.jobs.follow.bars import read_bar
from animstudio.jobs.follow.follower import Follower
from animstudio.jobs.follow.numbers import seconds
from animstudio.jobs.follow.pattern import reader_of
from animstudio.jobs.follow.reading import Reading
from animstudio.kernel.errors import AskedWrongly

KOHYA = "steps:  15%|###  | 195/1300 [02:10<12:17, 1.50it/s, avr_loss=0.0912]"


def test_kohyas_line() -> None:
    reading = read_bar(KOHYA)
    assert reading
    said = (reading.step, reading.total, reading.average, reading.rate, reading.left)
    assert said == (195, 1300, 0.0912, 1.5, 737.0)


LINES: list[tuple[str, Reading]] = [
    (
        "Steps:  12%|█▏        | 60/500 [00:40<04:50,  1.51it/s, lr=1e-5, step_loss=0.0123]",
        Reading(60, 500, loss=0.0123, learning_rate=1e-5, rate=1.51, left=290.0, title="Steps"),
    ),
    (
        "Epoch 3:  45%|####5     | 450/1000 [00:30<00:37, 14.73it/s, v_num=0, train_loss=0.123]",
        Reading(450, 1000, True, 4.45, loss=0.123, rate=14.73, left=37.0, title="Epoch 3"),
    ),
    (
        "steps:   1%| | 5/1300 [02:10<12:17:03,  8.00s/it, avr_loss=nan]",
        Reading(5, 1300, average=math.nan, rate=0.125, left=44223.0, title="steps"),
    ),
    ("  0%|          | 0/1300 [00:00<?, ?it/s]", Reading(0, 1300, title="")),
    ("195it [02:10, 1.50it/s]", Reading(195, rate=1.5, title="")),
    ("50%|##  | 1.2k/2.4k [00:01<00:01, 1.2kit/s]",
     Reading(1200, 2400, rate=1200.0, left=1.0, title="")),
    (
        "{'loss': 0.4321, 'grad_norm': 1.2, 'learning_rate': 4.5e-05, 'epoch': 0.32}",
        Reading(loss=0.4321, learning_rate=4.5e-05, epoch=1.32),
    ),
    (
        "{'loss': '0.4321', 'grad_norm': '1.2', 'learning_rate': '4.5e-05', 'epoch': '1'}",
        Reading(loss=0.4321, learning_rate=4.5e-05, epoch=2.0),
    ),
    (
        'INFO {"step": 100, "total": 1000, "loss": NaN, "lr": 1e-4}',
        Reading(100, 1000, loss=math.nan, learning_rate=1e-4),
    ),
    ("{'eval_loss': 0.5, 'eval_runtime': 2.0, 'epoch': 1.0}", Reading(epoch=2.0, validation=0.5)),
    (
        "{'train_runtime': 12.0, 'train_loss': 0.5, 'epoch': 3.0}",
        Reading(average=0.5, epoch=4.0),
    ),
    ("epoch 3/10", Reading(epoch=3.0, epochs=10)),
    ("epoch 1/10 finished", Reading(epoch=1.0, epochs=10, finished=True)),
    ("Epoch: 2 of 5", Reading(epoch=2.0, epochs=5)),
    ("loss=nan", Reading(loss=math.nan)),
    ("loss: 1e-4", Reading(loss=1e-4)),
    ("lr 1e-4", Reading(learning_rate=1e-4)),
    (
        "Epoch [3/10], Step [100/1000], Loss: 0.1230",
        Reading(100, 1000, True, 3.0, 10, loss=0.123),
    ),
    ("[10:20:30] iter 200: loss 0.5000, time 30ms", Reading(200, loss=0.5)),
    ("step 1,250/5,000 val_loss=0.25", Reading(1250, 5000, validation=0.25)),
    ("  total optimization steps / 学習ステップ数: 1300", Reading(total=1300)),
    ("  num epochs / epoch数: 10", Reading(epochs=10)),
    ("  Total optimization steps = 1,500", Reading(total=1500)),
    (
        "Epoch 3/9  ━━━━━━━━╸━━━ 45/100 0:00:30 • 0:00:37 14.73it/s v_num: 0 loss: 0.123",
        Reading(45, 100, True, 4.45, 10, loss=0.123, rate=14.73, left=37.0, title="Epoch"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), LINES, ids=[line[:40] for line, _ in LINES])
def test_what_a_line_says(line: str, said: Reading) -> None:
    assert repr(Follower(Path("none")).read(line)) == repr(said)  # repr: nan equals itself there


@pytest.mark.parametrize(
    "line",
    [
        "model.safetensors:  45%|####5     | 1.20G/2.60G [00:10<00:12, 110MB/s]",
        "steps:  15%|###  | 195/1300 [02:10<12:17, 1.50it/s, avr_lo",  # not written whole yet
        "loss of signal 5",
        "hello world 5",
        "{'a': 1}",
        "http://x/100/200",
        "",
    ],
)
def test_what_says_nothing(line: str) -> None:
    assert Follower(Path("none")).read(line) is None


@settings(max_examples=60)
@given(st.text() | st.from_regex(r"[\w :{}'=/|%\[\]<>,.-]{0,60}"))
def test_no_line_raises(line: str) -> None:
    Follower(Path("none")).read(line)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12:17", 737.0), ("1:02:03", 3723.0), ("2 days, 1:00:00", 176400.0), ("?", None)],
)
def test_times(text: str, value: float | None) -> None:
    assert seconds(text) == value


def test_a_users_own_pattern() -> None:
    read = reader_of(r"done (?P<step>\d+) of (?P<total>\d+), about (?P<left>[\d:]+) (?P<lr>\S+)")
    line = "## done 5 of 20, about 12:17 1e-4"
    assert read(line) == Reading(5, 20, left=737.0, learning_rate=1e-4)
    assert read("nothing") is None


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("(", "missing"), (r"\d+", "names no groups"), (r"(?P<colour>\d+)", "names 'colour'")],
)
def test_a_pattern_that_says_nothing(pattern: str, said: str) -> None:
    with pytest.raises(AskedWrongly, match=said):
        reader_of(pattern)
