"""Why attempts failed, from how they ended and what they said last."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from animstudio.jobs.failures import (
    POLICIES,
    Exit,
    Failure,
    FailureClass,
    classify,
    classify_log,
    delay_before,
)

TRACE = 'Traceback (most recent call last):\n  File "train.py", line 5, in <module>\n    x()\n'
LAUNCHER = (
    "\nsubprocess.CalledProcessError: Command '['python', 'train.py']' returned non-zero exit "
    "status 1.\n"
)
OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has"
WORDS: list[tuple[str, FailureClass]] = [
    (TRACE + OOM, "out_of_memory"),
    (TRACE + OOM + LAUNCHER, "out_of_memory"),
    (TRACE + "MemoryError", "out_of_memory"),
    ("RuntimeError: DataLoader worker (pid 77) is killed by signal: Killed.", "out_of_memory"),
    (TRACE + "RuntimeError: loss is nan at step 5", "nan"),
    (TRACE + "OSError: [Errno 28] No space left on device: 'x.safetensors'", "disk_full"),
    (TRACE + "RuntimeError: CUDA error: an illegal memory access was encountered", "driver"),
    ("NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus.", "driver"),
    (TRACE + "ModuleNotFoundError: No module named 'xformers'", "code"),
    (TRACE + "library.train_util.StrangeError: no", "code"),
    (TRACE + "FileNotFoundError: [Errno 2] No such file or directory: 'luca.toml'", "config"),
    (TRACE + "toml.decoder.TOMLDecodeError: Expected '='", "config"),
    ("usage: train.py [-h]\ntrain.py: error: unrecognized arguments: --lerning_rate", "config"),
    ("steps: 10%\rsteps: 11%", "other"),
    ("", "other"),
    (OOM + "\nretrying with a smaller batch\n" + TRACE + "KeyError: 'caption'", "config"),
]


@pytest.mark.parametrize(("words", "kind"), WORDS)
def test_last_words(words: str, kind: FailureClass) -> None:
    assert classify(Exit(code=1), words).cls == kind


@pytest.mark.parametrize(
    ("ending", "kind", "why"),
    [
        (Exit(code=127), "config", "the command is not found"),
        (Exit(signal=signal.SIGKILL), "killed", "it was ended with SIGKILL"),
        (Exit(code=137), "killed", "it was ended with SIGKILL"),
        (Exit(signal=signal.SIGTERM, timed_out=True), "timeout", "it reached its time limit"),
        (Exit(signal=signal.SIGSEGV), "code", "it crashed with SIGSEGV"),
        (Exit(signal=signal.SIGTERM, stopped_for="nan"), "nan", "ended because nan was seen"),
        (Exit(code=3), "other", "it ended with code 3"),
    ],
)
def test_how_it_ended(ending: Exit, kind: FailureClass, why: str) -> None:
    failure = classify(ending, "")
    assert failure.cls == kind
    assert re.search(why, failure.why)


def test_the_words_of_a_crash_count_more_than_its_signal() -> None:
    assert classify(Exit(signal=signal.SIGABRT), "terminate: std::bad_alloc").cls == "out_of_memory"


def test_a_log(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    assert classify_log(Exit(code=1), log).cls == "other"
    log.write_bytes(b"\xff\0" * 200_000 + b"\n" + OOM.encode() + LAUNCHER.encode())
    failure = classify_log(Exit(code=1), log)
    assert failure.gpu and failure.why.startswith("torch.OutOfMemoryError: CUDA out of memory")
    assert failure.policy.peak > 1


@pytest.mark.parametrize("kind", ["code", "config", "timeout", "nan"])
def test_what_is_never_tried_again(kind: FailureClass) -> None:
    assert delay_before(Failure(kind, ""), tries=1, asked=5) is None


def test_tries_grow_apart_and_end() -> None:
    oom, other = Failure("out_of_memory", ""), Failure("other", "")
    assert [delay_before(oom, n, asked=5) for n in (1, 2, 3)] == [30.0, 60.0, None]
    assert [delay_before(other, n, asked=3) for n in (1, 2, 3, 4)] == [30.0, 60.0, 120.0, None]
    assert delay_before(oom, 1, asked=0) is None


def test_each_class_has_a_policy_and_advice() -> None:
    assert all(policy.advice for policy in POLICIES.values())
