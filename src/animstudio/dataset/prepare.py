"""Stage `training_data_prep`: characters' pictures into a set that trainers take.

prepare_dataset
  prepare_character   read, look, choose, caption: one folder
  _split, accounts    over all characters
  writer(style)       the layout
  finish              manifest, dataset_info.json, card, contact sheet
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from animstudio.characters.cast import alike
from animstudio.characters.cluster_records import METADATA
from animstudio.dataset.accounts import character_records, main_reason, picture_record
from animstudio.dataset.caption import Captioner
from animstudio.dataset.card import write_pages
from animstudio.dataset.character import Prepared, prepare_character
from animstudio.dataset.export.entry import Entry, Layout, folder_name
from animstudio.dataset.export.targets import writer
from animstudio.dataset.info import write_info
from animstudio.dataset.look import Eyes, embedding
from animstudio.dataset.quality.text import text_finder
from animstudio.dataset.records import MANIFEST, Manifest
from animstudio.dataset.sources import SUFFIXES, Cast, read_sources, without_repeats
from animstudio.dataset.spec import PrepareSpec
from animstudio.dataset.split import validation_scenes
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.work import CorruptInput

Watch = Callable[[int, int], object]
"""Told how many pictures were looked at, of how many."""


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
    if not total:
        raise WorkFailed(f"{', '.join(str(one.folder) for one in casts)}: there are no pictures",
                         hint=f"endings of pictures are {', '.join(SUFFIXES)}")  # fmt: skip
    find_text, unchecked = text_finder(spec.text)
    eyes = Eyes(embedding(spec, threads), find_text)
    drafts = folder / ".drafts"
    found = []
    for number, cast in enumerate(casts):
        place = drafts / str(number)
        place.mkdir(parents=True)
        tell = partial(_tell, watch, seen, total)
        found.append(prepare_character(cast, spec, place, eyes, captioner, base, threads, tell))
        seen += len(cast.sources)
    manifest = _laid_out(found, spec, folder, base, [unchecked] if unchecked else [])
    shutil.rmtree(drafts)
    if not manifest.pictures:
        raise WorkFailed(
            f"not one of {total} pictures is left: {main_reason(manifest.rejected)}",
            hint="see what each was left out for with --json, or lower the limits",
        )
    finish(manifest, folder, base)
    return manifest


def _tell(watch: Watch, seen: int, total: int, done: int) -> None:
    watch(seen + done, total)


def _casts(folders: Sequence[Path]) -> list[Cast]:
    if not folders:
        raise CorruptInput(
            "no character was found, so there are no pictures to prepare: the notes in "
            f"{METADATA} say why, segmentation_summary.json in which shots nobody was seen",
            hint="a smaller min_cluster_size or min_size lets more count; or name another model",
        )
    casts = without_repeats([read_sources(folder) for folder in folders])
    names: dict[str, Cast] = {}
    for cast in casts:
        name = alike(folder_name(cast.name))
        if name in names:
            other = names[name]
            raise AskedWrongly(
                f"{cast.folder} ('{cast.name}') and {other.folder} ('{other.name}') would be one "
                f"folder, {folder_name(cast.name)}",
                hint="rename one of them",
            )
        names[name] = cast
    return casts


def _laid_out(
    found: Sequence[Prepared], spec: PrepareSpec, folder: Path, base: Path, not_checked: list[str]
) -> Manifest:
    """Split, balance and caption; write the layout."""
    aside = _split(found, spec.validation)
    pictures = [
        (picture_record(one, prepared, spec, base, one.source.scene in aside), one)
        for prepared in found
        for one in prepared.taken
    ]
    records = [record for record, _ in pictures]
    characters = character_records(found, records, spec, base)
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
        not_checked=not_checked,
    )


def _split(found: Sequence[Prepared], share: float) -> set[str]:
    """Return the scenes kept aside, the same ones for every character."""
    scenes = [one.source.scene for prepared in found for one in prepared.taken]
    return validation_scenes(scenes, share) if share else set()


def finish(manifest: Manifest, folder: Path, base: Path) -> None:
    """Write the pages, ``dataset_info.json``, and the manifest last."""
    write_info(manifest, folder)
    write_pages(manifest, folder)
    text = manifest.model_dump_json(indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
