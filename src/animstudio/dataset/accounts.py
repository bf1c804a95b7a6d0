"""What is noted of a prepared set: every picture with where it is from, every character."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from animstudio.dataset.balance import repeats_for
from animstudio.dataset.caption import one_line
from animstudio.dataset.character import Prepared
from animstudio.dataset.look import Looked
from animstudio.dataset.records import CharacterRecord, PictureRecord, Provenance, Rejected
from animstudio.dataset.spec import PrepareSpec
from animstudio.dataset.text_file import read_caption
from animstudio.kernel.files import sha256


def picture_record(
    one: Looked, prepared: Prepared, spec: PrepareSpec, base: Path, aside: bool
) -> PictureRecord:
    """Return what is noted of a picture that was taken; it has no place yet."""
    source = one.source
    said, author, notes = one.said, prepared.author, list(one.notes)
    if spec.captions == "beside" and source.caption:
        try:
            found = read_caption(source.caption)
        except OSError as error:
            notes.append(f"its caption cannot be read: {error.strerror}")
        else:
            said, author = found.text, "beside"
            notes += [] if found.sound else [f"its caption was read as {found.encoding}"]
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
        notes=notes,
        twins=sorted(prepared.twins.get(one.name, [])),
        kept_by_hand=source.name in spec.keep,
        measured=one.measured,
        outline=one.outline.counts if one.outline else None,
        provenance=Provenance(
            source=where, source_sha256=sha256(source.file), film=source.film,
            film_sha256=source.film_sha256, shot=source.shot, frame=source.frame,
            pts=source.pts, seconds=source.seconds, track=source.track, box=source.box,
            source_box=source.source_box,
        ),
    )  # fmt: skip


def character_records(
    found: Sequence[Prepared], records: Sequence[PictureRecord], spec: PrepareSpec, base: Path
) -> list[CharacterRecord]:
    """Return what each character came to, and how often its pictures are to be repeated."""

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
                note = f"every picture was left out: {main_reason(one.rejected)}"
        where = os.path.relpath(one.cast.folder.absolute(), base.absolute())
        characters.append(
            CharacterRecord(
                name=name, trigger=one.trigger, source=Path(where).as_posix(),
                seen=len(one.cast.sources), train=train[name],
                validation=count(name, "validation"), repeats=repeats[name], note=note,
            )
        )  # fmt: skip
    return characters


def main_reason(left: Sequence[Rejected]) -> str:
    """Return why pictures were left out, counted."""
    counts: dict[str, int] = {}
    for one in left:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    return ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
