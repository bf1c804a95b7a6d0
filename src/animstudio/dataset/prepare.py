"""Stage `training_data_prep`: characters' pictures into a set that trainers take.

prepare_dataset
  prepare_character   read, look, choose, caption: one folder
  _split, _counted    over all characters
  writer(style)       the layout
  finish              manifest, dataset_info.json, card, contact sheet
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from animstudio.dataset.balance import repeats_for
from animstudio.dataset.caption import Captioner, Shown, TemplateCaptioner, one_line
from animstudio.dataset.card import write_pages
from animstudio.dataset.choose import choose
from animstudio.dataset.export.entry import Entry, Layout
from animstudio.dataset.export.targets import writer
from animstudio.dataset.info import write_info
from animstudio.dataset.look import Embed, Looked, Unfit, embedding, look, rejected
from animstudio.dataset.records import (
    MANIFEST,
    CharacterRecord,
    Manifest,
    PictureRecord,
    Provenance,
    Rejected,
)
from animstudio.dataset.sources import Cast, Source, read_sources
from animstudio.dataset.spec import PrepareSpec
from animstudio.dataset.split import validation_scenes
from animstudio.dataset.text_file import read_caption
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.files import sha256

Watch = Callable[[int, int], object]
"""Told how many pictures were looked at, of how many."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A character's pictures, before they have their places."""

    cast: Cast
    trigger: str
    taken: Sequence[Looked]
    twins: dict[str, list[str]]
    rejected: Sequence[Rejected]
    author: str


def prepare_dataset(
    spec: PrepareSpec,
    folder: Path,
    *,
    base: Path,
    captioner: Captioner | None = None,
    threads: int = 1,
    watch: Watch = lambda done, total: None,
) -> Manifest:
    """Write a dataset below an empty folder that will lie at `base`; return all of it.

    Equal input gives equal bytes, whatever `threads` is. Raises AskedWrongly for folders that
    cannot be read, and WorkFailed where not one picture is left.
    """
    casts = _casts(spec.cluster_dirs)
    total, seen = sum(len(cast.sources) for cast in casts), 0
    embed = embedding(spec, threads)
    drafts = folder / ".drafts"
    found = []
    for number, cast in enumerate(casts):
        place = drafts / str(number)
        place.mkdir(parents=True)
        tell = partial(_tell, watch, seen, total)
        found.append(prepare_character(cast, spec, place, embed, captioner, base, threads, tell))
        seen += len(cast.sources)
    manifest = _laid_out(found, spec, folder, base)
    shutil.rmtree(drafts)
    if not manifest.pictures:
        raise WorkFailed(
            f"not one of {total} pictures is left: {_main_reason(manifest.rejected)}",
            hint="see what each was left out for with --json, or lower the limits",
        )
    finish(manifest, folder, base)
    return manifest


def _tell(watch: Watch, seen: int, total: int, done: int) -> None:
    watch(seen + done, total)


def _casts(folders: Sequence[Path]) -> list[Cast]:
    if not folders:
        raise AskedWrongly("no folder of pictures was named")
    casts = [read_sources(folder) for folder in folders]
    names: dict[str, Path] = {}
    for cast in casts:
        if cast.name.casefold() in names:
            raise AskedWrongly(
                f"{cast.folder} and {names[cast.name.casefold()]}: both are '{cast.name}'",
                hint="rename one of the folders",
            )
        names[cast.name.casefold()] = cast.folder
    return casts


def _main_reason(left: Sequence[Rejected]) -> str:
    if not left:
        return "the folders have no pictures"
    counts: dict[str, int] = {}
    for one in left:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    return ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))


def prepare_character(
    cast: Cast,
    spec: PrepareSpec,
    drafts: Path,
    embed: Embed,
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

    def one(source: Source) -> list[Looked] | Rejected:
        try:
            return look(source, spec, drafts, embed, describe)
        except Unfit as unfit:
            return rejected(source.name, cast.name, source, base, unfit.reason, unfit.message,
                            value=unfit.value, limit=unfit.limit)  # fmt: skip

    looked: list[Looked] = []
    left: list[Rejected] = []
    with ThreadPoolExecutor(threads) as pool:
        for number, answer in enumerate(pool.map(one, cast.sources), 1):
            if isinstance(answer, Rejected):
                left.append(answer)
            else:
                looked += answer
            tell(number)
    choice = choose(looked, spec)
    left += [
        rejected(gone.picture.name, cast.name, gone.picture.source, base, gone.reason, gone.said,
                 value=gone.value, limit=gone.limit, like=gone.like)
        for gone in choice.left
    ]  # fmt: skip
    left.sort(key=lambda gone: gone.name)
    return Prepared(cast, trigger, choice.taken, choice.twins, left, author.name)


def _laid_out(found: Sequence[Prepared], spec: PrepareSpec, folder: Path, base: Path) -> Manifest:
    """Split, balance and caption; write the layout."""
    aside = _split(found, spec.validation)
    pictures = [
        (_record(one, prepared, spec, base, one.source.scene in aside), one)
        for prepared in found
        for one in prepared.taken
    ]
    records = [record for record, _ in pictures]
    characters = _counted(found, records, spec, base)
    entries = [Entry(record, one.draft, one.learn) for record, one in pictures]
    layout = Layout(entries, characters, spec.target_size, spec.batch_size)
    placed = writer(spec.style)(layout, folder)
    records = [
        record.model_copy(update=dict(zip(("file", "mask"), placed[entry.key], strict=True)))
        for record, entry in zip(records, entries, strict=True)
    ]
    config = spec.model_dump(mode="json", exclude={"cluster_dirs", "device", "models_dir"})
    return Manifest(
        style=spec.style,
        characters=characters,
        pictures=records,
        rejected=[gone for prepared in found for gone in prepared.rejected],
        config=config,
    )


def _split(found: Sequence[Prepared], share: float) -> set[str]:
    """Return the scenes kept aside, the same ones for every character."""
    scenes = [one.source.scene for prepared in found for one in prepared.taken]
    return validation_scenes(scenes, share) if share else set()


def _record(
    one: Looked, prepared: Prepared, spec: PrepareSpec, base: Path, aside: bool
) -> PictureRecord:
    source = one.source
    said, author = one.said, prepared.author
    if spec.captions == "beside" and source.caption:
        said, author = read_caption(source.caption).text, "beside"
    where = Path(os.path.relpath(source.file.absolute(), base.absolute())).as_posix()
    return PictureRecord(
        name=one.name,
        character=prepared.cast.name,
        file="",
        mask=None,
        split="validation" if aside else "train",
        caption=one_line(said, prepared.trigger),
        caption_author=author,
        width=one.framing.width,
        height=one.framing.height,
        crop=one.framing.box,
        scale=round(one.framing.scale, 4),
        notes=list(one.notes),
        twins=sorted(prepared.twins.get(one.name, [])),
        kept_by_hand=source.name in spec.keep,
        measured=one.measured,
        provenance=Provenance(
            source=where, source_sha256=sha256(source.file), film=source.film,
            film_sha256=source.film_sha256, shot=source.shot, frame=source.frame,
            pts=source.pts, seconds=source.seconds, track=source.track, box=source.box,
            source_box=source.source_box,
        ),
    )  # fmt: skip


def _counted(
    found: Sequence[Prepared], records: Sequence[PictureRecord], spec: PrepareSpec, base: Path
) -> list[CharacterRecord]:
    def count(name: str, split: str) -> int:
        return sum(one.character == name and one.split == split for one in records)

    train = {one.cast.name: count(one.cast.name, "train") for one in found}
    repeats = repeats_for(train, spec.max_repeats)
    characters = []
    for one in found:
        name = one.cast.name
        note = ""
        if not one.taken:
            note = "no picture was found in its folder"
            if one.cast.sources:
                note = f"every picture was left out: {_main_reason(one.rejected)}"
        where = os.path.relpath(one.cast.folder.absolute(), base.absolute())
        characters.append(
            CharacterRecord(
                name=name, trigger=one.trigger, source=Path(where).as_posix(),
                seen=len(one.cast.sources), train=train[name],
                validation=count(name, "validation"), repeats=repeats[name], note=note,
            )
        )  # fmt: skip
    return characters


def finish(manifest: Manifest, folder: Path, base: Path) -> None:
    """Write the pages, ``dataset_info.json``, and the manifest last."""
    write_info(manifest, folder)
    write_pages(manifest, folder)
    text = manifest.model_dump_json(indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
