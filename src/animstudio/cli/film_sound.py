"""``animstudio film sound FILE``: loudness, speech, a WAV."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from animstudio.cli.flags import Heard
from animstudio.cli.switches import Json
from animstudio.cli.tables import show_table, write_json
from animstudio.film.sound import SoundSpec


def sound(
    file: Path, wav: Path | None = None, *, as_json: Json = False, sound: Heard = SoundSpec()
) -> None:
    """The sound of a film: its loudness, where somebody speaks, and a WAV if a name is given.

    For example:

        animstudio film sound luca.mp4
        animstudio film sound luca.mp4 luca.wav --audio-rate source

    Parameters
    ----------
    file
        The film.
    wav
        Where to write the sound, in a folder that is made if it is missing; a file that stands
        there is kept under another name.
    """
    heard = _hear(file, wav, sound)
    record: dict[str, Any] = heard or {"tracks": [], "note": "the film has no sound"}
    if as_json or not heard:
        write_json(record)
        return
    speech = record["speech"] or []
    show_table(
        ["track", "rate", "length", "loudness", "peak", "speech"],
        [
            [
                str(record["track"]),
                f"{record['source_rate']} Hz",
                f"{record['seconds']:.2f} s",
                f"{record['loudness_lufs']} LUFS",
                f"{record['peak_dbfs']} dBFS",
                f"{len(speech)} spans, {record['speech_share'] or 0:.0%}",
            ]
        ],
    )


def _hear(file: Path, wav: Path | None, spec: SoundSpec) -> dict[str, Any] | None:
    from animstudio.film.sound import extract_sound
    from animstudio.kernel.drafts import drafts_in
    from animstudio.kernel.errors import AskedWrongly
    from animstudio.kernel.files import place, sync_file

    if wav and wav.is_dir():  # said before the work, not after it
        raise AskedWrongly(f"{wav}: this is a folder", hint=f"give a file: {wav / file.stem}.wav")
    with drafts_in(wav.parent) if wav else tempfile.TemporaryDirectory() as drafts:
        draft = Path(drafts, "sound.wav")
        heard = extract_sound(file, draft, spec)
        if heard and wav:
            sync_file(draft)
            place(draft, wav)
    return heard.as_record() if heard else None
