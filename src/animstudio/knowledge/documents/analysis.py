"""A film's analysis: every scene a passage, with its number and its time code.

Read are the JSON files of ``analysis/``: the scenes, and with them the camera, composition and
sound of the same film that lie beside (`companions`); or all of them in one file, under these
names. Where the scenes are known, the other three files tell of the film as a whole.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from animstudio.knowledge.documents import scene_words as words
from animstudio.knowledge.documents.companions import PARTS, told_with_scenes
from animstudio.knowledge.documents.source import Reading, Source
from animstudio.knowledge.documents.writing import Writing

Record = dict[str, Any]

_NAMES: Final = ("scenes", *PARTS)


def read_analysis(source: Source, value: Any) -> Reading | None:
    """Return the passages, None for a file that is no analysis."""
    parts = _parts(value)
    if not parts:
        return None
    for name, data in source.companions.items():
        try:
            other = _parts(json.loads(data))
        except (ValueError, RecursionError) as error:
            raise source.refused(f"{name}, which is read with it, is broken: {error}") from None
        parts |= {kind: record for kind, record in other.items() if kind not in parts}
    film = next((str(part["film"]) for part in parts.values() if "film" in part), source.path.stem)
    try:
        return _write(source, film, parts)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise source.refused(f"broken analysis: {type(error).__name__}: {error}") from None


def _parts(value: Any) -> dict[str, Record]:
    """Return the parts of an analysis that a JSON value is or holds, by kind."""
    if not isinstance(value, dict):
        return {}
    held = {name: value[name] for name in _NAMES if isinstance(value.get(name), dict)}
    if held and all(_kind(part) == name for name, part in held.items()):
        film = {"film": value["film"]} if "film" in value else {}
        return {name: film | part for name, part in held.items()}
    kind = _kind(value)
    return {kind: value} if kind else {}


def _kind(value: Mapping[str, Any]) -> str | None:
    scenes, pictures = value.get("scenes"), value.get("pictures")
    if isinstance(scenes, list) and "film" in value:
        first = scenes[0] if scenes and isinstance(scenes[0], dict) else {}
        if "start_seconds" in first or "detector" in value:
            return "scenes"
        return "camera" if {"shot", "kind", "direction"} <= first.keys() else None
    if isinstance(pictures, list) and "palette" in value:
        return "composition"
    return "sound" if {"loudness_curve", "tracks"} <= value.keys() else None


def _write(source: Source, film: str, parts: Mapping[str, Record]) -> Reading:
    writing = Writing(source)
    writing.heading(film, 1)
    if "scenes" in parts:
        _timed(writing, film, parts)
    else:
        _untimed(writing, film, parts, alone=told_with_scenes(source.path))
    return writing.reading(title=film, language="en", kind="analysis")


def _timed(writing: Writing, film: str, parts: Mapping[str, Record]) -> None:
    scenes = parts["scenes"]["scenes"]
    length = float(parts["scenes"].get("duration", 0))
    number = f"{len(scenes)} scene{'' if len(scenes) == 1 else 's'}"
    facts = [f"{film}: {number} in {words.clock(length)}", *_whole(parts)]
    writing.add("paragraph", "; ".join(facts) + ".", begin=0.0, stop=length)
    moves = {move["shot"]: move for move in parts.get("camera", {}).get("scenes", ())}
    pictures = parts.get("composition", {}).get("pictures", ())
    sound = parts.get("sound", {})
    for scene in scenes:
        start, end = float(scene["start_seconds"]), float(scene["end_seconds"])
        seen = [picture for picture in pictures if picture.get("scene") == scene["scene"]]
        told = [
            words.head(scene),
            words.size(seen),
            words.camera(moves[scene["scene"]]) if scene["scene"] in moves else "",
            words.palette(words.mixed(seen)),
            words.look(seen),
            words.loudness(
                sound.get("loudness_curve") or (), float(sound.get("curve_step", 0.4)), start, end
            ),
            words.speech(sound.get("speech") or (), start, end),
            words.transitions(scene),
        ]
        writing.add(
            "scene", f"{film}. {', '.join(filter(None, told))}.",
            scene=int(scene["scene"]), begin=start, stop=end,
        )  # fmt: skip


def _untimed(writing: Writing, film: str, parts: Mapping[str, Record], *, alone: bool) -> None:
    """Write what one part says of the film and, unless it alone is wanted, of each scene."""
    writing.add("paragraph", "; ".join([film, *_whole(parts)]) + ".")
    if alone:
        return
    moves = {move["shot"]: move for move in parts.get("camera", {}).get("scenes", ())}
    pictures = parts.get("composition", {}).get("pictures", ())
    for number in sorted({*moves, *(picture.get("scene") for picture in pictures)} - {None}):
        seen = [picture for picture in pictures if picture.get("scene") == number]
        told = [
            f"Scene {number}",
            words.size(seen),
            words.camera(moves[number]) if number in moves else "",
            words.palette(words.mixed(seen)),
            words.look(seen),
        ]
        writing.add("scene", f"{film}. {', '.join(filter(None, told))}.", scene=int(number))


def _whole(parts: Mapping[str, Record]) -> list[str]:
    """Return what is known of the film as a whole."""
    facts = []
    if "camera" in parts:
        kinds = Counter(words.plain(str(move["kind"])) for move in parts["camera"]["scenes"])
        facts.append("camera: " + ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()))
    if "composition" in parts:
        facts.append(words.palette(parts["composition"].get("palette") or ()))
        seen = parts["composition"]["pictures"]
        sizes = Counter(words.plain(str(p["shot_size"])) for p in seen if p.get("shot_size"))
        facts.append("shots: " + ", ".join(f"{size} {n}" for size, n in sizes.most_common()))
    sound = parts.get("sound", {})
    if sound.get("loudness_lufs") is not None:
        facts.append(f"loudness {float(sound['loudness_lufs']):.1f} LUFS")
    if sound.get("speech_share") is not None:
        facts.append(f"speech in {100 * float(sound['speech_share']):.0f} % of the time")
    return [fact for fact in facts if fact and not fact.endswith(": ")]
