"""``animstudio characters``: found, recognised, looked over and corrected."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from animstudio.characters.cast import CAST
from animstudio.characters.cluster_records import METADATA, ClusteringMetadata
from animstudio.characters.clustering import RecogniseSpec
from animstudio.characters.records import read_record
from animstudio.characters.segmentation import FindSpec
from animstudio.cli.characters_run import cluster_in, find_in
from animstudio.cli.characters_show import show_cast, show_sheets
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json, Limits, Resume
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.files import write_atomic
from animstudio.kernel.guard import GuardSpec
from animstudio.pipeline.pace import PaceSpec

app = App(name="characters", help="Find the characters of films, and say who is who.")

Pace = Annotated[PaceSpec, Parameter(name="*", group="Pace")]
Find = Annotated[FindSpec, Parameter(name="*", group="Finding")]
Recognise = Annotated[RecogniseSpec, Parameter(name="*", group="Recognising")]
Fresh = Annotated[bool, Parameter(negative="", help="Begin anew, whatever stands.")]


@app.command
def find(
    input: Path,
    output: Path,
    *,
    resume: Resume = True,
    fresh: Fresh = False,
    as_json: Json = False,
    spec: Find = FindSpec(),
    pace: Pace = PaceSpec(),
    guard: Limits = GuardSpec(),
) -> int:
    """Find the characters of films, follow them through every shot, and cut them out.

    For example:

        animstudio characters find films out
        animstudio characters find out/extract out --model sam2_hiera_base

    Parameters
    ----------
    input
        Films, what frame_extraction made of them, or a folder with pictures.
    output
        The output folder; results are in `segment/character_dir`.
    """
    return find_in(input, output, spec, pace=pace, guard=guard, fresh=fresh, as_json=as_json)


@app.command
def cluster(
    output: Path,
    *,
    resume: Resume = True,
    fresh: Fresh = False,
    as_json: Json = False,
    spec: Recognise = RecogniseSpec(),
    pace: Pace = PaceSpec(),
    guard: Limits = GuardSpec(),
) -> int:
    """Say who is who among the characters that were found; heed the cast where there is one.

    The cast is `characters.yaml` in the output folder: `animstudio characters cast` writes it, to
    be edited, and what it says binds every later run.

    For example:

        animstudio characters cluster out
        animstudio characters cluster out --method kmeans --fixed-k 4 --references stills

    Parameters
    ----------
    output
        The output folder of `animstudio characters find`.
    """
    code = cluster_in(output, spec, pace=pace, guard=guard, fresh=fresh, as_json=as_json)
    if code != 0 or as_json:
        return code
    found = read_record(ClusteringMetadata, output / "cluster" / METADATA)
    show_cast(found)
    if found.tracks and not (output / CAST).exists():
        say(f"to correct it: animstudio characters cast {output}, then edit {output / CAST}")
    return code


@app.command
def cast(output: Path) -> None:
    """Write the cast as it was found to `characters.yaml`, to be edited.

    For example:

        animstudio characters cast out

    Parameters
    ----------
    output
        The output folder of `animstudio characters cluster`.
    """
    found, target = output / "cluster" / CAST, output / CAST
    if not found.is_file():
        raise AskedWrongly(f"{output}: no characters were recognised there yet",
                           hint=f"animstudio characters cluster {output}")  # fmt: skip
    if target.exists():
        raise AskedWrongly(f"{target} is there already; what it says is heeded")
    write_atomic(target, found.read_bytes())
    sys.stdout.write(f"{target}\n")


@app.command
def sheet(output: Path, name: str | None = None, *, as_json: Json = False) -> None:
    """Say where the contact sheets are, and which tracks are worth a look.

    For example:

        animstudio characters sheet out
        animstudio characters sheet out character_01

    Parameters
    ----------
    output
        The output folder of `animstudio characters cluster`.
    name
        One character, or noise; all unless given.
    """
    show_sheets(output / "cluster", name, as_json=as_json)
