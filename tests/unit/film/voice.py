"""A voice made of sines: a pitch that sways and the formants of three vowels, four a second.

Silero's network takes it for speech, and it is the same on every machine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
_FORMANTS = np.array([[730, 1090, 2440], [270, 2290, 3010], [300, 870, 2240]])


def voice(seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    time = np.arange(round(rate * seconds)) / rate
    pitch = 120 + 25 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    formants = _FORMANTS[np.floor(time * 4).astype(int) % 3]
    sound = np.zeros(len(time))
    for harmonic in range(1, 30):
        distances = (harmonic * pitch[:, None] - formants) / 90
        gain = (np.array([1, 0.5, 0.2]) / (1 + distances**2)).sum(axis=1)
        sound += gain * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(np.pi * (time * 4 % 1)) * 1.6, 0, 1)
    return (0.15 * sound * syllables).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    return np.zeros(round(rate * seconds), np.float32)
