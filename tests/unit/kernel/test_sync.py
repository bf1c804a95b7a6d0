"""Many files forced to the disk at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.kernel import sync


def _files(folder: Path, count: int) -> list[str]:
    paths = [folder / str(number) for number in range(count)]
    for path in paths:
        path.write_text("x")
    return list(map(str, paths))


def test_a_trusted_file_system_is_synced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    device = tmp_path.stat().st_dev
    monkeypatch.setattr(sync, "_trusted", lambda: frozenset({device}))
    monkeypatch.setattr(sync, "_function", lambda: lambda handle: synced.append(handle) or 0)
    monkeypatch.setattr(sync, "_again", 0.0)
    assert sync.synced_together(_files(tmp_path, 8))
    assert len(synced) == 1


def test_others_are_synced_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = _files(tmp_path, 8)
    monkeypatch.setattr(sync, "_again", 0.0)
    monkeypatch.setattr(sync, "_function", lambda: lambda handle: 0)
    monkeypatch.setattr(sync, "_trusted", frozenset)
    assert not sync.synced_together(paths)
    monkeypatch.setattr(sync, "_trusted", lambda: frozenset({tmp_path.stat().st_dev}))
    assert sync.synced_together(paths)
    assert not sync.synced_together(paths[:2])
    assert not sync.synced_together([*paths, str(tmp_path / "none")])
    monkeypatch.setattr(sync, "_function", lambda: lambda handle: -1)
    assert not sync.synced_together(paths)
    monkeypatch.setattr(sync, "_function", lambda: None)
    assert not sync.synced_together(paths)


def test_what_took_long_is_not_asked_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = _files(tmp_path, 8)
    monkeypatch.setattr(sync, "_again", 0.0)
    monkeypatch.setattr(sync, "_function", lambda: lambda handle: 0)
    monkeypatch.setattr(sync, "_trusted", lambda: frozenset({tmp_path.stat().st_dev}))
    monkeypatch.setattr(sync, "_LONG", -1.0)
    assert sync.synced_together(paths)
    assert not sync.synced_together(paths)
