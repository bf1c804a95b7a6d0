"""One character's pictures: looked at, each for itself, and chosen from, all together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from animstudio.dataset.caption import Captioner, Shown, TemplateCaptioner, one_line
from animstudio.dataset.choose import choose
from animstudio.dataset.look import Eyes, Looked, look, rejected
from animstudio.dataset.records import Rejected
from animstudio.dataset.sources import Cast, Source
from animstudio.dataset.spec import PrepareSpec
from animstudio.dataset.surroundings import with_frames
from animstudio.dataset.upright import Unfit
from animstudio.media.views import Bytes

Answer = list[Looked] | Rejected


@dataclass(frozen=True, slots=True)
class Prepared:
    """A character's pictures, before they have their places."""

    cast: Cast
    trigger: str
    taken: Sequence[Looked]
    twins: dict[str, list[str]]
    rejected: Sequence[Rejected]
    author: str


def prepare_character(
    cast: Cast,
    spec: PrepareSpec,
    drafts: Path,
    eyes: Eyes,
    captioner: Captioner | None,
    base: Path,
    threads: int,
    tell: Callable[[int], object],
) -> Prepared:
    """Look at a character's pictures and choose from them."""
    trigger = one_line(spec.trigger.replace("{character}", cast.name) or cast.name, "")
    trigger = trigger.strip(", ")
    author = captioner or TemplateCaptioner(spec.caption)

    def describe(picture: object, mask: object, source: Source) -> str:
        shown = Shown(picture, mask, source, cast.name, trigger)  # type: ignore[arg-type]
        return author.describe(shown)

    def one(source: Source, frame: Bytes | None) -> list[Looked] | Rejected:
        try:
            return look(source, spec, drafts, eyes, describe, frame)
        except Unfit as unfit:
            return rejected(source.name, cast.name, source, base, unfit.reason, unfit.message,
                            value=unfit.value, limit=unfit.limit)  # fmt: skip

    looked: list[Looked] = []
    left: list[Rejected] = []
    for answer in _each(cast.sources, spec, threads, one, tell):
        if isinstance(answer, Rejected):
            left.append(answer)
        else:
            looked += answer
    choice = choose(looked, spec)
    left += [
        rejected(gone.picture.name, cast.name, gone.picture.source, base, gone.reason, gone.said,
                 value=gone.value, limit=gone.limit, like=gone.like)
        for gone in choice.left
    ]  # fmt: skip
    left.sort(key=lambda gone: gone.name)
    return Prepared(cast, trigger, choice.taken, choice.twins, left, author.name)


def _each(
    sources: Sequence[Source],
    spec: PrepareSpec,
    threads: int,
    one: Callable[[Source, Bytes | None], Answer],
    tell: Callable[[int], object],
) -> list[Answer]:
    """Return what `one` says of each source, in their order; few frames are held at a time."""
    found: dict[int, Answer] = {}
    running: deque[tuple[int, Future[Answer]]] = deque()

    def take() -> None:
        number, future = running.popleft()
        found[number] = future.result()
        tell(len(found))

    with ThreadPoolExecutor(threads) as pool:
        for number, source, frame in with_frames(sources, spec, threads):
            running.append((number, pool.submit(one, source, frame)))
            if len(running) > 2 * threads:
                take()
        while running:
            take()
    return [found[number] for number in sorted(found)]
