"""The last lines of a log, however long it is."""

from __future__ import annotations

import io

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


def _lines(content: bytes) -> list[bytes]:
    parts = content.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
