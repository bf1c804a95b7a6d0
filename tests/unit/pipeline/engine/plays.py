"""Stages for tests of the engine; imported by name in worker processes."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel

from animstudio.kernel.closing import Closed, Closing
from animstudio.kernel.digests import Identity
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import sha256
from animstudio.kernel.spec import RUNTIME, Spec
from animstudio.kernel.work import Committed, CorruptInput, Item, Made, Place, Work


def wait_for(path: str) -> None:
    """Let a worker begin once there is a file."""
    while not Path(path).exists():
        time.sleep(0.005)


class LinesSpec(Spec):
    """Splits texts."""

    source: Annotated[str, RUNTIME]
    """Folder of texts."""
    upper: bool = False
    """Write capitals."""
    speed: Annotated[int, RUNTIME] = 1
    """Changes nothing."""


class Folder(BaseModel):
    folder: str
    count: int


def text_items(spec: LinesSpec, place: Place) -> Sequence[Item]:
    return [Item(p.stem, {"text": p}) for p in sorted(Path(spec.source).glob("*.txt"))]


def make_lines(item: Item, spec: LinesSpec, work: Work) -> Made:
    text = item.inputs["text"].read_text()
    draft = work.draft("out")
    draft.write_text(text.upper() if spec.upper else text)
    return Made({f"{work.stage}/{item.name}.txt": draft}, {"lines": len(text.splitlines())})


def gather_folder(spec: Spec, committed: Sequence[Committed], root: Path) -> Folder:
    folder = (root / committed[0].outputs[0]).parent
    return Folder(folder=str(folder), count=len(committed))


class JoinSpec(Spec):
    """Joins texts."""

    folder: str = ""
    """Where they lie."""
    mark: str = "-"
    """What stands between."""


class Joined(BaseModel):
    text: str


def make_joined(item: Item, spec: JoinSpec, work: Work) -> Made:
    texts = [p.read_text() for p in sorted(Path(spec.folder).glob("*.txt"))]
    work.draft("joined").write_text(spec.mark.join(texts))
    return Made({f"{work.stage}.txt": work.draft("joined")}, {"text": spec.mark.join(texts)})


class OneSpec(Spec):
    """Works on one text."""

    path: str = ""
    """The text."""
    name: str = ""
    """What it is called."""
    times: int = 1
    """How often it is repeated."""


def make_one(item: Item, spec: OneSpec, work: Work) -> Made:
    work.draft("one").write_text(Path(spec.path).read_text() * spec.times)
    return Made({f"{work.stage}/{spec.name}.one": work.draft("one")})


class ActSpec(Spec):
    """Does something odd."""

    how: str = ""
    """What it does."""
    marker: Annotated[str, RUNTIME] = ""
    """A file that it looks at."""
    batch: Annotated[int, RUNTIME] = 8
    """How many at once."""
    count: int = 1
    """How many items."""


def act_items(spec: ActSpec, place: Place) -> Sequence[Item]:
    return [Item(f"i{n:06d}", options={"n": n}) for n in range(spec.count)]


def make_act(item: Item, spec: ActSpec, work: Work) -> Made:
    marker = Path(spec.marker)
    draft = work.draft("act")
    draft.write_text(f"{item.name} {spec.how if spec.how == 'changed' else ''}")
    n = item.options["n"]
    if spec.how == "corrupt" and n == 0:
        with marker.open("a") as file:
            file.write("x")
        raise CorruptInput("this cannot be read")
    if spec.how == "flaky":
        with marker.open("a") as file:
            file.write("x")
        if marker.stat().st_size < 3:
            raise ValueError("not this time")
    if spec.how == "fails" and n == 0:
        raise ValueError("never")
    if spec.how == "hungry":
        with marker.open("a") as file:
            file.write(f"{spec.batch} ")
        if spec.batch > 2:
            raise MemoryError
    if spec.how == "hangs" and n == 0:
        marker.touch()
        time.sleep(600)
    if spec.how == "killed" and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if spec.how == "halves":
        begun, whole = marker.exists(), "whole and whole"
        marker.touch()
        draft.write_text(whole if begun else whole[:5])
        if not begun:
            os.kill(os.getpid(), signal.SIGKILL)
    if spec.how == "full":
        raise OSError(28, "No space left on device", "/somewhere")
    if spec.how == "nothing":
        return Made()
    if spec.how == "phantom":
        return Made({"a.txt": work.drafts / "was-never-written"})
    if spec.how == "escapes":
        return Made({"../a.txt": draft})
    if spec.how == "apart":
        return Made({f"{work.stage}/{item.name}/act.txt": draft})
    if spec.how == "pair":
        work.draft("other").write_text("other")
        folder = f"{work.stage}/{item.name}"
        return Made({f"{folder}/a.txt": draft, f"{folder}/b.txt": work.draft("other")})
    if spec.how == "nested" and n < 2:
        return Made({"place" if n else "place/deeper/act.txt": draft})
    if spec.how == "same":
        return Made({"same.txt": draft})
    if spec.how == "waits" and n > 0:
        while not marker.exists():
            time.sleep(0.005)
    if spec.how == "gated" and n >= 80:
        while not marker.exists():
            marker.with_name("gated").touch()
            time.sleep(0.005)
    if spec.how == "orphan" and n == 1:
        ctypes.CDLL(None).prctl(1, 0)  # does not die with its parent
        begun = marker.with_name(f"{marker.name}.{os.getpid()}")
        begun.touch()
        while not marker.exists():
            time.sleep(0.005)
        draft.write_text("written by an orphan")
        begun.unlink()
    return Made({f"{work.stage}/{item.name}.txt": draft})


class SpansSpec(Spec):
    """Cuts a text into lines, each an item."""

    path: str = ""
    """The text."""
    passing: bool = False
    """Leave a second file that only later stages want."""


def span_items(spec: SpansSpec, place: Place) -> Sequence[Item]:
    path = Path(spec.path)
    count = len(path.read_text().splitlines())
    return [Item(f"span{n}", {"text": path}, {"line": n}) for n in range(count)]


def make_span(item: Item, spec: SpansSpec, work: Work) -> Made:
    line = item.inputs["text"].read_text().splitlines()[int(str(item.options["line"]))]
    work.draft("span").write_text(line)
    work.report(1, 1, "lines")
    passing = {}
    if spec.passing:
        work.draft("side").write_text(line)
        passing = {f"{work.stage}/{work.item}.side": work.draft("side")}
    return Made({f"{work.stage}/{work.item}": work.draft("span")}, {"line": line}, passing)


def opened_items(spec: LinesSpec, place: Place) -> Sequence[Item]:
    found = text_items(spec, place)
    return [Item(one.name, {"file": one.inputs["text"]}, by_looks=True) for one in found]


def make_opened(item: Item, spec: LinesSpec, work: Work) -> Made:
    file = item.inputs["file"]
    seen, digest = Identity.of(file), sha256(file)
    work.know(file, digest, seen)
    return Made(facts={"length": len(file.read_text())})


class Opened(BaseModel):
    file: Path = Path()
    length: int = 0


def gather_opened(spec: Spec, committed: Sequence[Committed], root: Path) -> Opened:
    return Opened()


class UsesSpec(Spec):
    """Works on a text that was opened."""

    path: Annotated[Path, RUNTIME]
    """The text."""
    takes: Annotated[Path | None, RUNTIME] = None
    """An output whose spares it takes."""
    times: int = 1
    """How often it is repeated."""


def used_items(spec: UsesSpec, place: Place) -> Sequence[Item]:
    more = {"before": spec.takes} if spec.takes else {}
    return [Item(inputs={"text": spec.path, **more}, options={"name": spec.path.stem})]


def make_used(item: Item, spec: UsesSpec, work: Work) -> Made:
    draft, spares = work.draft("used"), work.drafts / "spares"
    spared = spec.takes and work.spares_of(spec.takes) / "spare"
    draft.write_text(spared.read_text() if spared and spared.exists() else "none left")
    spares.mkdir()
    (spares / "spare").write_text("spared")
    output = f"{work.stage}/{item.options['name']}.used"
    before = sorted(work.before.outputs) if work.before else []
    facts = {"digests": dict(work.digests), "before": before, "cpus": work.cpus}
    return Made({output: draft}, facts, spares={output: spares})


class Used(BaseModel):
    files: list[Path]


def gather_used(spec: Spec, committed: Sequence[Committed], root: Path) -> Used:
    return Used(files=[root / path for one in committed for path in one.outputs])


class TellSpec(Spec):
    """Tells how a run ended."""

    how: str = ""
    """What goes wrong."""


def close_tell(spec: TellSpec, closing: Closing) -> Closed:
    if spec.how == "raises":
        raise WorkFailed("no pen", hint="buy one")
    lines = [
        f"{stage}/{one.item}: {one.error or ('made' if one.made else 'reused')}"
        for stage, items in closing.ended.items()
        for one in items
    ]
    standing = closing.standing("lines", "a")
    lines.append(f"standing: {sorted(standing.outputs) if standing else ''}")
    lines += [f"{name} closed: {one.problem}" for name, one in closing.closed.items()]
    (closing.root / f"{closing.stage}.txt").write_text("\n".join(lines))
    return Closed("half of it" if spec.how == "half" else "", facts={"lines": len(lines)})
