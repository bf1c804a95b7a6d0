"""The stage ``sound``: a film's sound as WAV, its loudness, and where somebody speaks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from animstudio.film.sound import SoundSpec, extract_sound
from animstudio.film.stages.film import FilmSpec
from animstudio.kernel.work import Committed, Item, Made, Place, Work
from animstudio.media.probe import probe
from animstudio.media.threads import single_threaded


class TakenSpec(FilmSpec):
    """Whose sound is taken, and how."""

    sound: SoundSpec = SoundSpec()
    """Which sound, and how."""


class Taken(BaseModel):
    """A film's sound; `wav` is None where it has none."""

    wav: Path | None
    record: Path


def items(spec: TakenSpec, place: Place) -> Sequence[Item]:
    """Return the film as the only item."""
    return [Item(inputs={"film": spec.file}, options={"film": spec.film})]


def make(item: Item, spec: TakenSpec, work: Work) -> Made:
    """Write the film's sound, its loudness and its speech spans."""
    single_threaded()
    wav, record = work.draft("sound.wav"), work.draft("sound.json")
    sound = extract_sound(spec.file, wav, spec.sound, zero=probe(spec.file).start)
    content = sound.as_record() if sound else {"tracks": [], "note": "the film has no sound"}
    record.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    outputs = {spec.paths.sound: record} | ({spec.paths.wav: wav} if sound else {})
    return Made(outputs, {"sound": sound is not None})


def gather(spec: TakenSpec, committed: Sequence[Committed], root: Path) -> Taken:
    """Return where the sound lies."""
    wav = root / spec.paths.wav if committed[0].facts["sound"] else None
    return Taken(wav=wav, record=root / spec.paths.sound)
