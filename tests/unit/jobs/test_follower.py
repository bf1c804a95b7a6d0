"""Logs as they grow: what is made of them, and nothing that harms the follower."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from animstudio.jobs.follow.follower import Follower
from animstudio.jobs.follow.spec import FollowSpec
from animstudio.jobs.follow.tail import AT_ONCE, Tail
from tests.unit.jobs.test_readers import KOHYA


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "job.log"


def write(log: Path, text: str) -> None:
    with log.open("ab") as file:
        file.write(text.encode())


def bar(step: int, total: int, title: str = "steps", loss: object = 0.1) -> str:
    return (
        f"\r{title}: {100 * step // total:3}%|##  | {step}/{total} "
        f"[00:10<00:20, 2.00it/s, avr_loss={loss}]"
    )


def test_a_bar_that_stands_without_an_end(log: Path) -> None:
    follower = Follower(log)
    assert follower.look(0.0).progress.step is None
    write(log, "\r" + KOHYA)
    seen = follower.look(1.0)
    p = seen.progress
    assert seen.moved and seen.grew
    assert (p.step, p.total, p.average, p.rate, p.left) == (195, 1300, 0.0912, 1.5, 737.0)
    assert (p.share, p.until) == (0.15, 738.0)
    again = follower.look(5.0)
    assert not again.moved and not again.grew and again.progress == p


def test_an_epoch_begun_is_not_done(log: Path) -> None:
    follower = Follower(log)
    write(log, "epoch 1/10\n")
    assert follower.look(0.0).progress.share == 0.0
    write(log, "epoch 1/10 finished\n")
    assert follower.look(1.0).progress.share == 0.1
    write(log, "epoch 2/10\n")
    p = follower.look(2.0).progress
    assert (p.share, p.epoch, p.epochs) == (0.1, 2, 10)
    write(log, "epoch 10/10 done\n")
    assert follower.look(3.0).progress.share == 1.0


def test_kohyas_bar_is_of_the_whole_training(log: Path) -> None:
    follower = Follower(log)
    write(log, "  num epochs / epoch数: 10\n  total optimization steps / x: 1300\n")
    write(log, "\nepoch 1/10\n" + bar(65, 1300) + bar(130, 1300) + "\nepoch 2/10\n")
    p = follower.look(0.0).progress
    assert (p.step, p.total, p.share, p.epoch, p.epochs) == (130, 1300, 0.1, 2, 10)


def test_a_bar_of_each_epoch(log: Path) -> None:
    follower = Follower(log)
    write(log, "Epoch 1/4\n" + bar(50, 100, "train"))
    p = follower.look(0.0).progress
    assert (p.share, p.step, p.total) == (0.125, 50, 400)
    write(log, bar(100, 100, "train") + "\nEpoch 2/4\n" + bar(25, 100, "train"))
    p = follower.look(1.0).progress
    assert (p.share, p.step, p.epoch) == (0.3125, 125, 2)
    assert p.left == pytest.approx(275 / 2.0)


def test_bars_beside_the_training_say_nothing_of_it(log: Path) -> None:
    follower = Follower(log)
    write(log, bar(10, 20, "caching latents"))
    assert follower.look(0.0).progress.share == 0.5  # there is no other yet
    write(log, bar(100, 1000) + bar(3, 4, "Validation") + bar(2, 3, "generating samples"))
    assert follower.look(1.0).progress.share == 0.1
    write(log, "\r 50%|##  | 5/10 [00:10<00:20, 2.00it/s]")
    assert follower.look(2.0).progress.share == 0.1


def test_an_evaluation_of_the_trainer(log: Path) -> None:
    follower = Follower(log)
    write(log, "\r 10%|#   | 100/1000 [00:10<01:30, 10.00it/s]\n")
    write(log, "\r 46%|##  | 6/13 [00:01<00:01, 6.00it/s]\n")
    p = follower.look(0.0).progress
    assert (p.step, p.total, p.left) == (100, 1000, 90.0)


def test_the_trainers_dicts(log: Path) -> None:
    follower = Follower(log)
    write(log, "  Num Epochs = 2\n  Total optimization steps = 1,000\n")
    write(log, "{'loss': 0.5, 'grad_norm': 1.0, 'learning_rate': 4e-05, 'epoch': 1.5}\n")
    p = follower.look(0.0).progress
    assert (p.loss, p.learning_rate, p.epoch, p.epochs, p.share) == (0.5, 4e-5, 2, 2, 0.75)


def test_time_left_is_reckoned_where_nobody_tells_it(log: Path) -> None:
    follower = Follower(log)
    write(log, "step 100/1000\n")
    assert follower.look(0.0).progress.left is None
    write(log, "step 200/1000\n")
    assert follower.look(50.0).progress.left == pytest.approx(400.0)


def test_losses_for_a_curve_stay_few(log: Path) -> None:
    follower = Follower(log)
    write(log, "".join(f"step {i}/5000 loss {5000 - i}\n" for i in range(5000)))
    follower.look(0.0)
    assert 100 < len(follower.losses) <= 400
    assert follower.losses == sorted(follower.losses)
    assert follower.losses[-1][0] > 4900


def test_a_loss_that_is_no_number_is_told_once(log: Path) -> None:
    follower = Follower(log)
    write(log, bar(10, 100) + bar(11, 100, loss="nan") + bar(12, 100, loss="nan") + "\n")
    alarms = follower.look(0.0).alarms
    assert [(a.trouble, a.message, a.step) for a in alarms] == [
        ("nan", "the loss is nan at step 11", 11)
    ]
    assert math.isnan(follower.look(1.0).progress.average or 0)
    write(log, bar(13, 100) + bar(14, 100, loss="inf") + "\n")
    assert [a.trouble for a in follower.look(2.0).alarms] == ["nan"]


def test_divergence(log: Path) -> None:
    follower = Follower(log)
    losses = [1.0, 50.0, *([0.1] * 300)]  # the first ones jump
    write(log, "".join(f"loss={x}\n" for x in losses))
    assert follower.look(0.0).alarms == ()
    write(log, "".join(f"loss={0.1 * 1.05**i}\n" for i in range(120)))
    (alarm,) = follower.look(1.0).alarms
    assert alarm.trouble == "diverges" and alarm.message.startswith("the loss grew from 0.1")


def test_noise_is_no_divergence(log: Path) -> None:
    follower = Follower(log)
    write(log, "".join(f"loss={0.1 + 0.09 * math.sin(i * 7)}\n" for i in range(3000)))
    assert follower.look(0.0).alarms == ()


def test_silence(log: Path) -> None:
    follower = Follower(log, spec=FollowSpec(stall=600.0))
    write(log, "loading\n")
    assert follower.look(0.0).alarms == ()
    assert follower.look(700.0).alarms == ()  # it never told any progress
    write(log, "step 1/10\n")
    follower.look(701.0)
    assert follower.look(1300.0).alarms == ()
    assert [a.message for a in follower.look(1302.0).alarms] == [
        "the log has said nothing for 10 minutes"
    ]
    assert follower.look(1400.0).alarms == ()
    write(log, "step 2/10\n")
    assert [a.trouble for a in follower.look(1500.0).alarms] == ["goes_on"]


def test_going_on_after_a_restart(log: Path) -> None:
    first = Follower(log)
    write(log, "epoch 2/10\nstep 5/100 loss 0.5\nstep 6/1")
    first.look(0.0)
    mark = json.loads(json.dumps(first.mark()))
    write(log, "00 loss 0.4\n")
    second = Follower(log, mark=mark)
    p = second.look(1.0).progress
    assert (p.step, p.loss, p.epochs) == (6, 0.4, 10)
    assert second.losses == [(5, 0.5), (6, 0.4)]


def test_a_log_cut_to_nothing_and_one_moved_away(log: Path) -> None:
    tail = Tail(log)
    write(log, "a\nb\n")
    assert list(tail.lines()) == ["a", "b"]
    log.write_bytes(b"c\n")
    assert list(tail.lines()) == ["c"]
    write(log, "last\n")
    log.rename(log.with_name("job.log.1"))
    write(log, "d\ne")
    assert list(tail.lines()) == ["last", "d"]
    assert tail.unfinished == "e"
    log.unlink()
    assert list(tail.lines()) == []


def test_a_log_of_gigabytes_is_not_read_whole(log: Path) -> None:
    """The file is sparse: reading the hole would take minutes, and it is not read."""
    write(log, "  total optimization steps = 1300\n")
    with log.open("r+b") as file:
        file.truncate(4 << 30)
    write(log, "\n" + KOHYA + "\n")
    follower = Follower(log)
    p = follower.look(0.0).progress
    assert (p.step, p.average) == (195, 0.0912)
    assert log.stat().st_size > (4 << 30) > AT_ONCE


def test_binary_rubbish(log: Path) -> None:
    follower = Follower(log)
    log.write_bytes(os.urandom(1000) + b"\0" * 100_000 + b"\xff\xfe" + b"x" * 70_000)
    follower.look(0.0)
    write(log, "\x1b[32m\r\n\x1b[1mstep 5/10\x1b[0m\n")
    assert follower.look(1.0).progress.step == 5


@given(st.lists(st.binary(max_size=40), max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_however_it_is_cut_lines_are_the_same(log: Path, pieces: list[bytes]) -> None:
    log.write_bytes(b"")
    tail, whole = Tail(log), Tail(log)
    found = list(tail.lines())
    for piece in pieces:
        with log.open("ab") as file:
            file.write(piece)
        found += list(tail.lines())
    assert found == list(whole.lines())
    assert tail.mark() == whole.mark()


def test_a_log_that_is_no_file(tmp_path: Path) -> None:
    assert Follower(tmp_path).look(0.0).progress.at is None
    os.mkfifo(tmp_path / "pipe")
    Follower(tmp_path / "pipe").look(0.0)
