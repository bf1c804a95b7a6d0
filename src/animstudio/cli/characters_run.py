"""The runs behind ``animstudio characters`` and ``animstudio gpu segment``, and what they show."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from animstudio.characters.clustering import METADATA, RecogniseSpec
from animstudio.characters.records import ClusteringMetadata, read_record
from animstudio.characters.segmentation import FindSpec, check_models
from animstudio.cli.pipeline_run import carry_out
from animstudio.cli.pipeline_show import show_outcome
from animstudio.cli.tables import show_line, show_table, write_json
from animstudio.film.extracted import film_folders
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.kernel.guard import GuardSpec
from animstudio.kernel.settings import read_settings
from animstudio.media.find import EXTENSIONS
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.recipe.model import Recipe, Reference, StageNode

UNSURE = 0.05
"""Margins below this are worth a look."""


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
    return _run("characters", output, tuple(nodes), pace, guard, fresh=fresh, as_json=as_json)


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
    options = spec.model_dump(mode="json", exclude_defaults=True)
    for name in ("references", "cast", "models_dir"):
        if options.get(name):
            options[name] = str(Path(options[name]).absolute())
    node = StageNode("cluster", "clustering", {**options, "instances_dir": str(folder)})
    return _run("cast", output, (node,), pace, guard, fresh=fresh, as_json=as_json)


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


def show_cast(found: ClusteringMetadata) -> None:
    """Write who was recognised."""
    rows = [
        [c.name, str(c.instances), str(c.tracks), str(c.shots), f"{c.cohesion:.2f}"]
        for c in found.characters
    ]
    if rows:
        show_table(["character", "pictures", "tracks", "shots", "cohesion"], rows)
    if found.noise_tracks:
        show_line(f"nobody's: {found.noise_instances} pictures of {found.noise_tracks} tracks")
    for name in found.unseen:
        show_line(f"{name}: in no shot")
    for note in found.notes:
        show_line(note)


def show_sheets(folder: Path, name: str | None, *, as_json: bool) -> None:
    """Write where the contact sheets lie, and the tracks that are unsure."""
    if not (folder / METADATA).is_file():
        raise AskedWrongly(f"{folder}: no characters were recognised there yet",
                           hint=f"animstudio characters cluster {folder.parent}")  # fmt: skip
    found = read_record(ClusteringMetadata, folder / METADATA)
    names = [character.name for character in found.characters]
    if name is not None and name not in names:
        raise AskedWrongly(f"no character '{name}'{nearest(name, names)}")
    chosen = [name] if name else names
    unsure = [v for v in found.tracks if v.character in chosen and v.margin < UNSURE]
    if as_json:
        write_json({
            "sheets": {one: str(folder / one / "contact_sheet.html") for one in chosen},
            "unsure": [v.model_dump(mode="json") for v in unsure],
        })  # fmt: skip
        return
    for one in chosen:
        show_line(f"{one}: {folder / one / 'contact_sheet.html'}")
    for verdict in unsure:
        show_line(f"worth a look: {verdict.track} ({verdict.character}, {verdict.margin:.2f})")
