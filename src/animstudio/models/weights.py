"""Is a folder of weights what it should be? Told from its files, before anything is loaded.

    config.json        says of which family the model is
    *.safetensors      all that an index names, each as long as its own head says
    *.bin, *.pt, ...   pickles: they can run any program when they are opened, and never are

The head of a safetensors file: eight bytes with its length (little endian), then JSON with the
place of every tensor behind it; see huggingface/safetensors, "Format".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from animstudio.kernel.errors import AskedWrongly

CONFIG: Final = "config.json"
WEIGHTS: Final = "model.safetensors"
INDEX: Final = "model.safetensors.index.json"
PICKLES: Final = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
MARKS: Final = (CONFIG, WEIGHTS, INDEX, "pytorch_model.bin")
"""What a folder of weights has."""
_HEAD: Final = 100 << 20
"""Bytes of the longest head; a longer one is no head."""


def check_weights(name: str, folder: Path, families: Sequence[str]) -> None:
    """Raise AskedWrongly for a folder that holds no such model, or not all of it.

    `families` are the model types that will do, or what they begin with before a ``_``.
    """
    try:
        _check_family(name, folder, families)
        for file in _files(folder):
            _check_whole(file)
    except OSError as error:
        raise AskedWrongly(f"{error.filename or folder}: cannot be read: {error.strerror}",
                           hint="see who may read the models folder") from error  # fmt: skip


def _check_family(name: str, folder: Path, families: Sequence[str]) -> None:
    config = folder / CONFIG
    if not config.is_file():
        raise AskedWrongly(f"{folder}: there is no {CONFIG}", hint=_AGAIN)
    found = _json(config).get("model_type")
    if not any(found == one or str(found).startswith(f"{one}_") for one in families):
        raise AskedWrongly(
            f"{config}: this is a model of type '{found}', and '{name}' is of type '{families[0]}'",
            hint="another model lies where this one should be",
        )


def _files(folder: Path) -> list[Path]:
    """Return the files that hold the weights."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        parts = _json(folder / INDEX).get("weight_map")
        if not isinstance(parts, dict) or not parts or not _are_texts(parts.values()):
            raise AskedWrongly(f"{folder / INDEX}: it names no files", hint=_AGAIN)
        files = [folder / name for name in sorted(set(parts.values()))]
        for file in files:
            if not file.is_file():
                raise AskedWrongly(f"{file}: it is named in {INDEX}, and is not there",
                                   hint=_AGAIN)  # fmt: skip
        return files
    pickles = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in PICKLES)
    if pickles:
        raise AskedWrongly(
            f"{folder / pickles[0]}: pickled weights are not opened, since a pickle can run any "
            "program",
            hint=f"use the model's {WEIGHTS}; where there is none and you trust the file, "
            "transformers writes one: from_pretrained(...).save_pretrained(...)",
        )
    raise AskedWrongly(f"{folder}: there is no {WEIGHTS}", hint=_AGAIN)


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(one, str) for one in values)


def _check_whole(file: Path) -> None:
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        head = stream.read(length) if length <= min(_HEAD, size) else b""
    try:
        places = json.loads(head)
        ends = [one["data_offsets"][1] for key, one in places.items() if key != "__metadata__"]
        whole = 8 + length + max(ends, default=0)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise AskedWrongly(f"{file}: these are no safetensors", hint=_AGAIN) from error
    if size != whole:
        raise AskedWrongly(f"{file}: {size:,} bytes of {whole:,} are there", hint=_AGAIN)


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise AskedWrongly(f"{file}: this is no JSON: {error}", hint=_AGAIN) from error
    if not isinstance(found, dict):
        raise AskedWrongly(f"{file}: this is no JSON object", hint=_AGAIN)
    return found


_AGAIN: Final = "copy the model's folder again, to its end"
