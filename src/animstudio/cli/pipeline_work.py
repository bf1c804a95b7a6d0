"""A recipe over its output folder: ``animstudio pipeline plan``, ``why``, ``run`` and ``gc``."""

from __future__ import annotations

import gc as memory
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from animstudio.cli import pipeline_plans as show
from animstudio.cli.pipeline_recipe import (
    Asked,
    Checkpoints,
    Output,
    Params,
    Sets,
    output_folder,
    read,
)
from animstudio.cli.switches import Json, Limits, Resume
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.guard import GuardSpec
from animstudio.kernel.settings import Settings, read_settings
from animstudio.kernel.sizes import parse_size
from animstudio.pipeline import api
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.sweeps import no_sweeps

Fresh = Annotated[
    list[str],
    Parameter(consume_multiple=True, negative="", help="Stages that are made again."),
]
Retry = Annotated[
    bool, Parameter(negative="", help="Try also what failed for its input, which is the same.")
]
Notify = Annotated[
    list[str],
    Parameter(
        negative="", help="An address that is told how the run ended, such as mailto://... or "
        "https://discord.com/api/webhooks/...; see appriseit.com. May be repeated."
    ),
]  # fmt: skip
Pace = Annotated[PaceSpec, Parameter(name="*", group="Pace")]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def plan(
    config: Path,
    *,
    sets: Sets = [],  # noqa: B006
    params: Params = None,
    output: Output = None,
    checkpoint_dir: Checkpoints = None,
    fresh: Fresh = [],  # noqa: B006
    retry_failed: Retry = False,
    as_json: Json = False,
) -> int:
    """Say what a run would do now, stage by stage, why, and about what it costs. Writes nothing.

    For example:

        animstudio pipeline plan recipe.yaml

    Parameters
    ----------
    config
        The recipe, a YAML file.
    """
    with no_sweeps():
        recipe = read(Asked(config, sets, params))
        found = api.plan_recipe(
            recipe, output_folder(recipe, output), home=checkpoint_dir, fresh=fresh,
            retry_failed=retry_failed,
        )  # fmt: skip
        show.show_plan(found, as_json=as_json)
        memory.freeze()  # the command ends, and all that it made with it: nothing to look through
    return 0


def why(
    config: Path,
    stage: str,
    item: str | None = None,
    *,
    sets: Sets = [],  # noqa: B006
    params: Params = None,
    output: Output = None,
    checkpoint_dir: Checkpoints = None,
    as_json: Json = False,
) -> None:
    """Say why the items of a stage would be made or reused, and what they were made from.

    For example:

        animstudio pipeline why recipe.yaml sheet
        animstudio pipeline why recipe.yaml thumbs luca.png

    Parameters
    ----------
    config
        The recipe, a YAML file.
    stage
        The stage's id.
    item
        One of its items; all of them unless given.
    """
    recipe = read(Asked(config, sets, params))
    root = output_folder(recipe, output)
    found = api.explain(recipe, root, stage, item, home=checkpoint_dir)
    show.show_why(found, as_json=as_json)


def run(
    config: Path,
    *,
    sets: Sets = [],  # noqa: B006
    params: Params = None,
    output: Output = None,
    checkpoint_dir: Checkpoints = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    max_parallel: int | None = None,
    fresh: Fresh = [],  # noqa: B006
    retry_failed: Retry = False,
    checkpoint: bool = True,
    resume: Resume = True,
    wait: float = 0.0,
    log_level: Level = "INFO",
    notify: Notify = [],  # noqa: B006
    as_json: Json = False,
    pace: Pace = PaceSpec(),
    guard: Limits = GuardSpec(),
) -> int:
    """Run a recipe; run again, it does only what changed or failed.

    What stands is never made twice, whatever ended the run before. An item that fails is set
    aside, and all that does not need it goes on. Relative paths count from the working folder.
    With --json every event is a line on stdout, as it comes, and the last line is the outcome.

    For example:

        animstudio pipeline run recipe.yaml
        animstudio pipeline run --config recipe.yaml --set film=coco --max-parallel 4
        animstudio pipeline run recipe.yaml --dry-run

    Parameters
    ----------
    config
        The recipe, a YAML file.
    dry_run
        Say what would be done, as `plan` does, and do nothing.
    max_parallel
        Items made at once; the same as --workers.
    checkpoint
        Reuse what stands; with --no-checkpoint every stage is made again.
    wait
        Seconds to wait for another run on the same output folder.
    log_level
        DEBUG tells of every item, INFO how far it is, WARNING and ERROR of what is wrong.
    """
    from animstudio.cli.pipeline_run import carry_out, paced
    from animstudio.cli.pipeline_show import show_outcome

    recipe = read(Asked(config, sets, params))
    root = output_folder(recipe, output)
    again: Sequence[str] = fresh if checkpoint else [node.id for node in recipe.stages]
    if dry_run:
        found = api.plan_recipe(
            recipe, root, home=checkpoint_dir, fresh=again, retry_failed=retry_failed
        )
        show.show_plan(found, as_json=as_json)
        return 0
    outcome = carry_out(
        recipe, root, machine=_machine(), home=checkpoint_dir, pace=paced(pace, max_parallel),
        guard=guard, fresh=again, retry_failed=retry_failed, wait=wait, level=log_level,
        as_json=as_json, notify=notify,
    )  # fmt: skip
    show_outcome(outcome, as_json=as_json)
    return 0 if outcome.complete else 1


def gc(
    config: Path,
    *,
    quota: str | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    sets: Sets = [],  # noqa: B006
    params: Params = None,
    output: Output = None,
    checkpoint_dir: Checkpoints = None,
    as_json: Json = False,
) -> None:
    """Delete what nobody needs: leftovers of killed runs, and temporary files that are used up.

    With a quota also results of stages that the recipe does not have any more, the oldest first.
    A file that was changed since it was made is never deleted.

    For example:

        animstudio pipeline gc recipe.yaml --quota 200G --dry-run

    Parameters
    ----------
    config
        The recipe, a YAML file.
    quota
        How much all results may take, such as 200G; no limit unless given.
    dry_run
        Say what would go, and delete nothing.
    """
    from animstudio.pipeline.collect import collect_garbage

    recipe = read(Asked(config, sets, params))
    try:
        size = parse_size(quota)
    except ValueError as error:
        raise AskedWrongly(f"--quota {quota}: {error}") from error
    collected = collect_garbage(
        recipe, output_folder(recipe, output), home=checkpoint_dir,
        quota=size if isinstance(size, int) else None, dry=dry_run,
    )  # fmt: skip
    show.show_collected(collected, dry=dry_run, as_json=as_json)


def _machine() -> Settings:
    return read_settings(cwd=Path.cwd(), environment=os.environ)
