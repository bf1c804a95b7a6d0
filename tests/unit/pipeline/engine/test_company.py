"""Items that travel together: what one does to its worker is not held against the others."""

from __future__ import annotations

from typing import cast

from animstudio.kernel.errors import WorkFailed
from animstudio.pipeline.attempts import Again, Tries, kind_of, next_try
from animstudio.pipeline.state import Decision


def test_one_that_died_in_company_is_tried_alone() -> None:
    node, kind = type("N", (), {"retries": 0}), type("T", (), {"batch": ""})
    stage = type("S", (), {"node": node, "type": kind})
    decision = cast(Decision, type("D", (), {"part": type("P", (), {"stage": stage})}))
    tries, error = Tries(), WorkFailed("the worker process died (SIGSEGV)")
    how = kind_of(error, "SIGSEGV")
    again = next_try(decision, tries, how, "SIGSEGV", 2.0, in_company=True)
    assert isinstance(again, Again)
    assert again.wait == 0
    assert next_try(decision, tries, how, "SIGSEGV", 2.0) is None
