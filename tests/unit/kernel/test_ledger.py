"""The ledger: what stands, what is stale and why, and what a kill in a commit leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.kernel import files, ledger
from animstudio.kernel.digests import DigestCache
from animstudio.kernel.files import sha256
from animstudio.kernel.ledger import Key, Ledger

ITEM = "film/frames"


def key(spec: str = "s", *, version: int = 1, **inputs: str) -> Key:
    return Key(stage="frames", version=version, spec=spec, inputs=inputs or {"film": "f"})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Desk:
    """An output folder and drafts to publish into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ledger = Ledger(root)
        self._number = 0

    def commit(self, spec: str, content: dict[str, str]) -> None:
        self._number += 1
        folder = self.root / "checkpoints" / ".drafts" / str(self._number)
        folder.mkdir(parents=True)
        drafts = {}
        for number, (name, text) in enumerate(content.items()):
            drafts[name] = folder / str(number)
            drafts[name].write_text(text)
        self.ledger.commit(ITEM, key(spec), drafts, {"pictures": len(content)})

    def tree(self) -> dict[str, str]:
        """Every result that lies there."""
        return {
            str(path.relative_to(self.root)): path.read_text()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and "checkpoints" not in path.parts
        }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "out")


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[DigestCache]:
    cache = DigestCache(tmp_path / "digests.sqlite")
    yield cache
    cache.close()


def test_what_is_committed_stands(desk: Desk, cache: DigestCache) -> None:
    assert desk.ledger.stale(ITEM, key()) == "not made yet"
    desk.commit("s", {"frames/a.jpg": "A", "frames/b.jpg": "B"})
    assert desk.ledger.stale(ITEM, key(), cache) is None
    manifest = desk.ledger.read(ITEM)
    assert manifest is not None
    assert [output.path for output in manifest.outputs] == ["frames/a.jpg", "frames/b.jpg"]
    assert manifest.facts == {"pictures": 2}
    assert desk.ledger.items("film") == [ITEM]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (key("t"), "its options changed"),
        (key(version=2), "the stage's version changed"),
        (key(film="g"), "its input changed: film"),
        (key(film="f", measures="2"), "its input changed: measures"),
    ],
)
def test_why_something_is_made_again(desk: Desk, other: Key, why: str) -> None:
    desk.commit("s", {"a.jpg": "A"})
    assert desk.ledger.stale(ITEM, other) == why
    assert other.digest() != key().digest()


def test_a_harmed_output_is_seen(desk: Desk, cache: DigestCache) -> None:
    desk.commit("s", {"a.jpg": "A", "b.jpg": "B"})
    (desk.root / "a.jpg").write_text("X")
    assert desk.ledger.stale(ITEM, key()) is None  # same size: only a digest tells
    assert desk.ledger.stale(ITEM, key(), cache) == "a.jpg was changed"
    (desk.root / "a.jpg").write_text("longer")
    assert desk.ledger.harm(ITEM) == "a.jpg was changed"
    (desk.root / "a.jpg").unlink()
    assert desk.ledger.harm(ITEM) == "a.jpg is missing"


@pytest.mark.parametrize("content", [b"", b"{", b'{"item": 3}', b"\xff\xfe"])
def test_a_manifest_that_cannot_be_read_is_none(desk: Desk, content: bytes) -> None:
    desk.commit("s", {"a.jpg": "A"})
    desk.ledger.manifest_path(ITEM).write_bytes(content)
    assert desk.ledger.stale(ITEM, key()) == "not made yet"
    desk.commit("s", {"a.jpg": "A"})
    assert desk.tree() == {"a.jpg": "A"}


def test_outputs_that_are_not_made_any_more_go_away(desk: Desk) -> None:
    desk.commit("3", {"a.jpg": "A", "b.jpg": "B", "c.jpg": "C"})
    (desk.root / "c.jpg").write_text("edited by hand")
    desk.commit("1", {"b.jpg": "B2"})
    assert desk.tree() == {"b.jpg": "B2", "c.jpg": "edited by hand"}


def test_what_a_person_edited_is_kept(desk: Desk) -> None:
    desk.commit("s", {"a.jpg": "A"})
    (desk.root / "a.jpg").write_text("edited by hand")
    desk.commit("s", {"a.jpg": "A"})
    assert desk.tree() == {"a.jpg": "A", "a.jpg.kept1": "edited by hand"}


def test_unchanged_outputs_are_not_touched(desk: Desk) -> None:
    desk.commit("s", {"a.jpg": "A", "b.jpg": "B"})
    before = (desk.root / "a.jpg").stat()
    (desk.root / "b.jpg").unlink()
    desk.commit("s", {"a.jpg": "A", "b.jpg": "B"})
    after = (desk.root / "a.jpg").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_forgotten_items_are_made_again_over_their_own_outputs(desk: Desk) -> None:
    desk.commit("s", {"a.jpg": "A", "b.jpg": "B"})
    desk.ledger.forget(ITEM)
    desk.ledger.forget(ITEM)
    assert desk.ledger.stale(ITEM, key()) == "not made yet"
    assert desk.tree() == {"a.jpg": "A", "b.jpg": "B"}
    desk.commit("s", {"a.jpg": "A2"})
    assert desk.tree() == {"a.jpg": "A2"}


def test_sweep_deletes_drafts_and_nothing_else(desk: Desk) -> None:
    desk.commit("s", {"a.jpg": "A"})
    for name in (".drafts/x.1/half", "film/.frames.pending.json.12.part", "../.index.json.1.part"):
        path = desk.ledger.home / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (desk.root / "mine.part").touch()
    desk.ledger.sweep()
    found = {p.name for p in desk.root.rglob("*") if p.is_file()}
    assert found == {"a.jpg", "frames.manifest.json", "mine.part"}


class Killed(BaseException):
    """The process is gone at this instant."""


def cut_short(patch: pytest.MonkeyPatch) -> list[int]:
    """Let the process die before the n-th change of the disk; return where n is set."""
    left = [10**9]

    def guarded(real: Callable[..., object]) -> Callable[..., object]:
        def change(*arguments: object, **options: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real(*arguments, **options)

        return change

    for name in ("replace", "rename", "unlink", "mkdir"):
        patch.setattr(Path, name, guarded(getattr(Path, name)))
    return left


CONTENTS = st.dictionaries(
    st.sampled_from(["a.jpg", "b.jpg", "c.jpg"]), st.sampled_from("12"), min_size=1
)


@settings(max_examples=150, deadline=None)
@given(contents=st.lists(CONTENTS, min_size=2, max_size=4), kills=st.lists(st.integers(0, 14)))
def test_a_kill_at_any_instant_of_a_commit_is_mended_by_the_next(
    tmp_path_factory: pytest.TempPathFactory, contents: list[dict[str, str]], kills: list[int]
) -> None:
    """Options change again and again, commits are cut short: the last one leaves only its own."""
    desk = Desk(tmp_path_factory.mktemp("out"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda handle: None)  # it costs time, and no kill is a power cut
        left = cut_short(patch)
        for number, content in enumerate(contents):
            last = number == len(contents) - 1
            left[0] = 10**9 if last or number >= len(kills) else kills[number]
            try:
                desk.commit(str(content), content)
            except Killed:
                left[0] = 10**9
                stands = desk.ledger.stale(ITEM, key(str(content))) is None
                assert not stands or content.items() <= desk.tree().items()
                desk.ledger.sweep()
    assert desk.tree() == contents[-1]
    assert names(desk.ledger.home / "film") == ["frames.manifest.json"]


def test_an_interrupted_commit_is_no_result(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, cache: DigestCache
) -> None:
    """A change to more outputs was cut short; back at the old options it is cleared away."""
    desk.commit("1", {"a.jpg": "A"})
    cut_short(monkeypatch)[0] = 5
    with pytest.raises(Killed):
        desk.commit("2", {"a.jpg": "A", "b.jpg": "B", "c.jpg": "C"})
    monkeypatch.undo()
    assert desk.ledger.stale(ITEM, key("1"), cache) == "its publishing was interrupted"
    desk.commit("1", {"a.jpg": "A"})
    assert desk.tree() == {"a.jpg": "A"}
    assert desk.ledger.stale(ITEM, key("1"), cache) is None


def test_the_manifest_is_the_last_to_appear(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def place(draft: Path, target: Path, **options: object) -> None:
        seen.append(desk.ledger.manifest_path(ITEM).exists())
        files.place(draft, target, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "place", place)
    desk.commit("s", {"a.jpg": "A", "b.jpg": "B"})
    assert seen == [False, False]
    made = desk.ledger.read(ITEM)
    assert made is not None
    assert made.outputs[0].sha256 == sha256(desk.root / "a.jpg")
