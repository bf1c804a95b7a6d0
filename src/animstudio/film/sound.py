"""The sound of a film: a WAV, how loud it is, and where somebody speaks. One pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from animstudio.film.loudness import CURVE_STEP, Floats, LoudnessMeter
from animstudio.film.silero import RATE, Silero
from animstudio.film.speech import Span, SpeechSpec, find_speech
from animstudio.kernel.spec import Count
from animstudio.media.samples import Resampler, from_16_bits, mono, to_16_bits
from animstudio.media.sound import SoundStream, open_sound
from animstudio.media.tracks import SoundTrack
from animstudio.media.wav import WavWriter

Rate = Annotated[int, Field(ge=4_000, le=384_000)]


class SoundSpec(SpeechSpec):
    """Which sound is taken, and how."""

    audio_rate: Rate | Literal["source"] = 16_000
    """Samples a second of the WAV, mono; `source` keeps the film's own rate and channels, for
    voice work."""
    track: Count | None = None
    """The sound track, counted from 0. Left out: the one the film marks as its default."""
    speech: bool = True
    """Find where somebody speaks."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A film's sound as it was heard. Second 0 is the film's first picture.

    track, tracks:   the number of the track taken, and what the container says of all.
    source_rate, source_channels: what the track really holds.
    rate, channels:  what the WAV holds (16 bits).
    seconds:         the WAV's length.
    start:           seconds of silence at the beginning, before the sound sets in.
    loudness_lufs:   integrated loudness (BS.1770-4); None for silence.
    loudness_curve:  momentary LUFS every `curve_step` seconds, -70 and up.
    peak_dbfs:       the highest sample; None for digital silence.
    speech:          the spans in which somebody speaks; None when not asked for.
    missing:         the share 0-1 of the sound that is lost and replaced by silence, or cut off.
    corrupt_packets: packets that did not decode.
    """

    track: int
    tracks: tuple[SoundTrack, ...]
    source_rate: int
    source_channels: tuple[str, ...]
    rate: int
    channels: int
    seconds: float
    start: float
    loudness_lufs: float | None
    loudness_curve: tuple[float, ...]
    peak_dbfs: float | None
    speech: tuple[Span, ...] | None
    missing: float
    corrupt_packets: int
    curve_step: float = CURVE_STEP

    @property
    def speech_share(self) -> float | None:
        """The share 0-1 of the WAV in which somebody speaks; None when not asked for."""
        if self.speech is None:
            return None
        spoken = sum(span.end - span.start for span in self.speech)
        return spoken / self.seconds if self.seconds else 0.0

    def as_record(self) -> dict[str, object]:
        """Return it as JSON knows it: milliseconds, tenths of a decibel."""
        record: dict[str, object] = asdict(self)
        record["speech"] = (
            None
            if self.speech is None
            else [
                {"start": round(span.start, 3), "end": round(span.end, 3)} for span in self.speech
            ]
        )
        record["tracks"] = [asdict(track) for track in self.tracks]
        record["source_channels"] = list(self.source_channels)
        record["loudness_curve"] = [round(value, 1) for value in self.loudness_curve]
        for name, digits in _DIGITS.items():
            value = getattr(self, name)
            record[name] = None if value is None else round(value, digits)
        return record


_DIGITS = {
    "seconds": 3,
    "start": 3,
    "loudness_lufs": 2,
    "peak_dbfs": 2,
    "speech_share": 4,
    "missing": 6,
}


def extract_sound(
    film: Path,
    wav: Path,
    spec: SoundSpec = SoundSpec(),
    *,
    zero: Fraction | None = None,
) -> Sound | None:
    """Write a film's sound to `wav` and say what it holds; None, and no file, for a silent film.

    Only the sound's packets are decoded, once, and no more than seconds of it are in memory.
    `zero` is the first picture's time on the container's clock, for those who know it already;
    otherwise one picture is decoded to find it.

    Raises UnreadableFilm, AskedWrongly for a track the film has not, WorkFailed for one that does
    not decode; then, as after any error, no WAV is left behind.
    """
    with open_sound(film, spec.track, zero) as source:
        if source is None:
            return None
        try:
            sound = _listen(source, wav, spec)
        except BaseException:
            wav.unlink(missing_ok=True)
            raise
        if sound is None:
            wav.unlink()
        return sound


def _listen(source: SoundStream, wav: Path, spec: SoundSpec) -> Sound | None:
    """Hear every second once: meter.feed(block); out.write(block); voice.feed(mono)."""
    meter = LoudnessMeter(source.rate, source.channels)
    voice = Silero() if spec.speech else None
    spoken: list[Floats] = []
    as_it_is = spec.audio_rate == "source"
    rate = source.rate if spec.audio_rate == "source" else spec.audio_rate
    channels = source.channels if as_it_is else ("FC",)
    monos = ({RATE} if voice else set()) | (set() if as_it_is else {rate})
    with WavWriter(wav, rate, channels) as out:
        for block, mono_at in _forms(source, monos):
            meter.feed(block)
            out.write(to_16_bits(block) if as_it_is else mono_at[rate])
            if voice:
                spoken.append(voice.feed(from_16_bits(mono_at[RATE])))
        seconds = out.samples / rate
    if voice:
        spoken.append(voice.finish())
    loudness = meter.finish()
    if not seconds:
        return None
    return Sound(
        track=source.number,
        tracks=source.tracks,
        source_rate=source.rate,
        source_channels=source.channels,
        rate=rate,
        channels=len(channels),
        seconds=seconds,
        start=source.padded / source.rate,
        loudness_lufs=loudness.integrated,
        loudness_curve=loudness.momentary,
        peak_dbfs=loudness.peak,
        speech=find_speech(np.concatenate(spoken), seconds, spec) if voice else None,
        missing=source.missing,
        corrupt_packets=source.corrupt,
    )


def _forms(
    source: SoundStream, rates: Iterable[int]
) -> Iterator[tuple[Floats, dict[int, NDArray[np.int16]]]]:
    """Yield each block with its mono forms by rate; last, what the resamplers still hold."""
    resamplers = {rate: Resampler(source.rate, rate) for rate in rates}
    for block in source.blocks():
        middle = mono(block, source.channels)
        yield block, {rate: resampler.feed(middle) for rate, resampler in resamplers.items()}
    nothing = np.zeros((len(source.channels), 0), np.float32)
    yield nothing, {rate: resampler.finish() for rate, resampler in resamplers.items()}
