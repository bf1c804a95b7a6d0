"""``animstudio dataset``: pictures in, sets to train with out, and what is wrong with a set."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from animstudio.cli import dataset_balance, dataset_inspect
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import show_table, write_json
from animstudio.dataset.spec import SetSpec, Target
from animstudio.kernel.errors import INTERRUPTED
from animstudio.kernel.machine import Machine
from animstudio.kernel.progress_views import board_for

app = App(name="dataset", help="Pictures in, sets to train with out; and what is wrong with a set.")
app.command(dataset_inspect.inspect)
app.command(dataset_inspect.dedup)
app.command(dataset_balance.balance)

Options = Annotated[SetSpec, Parameter(name="*", group="Set")]


@app.command
def prepare(
    folders: list[Path],
    /,
    *,
    out: Path,
    as_json: Json = False,
    options: Options = SetSpec(),
) -> int:
    """Make a set to train with of characters' pictures.

    For example:

        animstudio dataset prepare out/cluster --out luca_set
        animstudio dataset prepare pictures/luca pictures/alberto --out set --style onetrainer
        animstudio dataset prepare pictures/luca --out set --crop both --validation 0.1

    Parameters
    ----------
    folders
        A folder of pictures for each character, or one that has such folders.
    out
        The new set's folder. A set that this command made there is made anew.
    """
    from animstudio.dataset.info import info_of
    from animstudio.dataset.place import check_apart, new_folder
    from animstudio.dataset.prepare import prepare_dataset
    from animstudio.dataset.records import MANIFEST
    from animstudio.dataset.sources import character_folders
    from animstudio.dataset.spec import PrepareSpec
    from animstudio.media.threads import single_threaded

    single_threaded()
    check_apart(out, folders)
    found = [inner for folder in folders for inner in character_folders(folder)]
    spec = PrepareSpec(cluster_dirs=found, **options.model_dump())
    try:
        with watching("pictures") as watch, new_folder(out, ours=MANIFEST) as drafts:
            manifest = prepare_dataset(spec, drafts, base=out, threads=_threads(), watch=watch)
    except KeyboardInterrupt:
        say(f"interrupted: {out} is as it was; the same command begins anew")
        return INTERRUPTED
    info = info_of(manifest)
    if as_json:
        write_json(info)
        return 0
    rows = [
        [name, one["trigger"], str(one["train"]), str(one["validation"]), str(one["repeats"]),
         str(one["filtered"])]
        for name, one in info["characters"].items()
    ]  # fmt: skip
    show_table(["character", "trigger", "train", "validation", "repeats", "left out"], rows)
    for one in manifest.characters:
        if one.note:
            say(f"{one.name}: {one.note}")
    left = ", ".join(f"{count} {why}" for why, count in info["filtered"].items())
    say(f"left out: {left or 'none'}")
    for said in manifest.not_checked:
        say(said)
    say(f"{out / 'card.html'}")
    return 0


@app.command
def export(dataset: Path, out: Path, /, *, target: Target) -> None:
    """Write a prepared set in the layout of another trainer.

    For example:

        animstudio dataset export luca_set luca_hf --target imagefolder
        animstudio dataset export luca_set luca_onetrainer --target onetrainer

    Parameters
    ----------
    dataset
        A folder that `dataset prepare` wrote.
    out
        A folder that does not exist yet.
    target
        The layout.
    """
    from animstudio.dataset.export.targets import export_dataset

    count = export_dataset(dataset, target, out)
    say(f"{count} pictures for {target}: {out}")


def _threads() -> int:
    return max(1, int(Machine().cpus()))


@contextmanager
def watching(what: str) -> Iterator[dataset_inspect.Watch]:
    """Show how many pictures are done."""
    with dataset_inspect.watched(what, board_for(sys.stderr, os.environ)) as watch:
        yield watch
