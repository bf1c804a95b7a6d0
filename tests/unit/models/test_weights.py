"""Folders of weights as people copy them: half, twice, of another model, or not readable."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from animstudio.kernel.errors import AskedWrongly
from animstudio.models import registry
from animstudio.models.registry import MODELS, Host, build_embedder, model, weights_digest

TENSORS = {"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}


def safetensors(head: object = TENSORS, body: bytes = bytes(16)) -> bytes:
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text + body


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A folder of CLIP's weights that is whole, as far as its files tell."""
    folder = tmp_path / "clip"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "clip"}')
    (folder / "model.safetensors").write_bytes(safetensors())
    return folder


def said(folder: Path) -> str:
    with pytest.raises(AskedWrongly) as error:
        weights_digest("embedder", "clip", Host(folder.parent))
    return error.value.message


def test_a_whole_folder_is_taken(clip: Path) -> None:
    assert model("embedder", "clip").folder(Host(clip.parent)) == clip
    (clip / "config.json").write_text('{"model_type": "clip_vision_model"}')
    assert model("embedder", "clip").folder(Host(clip.parent)) == clip


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (safetensors()[:-4], "82 bytes of 86 are there"),
        (safetensors() + b"x", "87 bytes of 86 are there"),
        (b"", "these are no safetensors"),
        (safetensors()[:40], "these are no safetensors"),
        (b"version https://git-lfs.github.com/spec/v1\n", "these are no safetensors"),
        (safetensors([1]), "these are no safetensors"),
        (safetensors({"a": {}}), "these are no safetensors"),
    ],
    ids=["short", "long", "empty", "head", "pointer", "list", "nowhere"],
)
def test_half_copied_weights_are_refused(clip: Path, content: bytes, what: str) -> None:
    (clip / "model.safetensors").write_bytes(content)
    assert f"model.safetensors: {what}" in said(clip)


def test_pickles_are_never_opened(clip: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return Path.touch, (clip / "sprung",)  # type: ignore[return-value]

    (clip / "model.safetensors").unlink()
    (clip / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    assert "pytorch_model.bin: pickled weights are not opened" in said(clip)
    with pytest.raises(AskedWrongly, match="pickled weights"):
        build_embedder("clip", Host(clip.parent))
    assert not (clip / "sprung").exists()


def test_a_pickle_beside_safetensors_does_no_harm(clip: Path) -> None:
    (clip / "pytorch_model.bin").write_bytes(b"whatever")
    assert model("embedder", "clip").folder(Host(clip.parent)) == clip


def test_parts_are_all_there_or_the_missing_one_is_named(clip: Path) -> None:
    (clip / "model.safetensors").rename(clip / "model-00001-of-00002.safetensors")
    parts = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    index = clip / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": parts}))
    assert "model-00002-of-00002.safetensors: it is named in" in said(clip)
    (clip / parts["b"]).write_bytes(safetensors())
    assert weights_digest("embedder", "clip", Host(clip.parent))
    for text in ("{}", '{"weight_map": {"a": ["b"]}}', '{"weight_map": {"a": 1, "b": "c"}}'):
        index.write_text(text)
        assert "it names no files" in said(clip)


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ('{"model_type": "dinov2"}', "a model of type 'dinov2', and 'clip' is of type 'clip'"),
        ('{"model_type": "clipseg"}', "a model of type 'clipseg'"),
        ("{}", "a model of type 'None'"),
        ('{"model_type": ', "this is no JSON"),
        ("[]", "this is no JSON object"),
        ("[" * 100_000, "this is no JSON"),
    ],
)
def test_another_model_is_refused(clip: Path, config: str, what: str) -> None:
    (clip / "config.json").write_text(config)
    assert what in said(clip)


def test_what_is_missing_is_named(clip: Path) -> None:
    (clip / "model.safetensors").unlink()
    assert "there is no model.safetensors" in said(clip)
    (clip / "model.safetensors").write_bytes(safetensors())
    (clip / "config.json").unlink()
    assert "there is no config.json" in said(clip)


def test_what_may_not_be_read_is_named(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as somebody who may read everything."""

    def refuse(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied", str(clip / "model.safetensors"))

    with monkeypatch.context() as patch:
        patch.setattr(registry, "sha256", refuse)
        registry._content.cache_clear()
        assert "cannot be read: Permission denied" in said(clip)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "is_file", refuse)
        assert f"{clip}: cannot be read: Permission denied" in said(clip)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        assert "model.safetensors: cannot be read: Permission denied" in said(clip)


def test_every_model_with_weights_says_of_which_family_they_are() -> None:
    assert all(one.families for one in MODELS if one.weights)
