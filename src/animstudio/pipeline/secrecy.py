"""What is a secret by its name, and how it is kept out of what people read and pass on."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

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

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return "" if text.strip() else text
    for start, end in sorted(set(_places(root)), reverse=True):
        if not _TEMPLATE.fullmatch(text[start:end].strip("\"'")):
            text = text[:start] + f'"{HIDDEN}"' + text[end:]
    return text


def _places(node: Any) -> Iterator[tuple[int, int]]:
    """Yield where secret values stand, none within another."""
    import yaml

    nodes, seen = [node], set()
    while nodes:
        node = nodes.pop()
        if node is None or id(node) in seen:  # an alias stands twice
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if isinstance(key.value, str) and is_secret(key.value):
                    start = value.start_mark.index
                    if shown := value.start_mark.buffer[start : value.end_mark.index].rstrip(
                        "\0 \n"
                    ):
                        yield start, start + len(shown)
                else:
                    nodes.append(value)


def _texts(value: Any, *, secret: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, secret=secret or is_secret(str(key)))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one, secret=secret)
    elif secret and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
