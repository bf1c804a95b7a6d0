"""Who is begun next: the last stages first, and nobody waits for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from animstudio.kernel.guard import Guard, GuardSpec
from animstudio.kernel.work import Resources
from animstudio.pipeline.resources import Lease, Reservation, Room
from animstudio.pipeline.state import Decision
from animstudio.pipeline.waiting import Waiting

SMALL, LARGE = Resources(cpus=1), Resources(cpus=4)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Line:
    """Four processors, and items that are one word and a stage's number each."""

    def __init__(self, folder: Path, leases: Any = None) -> None:
        self.clock, self.waiting = Clock(), Waiting()
        easy = GuardSpec(disk_free_gb=0, ram_stop=1, ram_slow=1)
        more = {"leases": leases} if leases else {}
        self.room = Room(folder, Guard(folder, easy), 4, clock=self.clock, **more)
        self.at_work: list[tuple[str, Reservation]] = []
        self.needs: dict[str, Resources] = {}

    def add(self, name: str, stage: int, needs: Resources) -> None:
        part = type("P", (), {"stage": type("S", (), {"number": stage})})
        item = type("I", (), {"needs": needs})
        found = type("D", (), {"part": part, "item": item, "name": name})
        self.needs[name] = needs
        self.waiting.add(cast(Decision, found), self.clock())

    def start(self) -> list[str]:
        """Begin what there is room for; return what began."""
        begun = []
        while self.waiting.ready:
            picked = self.waiting.pick(self._admit, self.clock())
            if isinstance(picked, str):
                break
            begun.append(picked[0].name)
            self.at_work.append((picked[0].name, picked[1]))
        return begun

    def _admit(self, decision: Decision, ahead: Decision | None) -> Reservation | str:
        wish = self.room.wish(self.needs[decision.name], 0, 0)
        return self.room.reserve(wish, self.needs[ahead.name] if ahead else None)

    def end(self) -> None:
        """Let what began first be done."""
        self.room.release(self.at_work.pop(0)[1])


def test_the_last_stages_come_first(tmp_path: Path) -> None:
    line = Line(tmp_path)
    for name, stage in (("a", 0), ("b", 1), ("c", 2)):
        line.add(name, stage, SMALL)
    assert line.start() == ["c", "b", "a"]


def test_a_large_item_is_not_passed_over_for_ever(tmp_path: Path) -> None:
    """Small ones come without end; a second each, and at any time three are at work."""
    line = Line(tmp_path)
    for _ in range(3):
        line.add("small", 1, SMALL)
    line.start()
    line.add("large", 0, LARGE)
    seconds = 0
    while "large" not in [name for name, _ in line.at_work]:
        seconds += 1
        assert seconds < 400
        line.clock.now += 1
        line.end()
        line.add("small", 1, SMALL)
        line.start()
    assert seconds == 302  # its patience, and until those that were at work are done
    assert [name for name, _ in line.at_work] == ["large"]
    line.end()
    assert line.start() == ["small"] * 3  # and then the others go on


def test_a_stage_that_is_never_asked_gets_its_turn(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.add("early", 0, SMALL)
    for _ in range(5000):
        line.add("late", 9, SMALL)
    line.start()
    names = set()
    for _ in range(302):
        line.clock.now += 1
        line.end()
        names |= set(line.start())
    assert names == {"late", "early"}


def test_only_those_who_want_a_card_wait_behind_one_who_wants_a_card(tmp_path: Path) -> None:
    class Card:
        device = "cuda:0"

        def release(self) -> None:
            pass

    class Cards:
        """A card of which another program leaves only a little."""

        def reserve(self, size: int) -> Lease | None:
            return Card() if size <= 2 << 30 else None

        def largest(self) -> int:
            return 16 << 30

    line = Line(tmp_path, Cards())
    line.add("calm", 2, SMALL)
    assert line.start() == ["calm"]
    line.add("large", 0, Resources(vram=12 << 30))
    assert line.start() == []
    line.clock.now = 301
    line.add("small card", 1, Resources(vram=1 << 30))
    line.add("no card", 1, SMALL)
    assert line.start() == []  # the first of its stage wants what another has waited for
    line.add("other", 2, SMALL)
    assert line.start() == ["other"]
