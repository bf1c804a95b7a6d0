"""Runs that are looked at: found by a name or a folder, and read from what they wrote."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.follow import read
from animstudio.pipeline.account import Account
from animstudio.pipeline.runs import RunRecord, as_it_is, find_run, list_runs


def run_named(state: Path, name: str | None) -> RunRecord:
    """Return a run by its id, or the latest of a recipe or in an output or checkpoint folder.

    None is the latest run of this user. Raises AskedWrongly where there is none.
    """
    if name is None:
        if not (latest := list_runs(state, limit=1)):
            raise AskedWrongly("there is no run yet", hint="animstudio pipeline run RECIPE")
        return latest[0]
    path = Path(name)
    if path.is_dir():
        if (found := latest_in(path)) is None:
            raise AskedWrongly(f"{name}: no run has worked in this folder")
        return found
    if path.is_file():
        source = path.absolute()
        for run in list_runs(state):
            if run.source and Path(run.source).absolute() == source:
                return run
        raise AskedWrongly(f"{name}: this recipe was not run yet",
                           hint=f"animstudio pipeline run {name}")  # fmt: skip
    return find_run(state, name)


def latest_in(folder: Path) -> RunRecord | None:
    """Return the latest run in an output folder, a checkpoint folder, or a run's own."""
    places = [folder, *_subfolders(folder / "checkpoints" / "runs"), *_subfolders(folder / "runs")]
    found = [run for place in places if (run := _record(place)) is not None]
    return max(found, key=lambda run: (run.started, run.id), default=None)


def account_of(run: RunRecord) -> Account:
    """Return how far a run got, or is."""
    account = Account()
    for event in read(run.events):
        account.take(event)
    return account


def _subfolders(folder: Path) -> list[Path]:
    """Return the last few: ids begin with the date."""
    return sorted(folder.iterdir())[-5:] if folder.is_dir() else []


def _record(folder: Path) -> RunRecord | None:
    try:
        run = RunRecord.model_validate_json((folder / "run.json").read_bytes())
    except (OSError, ValidationError):
        return None
    if run.folder.absolute() != folder.absolute():  # the output folder was moved or copied
        run = run.model_copy(update={"home": str(folder.absolute().parents[1])})
    return as_it_is(run)
