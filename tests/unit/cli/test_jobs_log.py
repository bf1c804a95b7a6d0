"""The last lines of a log, however long it is."""

from __future__ import annotations

import io
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.cli import jobs_log


@given(st.lists(st.binary(max_size=9).map(lambda b: b.replace(b"\n", b"")), max_size=30),
       st.booleans(), st.integers(0, 12), st.integers(1, 40))  # fmt: skip
def test_the_last_lines(written: list[bytes], ended: bool, lines: int, block: int) -> None:
    content = b"\n".join(written) + (b"\n" if written and ended else b"")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jobs_log, "_BLOCK", block)
        start = jobs_log._last(io.BytesIO(content), lines)
    expected = b"".join(_lines(content)[-lines:]) if lines else b""
    assert content[start:] == expected


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\xff\0", b"xy" * 9]), max_size=40),
       st.lists(st.integers(0, 60), max_size=6))  # fmt: skip
def test_lines_as_objects_however_they_come(words: list[bytes], cuts: list[int]) -> None:
    content, out = b"".join(words), io.StringIO()
    lines = jobs_log.Lines({"job": 1}, out)
    for a, b in pairwise(sorted({0, len(content), *(min(c, len(content)) for c in cuts)})):
        lines.feed(content[a:b])
    lines.end()
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    text = content.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    assert [each["line"] for each in found] == text.removesuffix("\n").split("\n") * bool(text)
    assert all(each["job"] == 1 for each in found)


def test_a_line_without_end_comes_in_pieces() -> None:
    out = io.StringIO()
    lines = jobs_log.Lines({}, out)
    for _ in range(5):
        lines.feed(b"\0" * 50_000)
    lines.end()
    sizes = [len(json.loads(line)["line"]) for line in out.getvalue().splitlines()]
    assert sum(sizes) == 250_000 and max(sizes) == 1 << 16


def _lines(content: bytes) -> list[bytes]:
    parts = content.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
