"""The journal and the manifests: whatever is lost or torn, nothing false is believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from animstudio.kernel.errors import OutOfRoom
from animstudio.pipeline import perform, publish
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.manifests import Intent, Manifests
from animstudio.pipeline.record import Output, Record

from .theatre import Theatre, actions


class Crash(BaseException):
    """A power cut, as far as a process can tell."""


def crash(*arguments: object, **more: object) -> None:
    raise Crash


def remove_journal(home: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (home / f"journal.sqlite{suffix}").unlink(missing_ok=True)


def garble_journal(home: Path) -> None:
    remove_journal(home)
    (home / "journal.sqlite").write_bytes(b"SQLite format 3\0" + b"rubbish" * 1000)


def halve_journal(home: Path) -> None:
    base = sqlite3.connect(home / "journal.sqlite")
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    content = (home / "journal.sqlite").read_bytes()
    remove_journal(home)
    (home / "journal.sqlite").write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("harm", [remove_journal, garble_journal, halve_journal])
def test_a_lost_journal_is_built_from_the_manifests(theatre: Theatre, harm) -> None:  # type: ignore[no-untyped-def]
    nodes = theatre.lines(), theatre.one(), theatre.join()
    theatre.run(*nodes)
    harm(theatre.out / "checkpoints")
    plan = theatre.plan(*nodes)
    assert set(actions(plan).values()) <= {"reuse", "adopt"}
    again = theatre.run(*nodes)
    assert not again.made
    assert again.outcome.complete
    third = theatre.run(*nodes)
    assert third.counts == {"reuse": 7}
    assert "journal" not in third.of("pipeline.started")[0].note


def test_after_a_lost_journal_outputs_are_read_before_they_are_believed(theatre: Theatre) -> None:
    theatre.run(theatre.lines())
    (theatre.out / "lines/a.txt").write_text("alphX\n")
    remove_journal(theatre.out / "checkpoints")
    assert theatre.run(theatre.lines()).made == ["lines/a"]


def test_lost_manifests_are_written_from_the_journal(theatre: Theatre) -> None:
    theatre.run(theatre.lines())
    (theatre.out / "checkpoints/manifests.jsonl").unlink()
    assert theatre.run(theatre.lines()).outcome.nothing_changed
    remove_journal(theatre.out / "checkpoints")
    assert not theatre.run(theatre.lines()).made


def test_both_lost_is_a_beginning_that_keeps_what_lies_there(theatre: Theatre) -> None:
    theatre.run(theatre.lines())
    remove_journal(theatre.out / "checkpoints")
    (theatre.out / "checkpoints/manifests.jsonl").unlink()
    before = theatre.results()
    assert len(theatre.run(theatre.lines()).made) == 3
    assert theatre.results() == before


@pytest.mark.parametrize(
    "where",
    ["place", "folders", "rows"],
)
def test_a_crash_while_publishing_costs_nothing(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """At each step after the log: nothing placed, all placed, all synced and no row."""
    nodes = theatre.lines(), theatre.one()
    theatre.run(*nodes)
    theatre.write(a="ALPHA AND MORE\n", d="delta\n")
    with monkeypatch.context() as patch:
        if where == "place":
            patch.setattr(publish.Publisher, "_place", crash)
        elif where == "folders":
            patch.setattr(publish, "sync_folders", lambda folders: folders and crash())
        else:
            patch.setattr(Journal, "commit", crash)
        patch.setattr("animstudio.pipeline.desk.Desk.sweep", lambda desk: None)
        with pytest.raises(Crash):
            theatre.run(*nodes)
    planned = actions(theatre.plan(*nodes))
    assert planned["lines/b"] == "reuse"
    adopted = {item for item, action in planned.items() if action == "adopt"}
    assert adopted == {"lines/a", "lines/d"}
    again = theatre.run(*nodes)
    assert again.outcome.complete
    assert again.counts["adopt"] == 2
    assert again.made == ["one/a", "one/d"]
    assert "taken over" in again.of("pipeline.started")[0].note
    assert theatre.text("lines/a.txt") == "ALPHA AND MORE\n"
    assert not [name for name in theatre.results() if "kept" in name]
    assert theatre.run(*nodes).outcome.nothing_changed


def test_a_crash_before_the_log_leaves_nothing(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "log", crash)
        with pytest.raises(Crash):
            theatre.run(theatre.lines())
    assert not theatre.results()
    assert len(theatre.run(theatre.lines()).made) == 3


@pytest.mark.parametrize("together", [True, False])
def test_drafts_are_on_the_disk_before_they_are_promised(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    synced: list[str] = []
    promised: list[str] = []
    log = Journal.log

    def all_at_once(paths: list[str]) -> bool:
        synced.extend(paths if together else [])
        return together

    def noted(journal: Journal, intents: Sequence[Intent]) -> None:
        promised.extend(draft for intent in intents for draft in intent.drafts)
        assert set(promised) == set(synced)
        log(journal, intents)

    monkeypatch.setattr(perform, "synced_together", all_at_once)
    monkeypatch.setattr(perform, "_sync", synced.append)
    monkeypatch.setattr(Journal, "log", noted)
    assert theatre.run(theatre.lines(), theatre.one()).outcome.complete
    assert len(promised) == 6


def test_results_are_renamed_and_never_copied(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that a kill cuts short would stand in the place of a result."""
    drafted: dict[str, int] = {}
    log = Journal.log

    def noted(journal: Journal, intents: Sequence[Intent]) -> None:
        for intent in intents:
            for output, draft in zip(intent.record.outputs, intent.drafts, strict=True):
                drafted[output.path] = Path(draft).stat().st_ino
        log(journal, intents)

    monkeypatch.setattr(Journal, "log", noted)
    for upper in (False, True):  # a first time, and over what stands
        theatre.run(theatre.lines(upper=upper))
        found = {f"lines/{name}.txt" for name in "abc"}
        assert {path: (theatre.out / path).stat().st_ino for path in found} == drafted


def record(item: str) -> Record:
    return Record("s", item, "k", "sk", "c", {}, {}, [Output("a", 1, "b")], {"x": item})


def test_a_torn_line_costs_its_own_item_only(tmp_path: Path) -> None:
    log = Manifests(tmp_path / "manifests.jsonl")
    log.append([Intent(record(name), ()) for name in "abc"])
    log.close()
    content = log.path.read_bytes()
    middle = content.replace(b'"b","k"', b'"B","k"')
    log.path.write_bytes(middle + content.splitlines()[0][:40])
    log.append([Intent(record("d"), ())])
    found = [line.record.item for line in log.lines() if isinstance(line, Intent)]
    assert found == ["a", "c", "d"]


def test_a_disk_that_is_full_for_the_log_leaves_no_half_promise(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    theatre.run(theatre.lines())
    length = (theatre.out / "checkpoints/manifests.jsonl").stat().st_size
    before = theatre.results()
    theatre.write(d="delta\n")
    with monkeypatch.context() as patch:
        patch.setattr("animstudio.pipeline.manifests.os.fdatasync", full)
        with pytest.raises(OutOfRoom, match="the disk is full"):
            theatre.run(theatre.lines())
    assert (theatre.out / "checkpoints/manifests.jsonl").stat().st_size == length
    assert theatre.results() == before
    assert theatre.run(theatre.lines()).made == ["lines/d"]


def test_the_log_is_written_anew_when_most_of_it_is_old(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("animstudio.pipeline.compaction._WORTH", 1)
    theatre.run(theatre.lines(), theatre.one())
    for times in range(2, 8):
        theatre.run(theatre.lines(), theatre.one(times=times))
    lines = list(Manifests(theatre.out / "checkpoints/manifests.jsonl").lines())
    assert sum(isinstance(line, Intent) for line in lines) <= 20  # of 24 that were made
    remove_journal(theatre.out / "checkpoints")
    assert not theatre.run(theatre.lines(), theatre.one(times=7)).made


def test_a_state_of_another_version_is_not_misread(theatre: Theatre) -> None:
    theatre.run(theatre.lines())
    base = sqlite3.connect(theatre.out / "checkpoints/journal.sqlite")
    base.execute("PRAGMA user_version = 99")
    base.close()
    ran = theatre.run(theatre.lines())
    assert not ran.made
    assert "another version (99)" in ran.of("pipeline.started")[0].note
