"""A film's sound: one track, decoded once, laid on the picture's clock.

Sample 0 belongs to the first picture that decodes, wherever the container's clock starts. Sound
before it is cut, sound that starts after it is preceded by silence, and a hole in the track is
filled with silence, so that sample i is always heard `i / rate` seconds after the first picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.media.container import open_container
from animstudio.media.probe import first_picture_time
from animstudio.media.samples import Floats, channel_names, floats
from animstudio.media.tracks import SoundTrack, sound_tracks

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer

TOLERANCE = Fraction(1, 20)
"""Seconds by which time stamps may disagree with the count of samples: containers round them, to
1 ms in Matroska. Within it the samples are taken to follow each other."""
BACK = 1
"""Seconds. A stamp that goes back by less repeats sound, which is cut; by more, the clock was
set anew (joined transport streams), and the sound simply goes on."""
SLACK = 1
"""Seconds by which a whole track may end before its declared end."""
LONGEST_HOLE = 600
"""Seconds. A hole that is longer is a broken clock, not silence."""


@contextmanager
def open_sound(
    path: Path, track: int | None = None, zero: Fraction | None = None
) -> Iterator[SoundStream | None]:
    """Open one sound track of a film, or give None where there is nothing to hear.

    track: counts from 0; None is the track marked as default, or the first.
    zero:  seconds on the container's clock of the WAV's first sample; None decodes one picture to
           find the film's first, and falls back on the sound's own start where there is none.

    Raises AskedWrongly for a track the film has not, WorkFailed for one of which nothing decodes.
    """
    with open_container(path) as container:
        if not container.streams.audio:
            yield None
            return
        tracks = sound_tracks(container)
        stream = container.streams.audio[_chosen(path, tracks, track)]
        if zero is None:
            zero = first_picture_time(path)
        found = SoundStream(container, stream, zero, tracks)
        if not found.starts():
            if found.corrupt:
                name = tracks[found.number].codec
                raise WorkFailed(f"{path}: nothing of sound track {found.number} ({name}) decodes")
            yield None
            return
        yield found


def _chosen(path: Path, tracks: tuple[SoundTrack, ...], track: int | None) -> int:
    if track is None:
        return next((each.number for each in tracks if each.default), 0)
    if track >= len(tracks):
        there = ", ".join(f"{t.number} ({t.language or t.title or t.codec})" for t in tracks)
        raise AskedWrongly(f"{path}: there is no sound track {track}; it has {there}")
    return track


class SoundStream:
    """One track being read. `rate` and `channels` are what the first frame that decodes has.

    number:   the track, from 0.            tracks:  all of the film's.
    rate:     samples a second.             channels: FFmpeg's names: FC, or FL, FR, LFE ...
    heard:    samples given so far, silence included.
    padded:   samples of silence before the sound starts.
    silent:   samples of silence that fill holes.
    corrupt:  packets that did not decode.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: AudioStream,
        zero: Fraction | None,
        tracks: tuple[SoundTrack, ...],
    ) -> None:
        from av.stream import Discard

        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all  # so that an MP4's pictures are not even read
        self.tracks = tracks
        self.number = [s.index for s in container.streams.audio].index(stream.index)
        self.heard = self.padded = self.silent = self.corrupt = 0
        self.rate = 0
        self.channels: tuple[str, ...] = ()
        self._zero = zero
        self._stream = stream
        self._end = _declared_end(stream)
        self._frames = self._decoded(container)
        self._opening: list[AudioFrame] = []
        self._shift = 0
        self._layout = ""
        self._converters: dict[tuple[str, str, int], AudioResampler] = {}

    def starts(self) -> bool:
        """Decode the first frame and take its form for the whole track's; False if none does."""
        first = next(self._frames, None)
        if first is None:
            return False
        self._opening = [first]
        self.rate = first.sample_rate
        self._layout = first.layout.name
        self.channels = channel_names(first)
        if self._zero is None and first.pts is not None:
            self._zero = first.pts * _base(first)
        return True

    def blocks(self) -> Iterator[Floats]:
        """Yield (channels, samples) of about a second each, -1 to 1, without holes."""
        ready: list[Floats] = []
        count = 0
        for piece in self._placed():
            ready.append(piece)
            count += piece.shape[1]
            if count >= self.rate:
                yield np.concatenate(ready, axis=1)
                ready, count = [], 0
        if ready:
            yield np.concatenate(ready, axis=1)

    @property
    def missing(self) -> float:
        """The share 0-1 of the sound, from where it starts, that is lost: holes and a cut tail.

        The tail is known only where the container counts the track's frames (MP4, AVI).
        """
        tail = 0
        if self._end is not None and self._zero is not None:
            tail = round((self._end - self._zero) * self.rate) - self.heard
        if tail < SLACK * self.rate:
            tail = 0
        whole = self.heard - self.padded + tail
        return (self.silent + tail) / whole if whole > 0 else 0.0

    def _decoded(self, container: InputContainer) -> Iterator[AudioFrame]:
        """Yield the track's frames; what does not decode is counted and passed over."""
        import av

        try:
            for packet in container.demux(self._stream):
                if packet.is_corrupt:
                    self.corrupt += 1
                    continue
                try:
                    frames = packet.decode()
                except av.error.FFmpegError:
                    self.corrupt += 1
                    continue
                yield from (frame for frame in frames if frame.samples)
        except av.error.FFmpegError:
            self.corrupt += 1  # the file ends in the middle of something: keep what came

    def _placed(self) -> Iterator[Floats]:
        """Yield the frames' samples and the silence between them, in their places."""
        for frame in chain(self._opening, self._frames):
            samples = self._samples(frame)
            hole = self._hole(frame)
            if hole < 0:
                samples = samples[:, -hole:]
            elif self.heard == 0:
                self.padded = hole
            else:
                self.silent += hole
            while hole > 0:
                step = min(hole, self.rate)
                self.heard += step
                hole -= step
                yield np.zeros((len(self.channels), step), np.float32)
            if samples.shape[1]:
                self.heard += samples.shape[1]
                yield samples

    def _hole(self, frame: AudioFrame) -> int:
        """Return the samples missing before this frame; negative for those already heard."""
        if frame.pts is None or self._zero is None:
            return 0
        at = round((frame.pts * _base(frame) - self._zero) * self.rate) + self._shift
        hole = at - self.heard
        if self.heard and not -BACK * self.rate <= hole <= LONGEST_HOLE * self.rate:
            self._shift -= hole
            return 0
        return hole if not self.heard or abs(hole) > TOLERANCE * self.rate else 0

    def _samples(self, frame: AudioFrame) -> Floats:
        """Return a frame's samples (channels, n) in the track's form, -1 to 1."""
        if frame.sample_rate == self.rate and frame.layout.name == self._layout:
            return floats(frame)
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form not in self._converters:
            from av.audio.resampler import AudioResampler

            # As integers: among floats FFmpeg would mix channels louder than 1.
            self._converters[form] = AudioResampler("s16p", self._layout, self.rate)
        pieces = [floats(piece) for piece in self._converters[form].resample(frame)]
        return np.concatenate([np.zeros((len(self.channels), 0), np.float32), *pieces], axis=1)


def _declared_end(stream: AudioStream) -> Fraction | None:
    """Return when a track ends where the container counts its frames (MP4, AVI), else None.

    Others guess the end from the last time stamps. A closed container must not be asked.
    """
    if not stream.frames or stream.duration is None or stream.time_base is None:
        return None
    return ((stream.start_time or 0) + stream.duration) * stream.time_base


def _base(frame: AudioFrame) -> Fraction:
    return frame.time_base or Fraction(1, frame.sample_rate)
