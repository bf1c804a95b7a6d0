"""The runs behind ``animstudio characters`` and ``animstudio gpu segment``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from animstudio.characters.cast import CAST
from animstudio.characters.cast_file import cast_of
from animstudio.characters.clustering import RecogniseSpec, check_embedders
from animstudio.characters.merged import SUMMARY
from animstudio.characters.records import SegmentationSummary, read_record
from animstudio.characters.references import reference_files
from animstudio.characters.segmentation import FindSpec, check_models
from animstudio.cli.characters_show import show_found
from animstudio.cli.outcome import say
from animstudio.cli.pipeline_run import carry_out
from animstudio.cli.pipeline_show import show_outcome
from animstudio.film.extracted import film_folders
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.guard import GuardSpec
from animstudio.kernel.settings import read_settings
from animstudio.media.find import EXTENSIONS
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.recipe.model import Recipe, Reference, StageNode


def find_in(
    place: Path, output: Path, spec: FindSpec, *,
    pace: PaceSpec, guard: GuardSpec, fresh: bool, as_json: bool,
) -> int:  # fmt: skip
    """Run extraction, where there are films, then segmentation and its summary."""
    if not place.exists():
        raise AskedWrongly(f"{place}: there is no such file or folder")
    check_models(spec)
    nodes: list[StageNode] = []
    source: Any = str(place.absolute())
    depends: tuple[str, ...] = ()
    if place.is_file() or (not film_folders(place) and _has_films(place)):
        nodes.append(StageNode("extract", "frame_extraction", {"input_dir": source}))
        source, depends = Reference("extract", "output_dir"), ("extract",)
    options = spec.model_dump(mode="json", exclude_none=True)
    nodes.append(StageNode("segment", "segmentation", {**options, "frames_dir": source}, depends))
    folder = Reference("segment", "character_dir")
    nodes.append(
        StageNode("summary", "segmentation_summary", {"character_dir": folder}, ("segment",))
    )
    code = _run("characters", output, tuple(nodes), pace, guard, fresh=fresh, as_json=as_json)
    summary = output / "segment" / "character_dir" / SUMMARY
    if code == 0 and not as_json:
        show_found(read_record(SegmentationSummary, summary))
    return code


def cluster_in(
    output: Path, spec: RecogniseSpec, *,
    pace: PaceSpec, guard: GuardSpec, fresh: bool, as_json: bool,
) -> int:  # fmt: skip
    """Run clustering on what `find_in` left."""
    folder = output.absolute() / "segment" / "character_dir"
    if not folder.is_dir():
        raise AskedWrongly(
            f"{output}: no characters were found there yet",
            hint=f"animstudio characters find FILMS {output}",
        )
    check_embedders(spec)
    cast_of(spec.cast, output)  # what is wrong in it is told before anything runs
    if spec.references:
        reference_files(spec.references)
    options = spec.model_dump(mode="json", exclude_defaults=True)
    for name in ("references", "cast", "models_dir"):
        if options.get(name):
            options[name] = str(Path(options[name]).absolute())
    node = StageNode("cluster", "clustering", {**options, "instances_dir": str(folder)})
    before = _kept(output)
    code = _run("cast", output, (node,), pace, guard, fresh=fresh, as_json=as_json)
    for file in sorted(_kept(output) - before):
        say(f"{output / 'cluster' / CAST} is made anew by every run; your edits are in {file}: "
            f"to have them heeded, move them to {output / CAST}")  # fmt: skip
    return code


def _kept(output: Path) -> set[Path]:
    """Return what the run set aside of the cast as it was found, since somebody edited it."""
    return set((output / "cluster").glob(f"{CAST}.kept*"))


def _has_films(place: Path) -> bool:
    return any(path.name.lower().endswith(EXTENSIONS) for path in place.rglob("*"))


def _run(
    name: str, output: Path, nodes: tuple[StageNode, ...], pace: PaceSpec, guard: GuardSpec, *,
    fresh: bool, as_json: bool,
) -> int:  # fmt: skip
    root = output.absolute()
    machine = read_settings(cwd=Path.cwd(), environment=os.environ)
    outcome = carry_out(
        Recipe(name, 1, nodes, folder=Path.cwd()), root, machine=machine,
        home=root / "checkpoints" / name, pace=pace, guard=guard,
        fresh=[node.id for node in nodes] if fresh else (), retry_failed=False, wait=0.0,
        level="INFO", as_json=False, notify=(),
    )  # fmt: skip
    show_outcome(outcome, as_json=as_json)
    return 0 if outcome.complete else 1
