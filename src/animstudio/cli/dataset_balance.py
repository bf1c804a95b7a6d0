"""``animstudio dataset balance``: how often each class is to be shown."""

from __future__ import annotations

from pathlib import Path

from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import show_table, write_json
from animstudio.dataset.names import shown, valid
from animstudio.kernel.errors import AskedWrongly


def balance(
    folder: Path,
    /,
    *,
    epochs: int = 10,
    batch_size: int = 1,
    steps: int | None = None,
    max_repeats: int = 20,
    as_json: Json = False,
) -> None:
    """Say how often each class should be repeated, and how many steps that takes.

    For example:

        animstudio dataset balance luca_set --epochs 10 --batch-size 2
        animstudio dataset balance luca_set --steps 2000

    Parameters
    ----------
    folder
        The set.
    epochs
        Epochs that are trained.
    batch_size
        Pictures a step.
    steps
        Steps that are wanted; the epochs are reckoned from them.
    max_repeats
        Repeats at most.
    """
    from animstudio.dataset.balance import epochs_for, reckon, repeats_for
    from animstudio.dataset.inspect.layout import read_layout

    if not folder.is_dir():
        raise AskedWrongly(f"{folder}: there is no such folder")
    if min(epochs, batch_size, max_repeats, steps or 1) < 1:
        raise AskedWrongly("--epochs, --batch-size, --steps and --max-repeats are 1 or more")
    layout = read_layout(folder)
    for path in layout.closed:
        say(f"{shown(str(path))}: may not be read, and was not counted")
    counts: dict[str, int] = {}
    for one in layout.pictures:
        if not one.group.startswith("validation"):
            counts[one.group] = counts.get(one.group, 0) + 1
    if not counts:
        raise AskedWrongly(f"{folder}: there are no pictures")
    repeats = repeats_for(counts, max_repeats)
    found = reckon(counts, repeats, epochs=epochs, batch_size=batch_size)
    if steps:
        epochs = epochs_for(found.pictures_per_epoch, batch_size, steps)
        found = reckon(counts, repeats, epochs=epochs, batch_size=batch_size)
    if as_json:
        write_json(
            {
                "classes": {
                    valid(name): {"pictures": counts[name], "repeats": repeats[name]}
                    for name in sorted(counts)
                },
                "steps_per_epoch": found.steps_per_epoch,
                "epochs": found.epochs,
                "total_steps": found.total,
                "imbalance": round(found.imbalance, 3),
            }
        )
        return
    rows = [[shown(name), str(counts[name]), str(layout.repeats.get(name, "")), str(repeats[name])]
            for name in sorted(counts)]  # fmt: skip
    show_table(["class", "pictures", "repeats now", "repeats"], rows)
    say(f"{found.steps_per_epoch} steps an epoch, {found.epochs} epochs: {found.total} steps")
