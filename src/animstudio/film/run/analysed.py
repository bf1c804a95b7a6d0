"""Which analysis of a film stands: of one content, and of the shots that stand."""

from __future__ import annotations

from pathlib import Path

from animstudio.film.run.paths import FilmPaths
from animstudio.film.run.specs import Item
from animstudio.kernel.digests import DigestCache
from animstudio.kernel.ledger import Ledger


def analysed(out: Path, film: str, cache: DigestCache | None = None) -> dict[Item, Path]:
    """Return the JSON files of a film's analysis that are unharmed and tell of the same shots.

    Stage 1 run again with other options leaves the files of stage 2 lying; those tell of shots
    that there are no more, and are left out.
    """
    ledger, paths = Ledger(out), FilmPaths(film)
    scenes = ledger.read(paths.item("scenes"))
    frames = ledger.read(paths.item("frames")) or scenes
    if frames is None:
        return {}
    film_digest = frames.key.inputs["film"]
    shots = frames.key.inputs.get("shots") or _shots(ledger, paths)
    found: dict[Item, Path] = {}
    places: dict[Item, str] = {
        "scenes": paths.scenes("json"),
        "camera": paths.camera,
        "composition": paths.composition,
        "sound": paths.sound,
    }
    for item, place in places.items():
        manifest = ledger.read(paths.item(item))
        if manifest is None or ledger.harm(paths.item(item), cache):
            continue
        of_these = _shots(ledger, paths) if item == "scenes" else manifest.key.inputs.get("shots")
        if manifest.key.inputs["film"] == film_digest and (item == "sound" or of_these == shots):
            found[item] = out / place
    return found


def _shots(ledger: Ledger, paths: FilmPaths) -> str | None:
    """Return the options of the shot list as the items made from it name them."""
    scenes = ledger.read(paths.item("scenes"))
    return f"{scenes.key.version}:{scenes.key.spec}" if scenes else None
