"""What an item's result depends on, and in which words that differs from last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from animstudio.catalog import Stage
from animstudio.kernel.spec import Spec
from animstudio.pipeline.code import Code
from animstudio.pipeline.record import Record, StageKey, digest_of
from animstudio.pipeline.secrecy import hidden

Places = Mapping[str, str]
"""What a recipe's paths may begin with, by the word that stands for it in a key."""

_SHOWN = 3
"""How many names a reason gives before it only counts."""


def places_of(root: Path, folder: Path) -> Places:
    """Return the output folder and the project's, in the order in which they are looked for."""
    return {"{out}": str(root), "{project}": str(folder)}


def stage_key(stage: Stage, spec: Spec, code: Code, places: Places) -> StageKey:
    """Return what every item of a stage with these options depends on."""
    digests = dict(code.of(stage.make, stage.apart))
    for option in stage.code:
        digests |= code.of(str(getattr(spec, option)))
    models = stage.load_models()
    return StageKey(
        type=stage.name,
        version=stage.version,
        spec=spec_values(spec, places),
        code=digests,
        models=dict(models(spec)) if models else {},
    )


def spec_values(spec: Spec, places: Places) -> dict[str, Any]:
    """Return the options that can change a result, as JSON values.

    Paths in the output folder and in the project are written relative to it, so that both can
    be moved.
    """
    return {name: _relative(value, places) for name, value in spec.semantic().items()}


def _relative(value: Any, places: Places) -> Any:
    match value:
        case str():
            for name, place in places.items():
                if value == place or value.startswith(f"{place}/"):
                    return name + value[len(place) :]
        case dict():
            return {name: _relative(one, places) for name, one in value.items()}
        case list():
            return [_relative(one, places) for one in value]
    return value


def placed(value: Any, places: Places) -> Any:
    """Undo what `spec_values` did to paths."""
    match value:
        case str():
            for name, place in places.items():
                if value.startswith(name):
                    return place + value[len(name) :]
        case dict():
            return {name: placed(one, places) for name, one in value.items()}
        case list():
            return [placed(one, places) for one in value]
    return value


def item_key(stage: str, inputs: Mapping[str, str], options: Mapping[str, object]) -> str:
    """Return the digest of all that an item depends on."""
    return digest_of([stage, inputs, options])


def difference(
    before: Record,
    was: StageKey | None,
    now: StageKey,
    inputs: Mapping[str, str],
    options: Mapping[str, object],
) -> str:
    """Say what changed since an item was made, the first cause that there is."""
    if was is None:
        return "it is not known what it was made from"
    if was.type != now.type:
        return f"type: {was.type} -> {now.type}"
    if was.version != now.version:
        return f"version of {now.type}: {was.version} -> {now.version}"
    for old, new, what in (
        (was.spec, now.spec, "option"),
        (was.models, now.models, "model"),
        (before.options, options, "item"),
    ):
        if said := _changed(old, new, what):
            return said
    if said := _named(was.code, now.code):
        return f"code changed: {said}"
    if said := _named(before.inputs, inputs):
        return f"input changed: {said}"
    return "it was made from something else"


def _changed(old: Mapping[str, Any], new: Mapping[str, Any], what: str) -> str:
    names = [n for n in sorted({*old, *new}) if old.get(n) != new.get(n)]
    said = [f"{n}: {_shown(old, n)} -> {_shown(new, n)}" for n in names[:_SHOWN]]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{what} {', '.join(said)}{more}" if said else ""


def _named(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    words = []
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            how = " (new)" if name not in old else " (gone)" if name not in new else ""
            words.append(f"{name}{how}")
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def _shown(values: Mapping[str, Any], name: str) -> str:
    value = hidden(values.get(name), name)
    text = "unset" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def content_of(records: Sequence[Record]) -> str:
    """Return the digest of what several items came to, whatever order they came in."""
    return digest_of(sorted([record.item, record.content] for record in records))
