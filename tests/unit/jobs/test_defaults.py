"""Defaults that are written as people read them mean the numbers that the queue counts with."""

from __future__ import annotations

from pathlib import Path

from animstudio.jobs.spec import JobSpec, order


def test_defaults_written_as_text_are_numbers() -> None:
    spec = JobSpec()
    assert (spec.memory, spec.priority, spec.stall) == (512 << 20, 5, 1800.0)
    assert JobSpec(**spec.model_dump()) == spec


def test_only_unusual_following_is_kept_with_a_job(tmp_path: Path) -> None:
    usual = order(["true"], JobSpec(), cwd=tmp_path, environment={})
    asked = order(["true"], JobSpec(stall="5m"), cwd=tmp_path, environment={})  # type: ignore[arg-type]
    assert usual.follow == {}
    assert asked.follow == {"stall": 300.0}
