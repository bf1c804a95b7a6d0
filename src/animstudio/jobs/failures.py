"""Why an attempt failed, from how it ended and its last words, and whether to try again.

The log is read from its end: the last line that any class knows decides, since what was said
before it (an out-of-memory that the program dealt with, say) did not end it.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

FailureClass = Literal[
    "out_of_memory", "nan", "disk_full", "driver", "killed", "timeout", "code", "config", "other"
]
_LAST = 1 << 16
"""Bytes of a log's end that are read."""
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: its code, or the signal; `timed_out` if we ended it for its time.

    stopped_for: the trouble that a follower ended it for (``nan``), if it did.
    """

    code: int | None = None
    signal: int | None = None
    timed_out: bool = False
    stopped_for: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What follows a failure.

    times:       tries again at most; None: as many as the job asked for.
    delay:       seconds before the first; each later one waits `growth` times as long.
    peak:        what the learned peak of the job's signature is raised to, over the last.
    advice:      what a person can do.
    """

    times: int | None
    delay: float
    advice: str
    growth: float = 2.0
    peak: float = 1.0


POLICIES: Final[Mapping[FailureClass, Policy]] = MappingProxyType(
    {
        "out_of_memory": Policy(
            2, 30.0, "ask for more with --vram, or make the batch or the resolution smaller",
            peak=1.25,
        ),
        "nan": Policy(0, 0.0, "lower the learning rate, or train in bf16; the same comes again"),
        "disk_full": Policy(3, 600.0, "free some space; it is tried again when there is time"),
        "driver": Policy(2, 120.0, "see 'nvidia-smi' and the kernel's log for Xid; reset the card"),
        "killed": Policy(3, 10.0, "somebody or the machine's memory ended it; ask for --memory"),
        "timeout": Policy(0, 0.0, "give it more time with --timeout; it can resume"),
        "code": Policy(0, 0.0, "the program is wrong or lacks a package; trying changes nothing"),
        "config": Policy(0, 0.0, "what it was told is wrong: a path, a flag or its config file"),
        "other": Policy(None, 30.0, "see the log"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed: its class, and the words that say so. `gpu`: a card's memory."""

    cls: FailureClass
    why: str
    gpu: bool = False

    @property
    def policy(self) -> Policy:
        """What follows."""
        return POLICIES[self.cls]


_GPU_MEMORY = re.compile(
    r"CUDA out of memory|OutOfMemoryError|CUDA_ERROR_OUT_OF_MEMORY|HIP out of memory"
    r"|CUBLAS_STATUS_ALLOC_FAILED|cudaMalloc failed: out of memory|CUDA error: out of memory",
    re.IGNORECASE,
)
_CLASSES: Final[tuple[tuple[FailureClass, re.Pattern[str]], ...]] = (
    ("out_of_memory", _GPU_MEMORY),
    ("out_of_memory", re.compile(
        r"^MemoryError\b|Cannot allocate memory|DefaultCPUAllocator: (?:can't|not enough)"
        r"|is killed by signal: Killed|std::bad_alloc|Unable to allocate [\d.]+ \wiB")),
    ("disk_full", re.compile(r"No space left on device|Disk quota exceeded|\[Errno 28\]")),
    ("driver", re.compile(
        r"\bXid\b|GPU is lost|has fallen off the bus|uncorrectable ECC|illegal memory access"
        r"|unspecified launch failure|CUDA driver (?:error|initialization failed)"
        r"|device-side assert|no CUDA-capable device|CUDA unknown error|NVML: Driver"
        r"|Driver/library version mismatch|Found no NVIDIA driver", re.IGNORECASE)),
    ("nan", re.compile(
        r"(?:loss|gradients?|grad_norm)\b.{0,40}\b(?:is|are|was|became|=)\s*(?:nan|inf)\b"
        r"|NaN (?:loss|detected|encountered)|non-finite loss", re.IGNORECASE)),
    ("code", re.compile(
        r"^(?:\w+\.)*(?:ModuleNotFoundError|ImportError|SyntaxError|IndentationError|NameError"
        r"|AttributeError|TypeError|IndexError|ZeroDivisionError|AssertionError"
        r"|NotImplementedError|UnboundLocalError)\b|error while loading shared libraries"
        r"|undefined symbol")),
    ("config", re.compile(
        r"^(?:\w+\.)*(?:FileNotFoundError|NotADirectoryError|IsADirectoryError|PermissionError"
        r"|TOMLDecodeError|YAMLError|JSONDecodeError|ScannerError|ParserError|ValidationError"
        r"|HFValidationError|KeyError|ValueError)\b"
        r"|: error: |unrecognized arguments|the following arguments are required"
        r"|command not found|No such file or directory|invalid choice")),
    ("code", re.compile(r"^(?:\w+\.)*\w+(?:Error|Exception)(?::|$)")),
)  # fmt: skip
_SECOND_HAND = re.compile(r"CalledProcessError|ChildFailedError|ProcessRaisedException|^Killed$")
"""What launchers say about a failure that their child has told of already."""


def classify(ending: Exit, last_words: str) -> Failure:
    """Say why an attempt failed."""
    if ending.timed_out:
        return Failure("timeout", "it reached its time limit")
    if ending.stopped_for:
        kind: FailureClass = "nan" if ending.stopped_for in ("nan", "diverges") else "other"
        return Failure(kind, f"it was ended because {ending.stopped_for} was seen")
    if ending.signal in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT):
        found = _last_words(last_words)
        return found or Failure("code", f"it crashed with {signal.Signals(ending.signal).name}")
    if ending.signal is not None or ending.code in (137, 143):
        number = ending.signal or (ending.code or 0) - 128
        return Failure("killed", f"it was ended with {_name(number)}")
    if ending.code in (126, 127):
        why = "not found" if ending.code == 127 else "not allowed to run"
        return Failure("config", f"the command is {why}")
    return _last_words(last_words) or Failure("other", f"it ended with code {ending.code}")


def classify_log(ending: Exit, log: Path) -> Failure:
    """Say why an attempt failed whose last words stand in a log."""
    return classify(ending, last_words(log))


def last_words(log: Path) -> str:
    """Return the end of a log; empty where there is none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LAST))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def delay_before(failure: Failure, tries: int, asked: int) -> float | None:
    """Return the seconds to wait before the next try; None if there is to be none.

    `tries` is how many attempts failed until now, `asked` how many retries the job asked for:
    a class of failure may allow fewer, never more.
    """
    policy = failure.policy
    allowed = asked if policy.times is None else min(asked, policy.times)
    return policy.delay * policy.growth ** (tries - 1) if tries <= allowed else None


def _last_words(text: str) -> Failure | None:
    for line in reversed(re.split(r"[\r\n]+", text)):
        line = line.strip()[:_SHOWN]
        if not line or _SECOND_HAND.search(line):
            continue
        for kind, pattern in _CLASSES:
            if pattern.search(line):
                return Failure(kind, line, gpu=bool(_GPU_MEMORY.search(line)))
    return None


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
