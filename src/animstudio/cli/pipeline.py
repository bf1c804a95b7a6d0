"""``animstudio pipeline``: recipes checked, planned, run, explained, cleaned up."""

from __future__ import annotations

import gc as gc_
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from animstudio.catalog import stages
from animstudio.cli import pipeline_show as show
from animstudio.cli.outcome import say
from animstudio.cli.pipeline_recipe import Asked, output_folder, read
from animstudio.cli.switches import Json, Limits, Resume
from animstudio.cli.tables import write_json
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.guard import GuardSpec
from animstudio.kernel.settings import Settings, read_settings
from animstudio.kernel.sizes import parse_size
from animstudio.pipeline import api
from animstudio.pipeline.collect import collect_garbage
from animstudio.pipeline.drawing import dot, mermaid
from animstudio.pipeline.graph_svg import graph_svg
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.past import account_of, latest_in
from animstudio.pipeline.recipe.problems import InvalidRecipe
from animstudio.pipeline.recipe.schema import recipe_schema
from animstudio.pipeline.sweeps import no_sweeps

app = App(name="pipeline", help="Run recipes: stages over films that go on after anything.")

Sets = Annotated[
    list[str],
    Parameter(name="--set", negative="", help="A parameter of the recipe, as NAME=VALUE."),
]
Params = Annotated[Path | None, Parameter(help="A YAML file with parameters of the recipe.")]
Output = Annotated[
    Path | None,
    Parameter(
        help="The output folder of a recipe that has no parameter `output`; the working "
        "folder unless given."
    ),
]
Checkpoints = Annotated[
    Path | None,
    Parameter(help="Where the journal and the runs are kept; in the output folder unless given."),
]
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


@app.command
def validate(config: Path, *, sets: Sets = [], params: Params = None, as_json: Json = False) -> int:  # noqa: B006
    """Check a recipe, and say everything that is wrong with it, each with its line.

    Relative paths count from the working folder.

    For example:

        animstudio pipeline validate recipe.yaml
        animstudio pipeline validate --config recipe.yaml --set film=coco

    Parameters
    ----------
    config
        The recipe, a YAML file.
    """
    try:
        recipe = read(Asked(config, sets, params))
    except InvalidRecipe as invalid:
        if as_json:
            write_json({"valid": False, "problems": invalid.records()})
        raise
    if as_json:
        write_json({"valid": True, "pipeline": recipe.name, "stages": len(recipe.stages)})
    else:
        count = len(recipe.stages)
        sys.stdout.write(f"{config}: {count} stage{'' if count == 1 else 's'}, nothing wrong\n")
    return 0


@app.command
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
        gc_.freeze()  # the command ends, and all that it made with it: nothing to look through
    return 0


@app.command
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


@app.command
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
    show.show_outcome(outcome, as_json=as_json)
    return 0 if outcome.complete else 1


@app.command
def status(
    pipeline_id: str,
    *,
    follow: Annotated[bool, Parameter(negative="")] = False,
    as_json: Json = False,
) -> int:
    """Show how a run is, live or past: what was made, what is at work, what failed and why.

    For example:

        animstudio pipeline status 20260301-221500-a1b2c3
        animstudio pipeline status 20260301 --follow
        animstudio pipeline status --pipeline-id 20260301

    Parameters
    ----------
    pipeline_id
        The run's id, or its beginning; see `animstudio pipeline list`.
    follow
        Show a live run as `run` does, until it ends; with --json its events, a line each, and
        the status as the last line.
    """
    if follow:
        from animstudio.cli.pipeline_run import follow_run

        if code := follow_run(_state(), pipeline_id, as_json=as_json):
            return code
    show.show_status(api.status_of(_state(), pipeline_id), as_json=as_json, line=follow)
    return 0


@app.command(name="list")
def list_(*, limit: int = 20, as_json: Json = False) -> None:
    """Show the latest runs, live and past.

    Parameters
    ----------
    limit
        Runs at most.
    """
    show.show_runs(api.list_runs(_state(), limit=limit), as_json=as_json)


@app.command
def report(run: str | None = None, *, file: Path | None = None) -> None:
    """Write what a run did as one HTML file: when, what, why, what failed; live runs too.

    For example:

        animstudio pipeline report
        animstudio pipeline report recipe.yaml --file tonight.html

    Parameters
    ----------
    run
        The run's id or its beginning, a recipe, or an output folder; the latest run unless given.
    file
        Where the report goes; beside the run's events unless given.
    """
    from animstudio.cli.pipeline_report import write_report

    sys.stdout.write(f"{write_report(_state(), run, file)}\n")


@app.command
def cancel(pipeline_id: str) -> None:
    """End a live run cleanly. What was made stays, and the same command goes on from there.

    Parameters
    ----------
    pipeline_id
        The run's id, or its beginning.
    """
    ended = api.cancel_run(_state(), pipeline_id)
    say(f"run {ended.id} ended; what was made is kept")


@app.command
def graph(
    config: Path,
    *,
    format: Literal["mermaid", "dot", "svg"] = "mermaid",
    sets: Sets = [],  # noqa: B006
    params: Params = None,
    output: Output = None,
    checkpoint_dir: Checkpoints = None,
) -> None:
    """Write which stage needs which: for Mermaid, for Graphviz, or as a picture.

    A picture shows what became of every stage in the latest run, if there was one.

    For example:

        animstudio pipeline graph recipe.yaml --format svg > recipe.svg
        animstudio pipeline graph recipe.yaml --format dot | dot -Tpdf > recipe.pdf

    Parameters
    ----------
    config
        The recipe, a YAML file.
    format
        In which language.
    """
    recipe = read(Asked(config, sets, params))
    if format == "svg":
        run = latest_in(checkpoint_dir or output_folder(recipe, output))
        accounts = account_of(run).stages if run else None
        sys.stdout.write(graph_svg(recipe.name, recipe.stages, accounts) + "\n")
        return
    sys.stdout.write(mermaid(recipe) if format == "mermaid" else dot(recipe))


@app.command
def schema() -> None:
    """Write the JSON Schema of recipes, by which an editor completes and checks them.

    It knows every stage type that is installed here, also those of other packages.

    For example:

        animstudio pipeline schema > recipe.schema.json
    """
    write_json(recipe_schema(stages()))


@app.command
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


def _state() -> Path:
    return _machine().state


def _machine() -> Settings:
    return read_settings(cwd=Path.cwd(), environment=os.environ)
