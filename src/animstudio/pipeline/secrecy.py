"""What is a secret by its name, and how it is kept out of what people read and pass on."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from animstudio.kernel.events import Event
from animstudio.pipeline.recipe.model import Recipe

HIDDEN = "***"
_NAME = re.compile(
    r"(?i:passw(or)?d|passphrase|secret|token|credential|api_?key)|(?:^|[^a-z])key(?:s?$|[^a-z])"
    r"|Key(?:s?$|[A-Z_-])",
    re.ASCII,
)
_SHORTEST = 6
"""Characters from which on a secret is looked for in other texts; shorter ones are also words."""
_LONGEST = 32 << 20
"""Bytes of a log up to which secrets are looked for in it."""
_IDS = frozenset({"type", "run", "attempt", "log"})
"""What in an event is no text for people."""
_TEMPLATE = re.compile(r"\s*\$\{[^{}]*\}\s*")


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Say whether what is called so looks like a secret: ``api_token``, ``password``, ``key``."""
    return _NAME.search(name.lower() if name.isupper() else name) is not None


def hidden(value: Any, name: str = "") -> Any:
    """Return a JSON value in which every secret, by its name, is ``***``."""
    if name and is_secret(name):
        return value if value in (None, "") or isinstance(value, bool) else HIDDEN
    if isinstance(value, Mapping):
        return {key: hidden(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(one) for one in value]
    return value


class Secrets:
    """The secrets among parameters and options, to be hidden wherever else they come up."""

    def __init__(self, *named: Mapping[str, Any]) -> None:
        texts = (text for values in named for text in _texts(values, secret=False))
        found = {text for text in texts if len(text) >= _SHORTEST}
        self._found = sorted(found, key=len, reverse=True)

    @classmethod
    def of(cls, recipe: Recipe) -> Secrets:
        """Return those of a recipe's parameters and of its stages' options."""
        return cls(recipe.params, *(node.config for node in recipe.stages))

    def hide(self, text: str) -> str:
        """Return a text without them."""
        for one in self._found:
            text = text.replace(one, HIDDEN)
        return text

    def hide_in(self, value: Any) -> Any:
        """Return a JSON value without them, neither by name nor by content."""
        value = hidden(value)
        match value:
            case str():
                return self.hide(value)
            case dict():
                return {key: self.hide_in(one) for key, one in value.items()}
            case list():
                return [self.hide_in(one) for one in value]
        return value

    def hiding(self, write: Callable[[Event], object]) -> Callable[[Event], object]:
        """Return what writes events without them."""
        return (lambda event: write(self._without(event))) if self._found else write

    def _without(self, event: Event) -> Event:
        texts = {
            name: shown
            for name, value in event
            if isinstance(value, str) and name not in _IDS and (shown := self.hide(value)) != value
        }
        return event.model_copy(update=texts) if texts else event

    def hide_in_file(self, path: Path) -> None:
        """Write a log anew without them; one that is very long, or not there, stays as it is."""
        with contextlib.suppress(OSError):
            if self._found and path.stat().st_size <= _LONGEST:
                text = path.read_bytes()
                shown = self.hide(text.decode(errors="surrogateescape"))
                if (data := shown.encode(errors="surrogateescape")) != text:
                    path.write_bytes(data)


def hidden_yaml(text: str) -> str:
    """Return a YAML text in which every value whose key looks secret is ``***``.

    A value that is a template, such as ``${token}``, stays: it says nothing. A text that is no
    YAML is not shown at all.
    """
    import yaml

    text = text.removeprefix("\ufeff")  # which one of the parsers counts, and the other does not
    try:
        places = sorted(set(_places(text, yaml)), key=lambda place: (place[0], -place[1]))
    except (yaml.YAMLError, RecursionError):
        return "" if text.strip() else text
    shown, done = [], 0
    for start, end in places:
        if start < done or _TEMPLATE.fullmatch(text[start:end].strip("\"'")):
            continue  # within one that is hidden already, or a template
        shown += [text[done:start], f'"{HIDDEN}"']
        done = end
    return "".join([*shown, text[done:]])


class _Open(NamedTuple):
    """A list or map that has begun; `keys` is None for a list, else the key that waits."""

    start: int
    anchor: str | None
    keys: list[str] | None


def _places(text: str, yaml: Any) -> Iterator[tuple[int, int]]:
    """Yield where secret values stand; of one that is an alias, where that is written."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    anchors: dict[str, tuple[str, int, int]] = {}
    opened: list[_Open] = []
    while type(event := loader.get_event()) is not yaml.StreamEndEvent:
        match event:
            case yaml.CollectionStartEvent():
                keys: list[str] | None = [] if type(event) is yaml.MappingStartEvent else None
                opened.append(_Open(event.start_mark.index, event.anchor, keys))
                continue
            case yaml.CollectionEndEvent():
                done = opened.pop()
                anchor, node = done.anchor, ("", done.start, event.end_mark.index)
            case yaml.ScalarEvent():
                anchor = event.anchor
                node = (event.value, event.start_mark.index, event.end_mark.index)
            case yaml.AliasEvent():
                anchor, node = None, anchors.get(event.anchor, ("", 0, 0))
            case _:
                continue
        if anchor:
            anchors[anchor] = node
        if opened and (waiting := opened[-1].keys) is not None:
            if not waiting:
                waiting.append(node[0])
            elif is_secret(waiting.pop()) and (shown := text[node[1] : node[2]].rstrip("\0 \n")):
                yield node[1], node[1] + len(shown)


def _texts(value: Any, *, secret: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, secret=secret or is_secret(str(key)))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one, secret=secret)
    elif secret and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
