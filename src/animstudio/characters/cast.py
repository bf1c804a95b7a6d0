"""``characters.yaml``: the cast as people edit it. What it says binds the next run.

    characters:            who is who: tracks under one name are one character,
      luca:                those under different names are different ones
        - film_s0001_t01
      character_02: [film_s0002_t01, film_s0002_t02]
    rename: {character_02: giulia}
    merge: [[luca, character_05]]             the first name stays
    split: {character_03: [[film_s0004_t01], [film_s0009_t02]]}
    reject: [character_07, film_s0011_t03]    names or tracks: nobody's

All parts are optional. Names in `rename`, `merge`, `split` and `reject` are those that stand
in `characters`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

import yaml

from animstudio.kernel.errors import AskedWrongly, nearest

KEYS: Final = ("version", "characters", "rename", "merge", "split", "reject")
_NAME: Final = re.compile(r"[^\W.][\w .'-]{0,79}")
_RESERVED: Final = ("noise",)


@dataclass(frozen=True, slots=True)
class Cast:
    """Tracks by the name of who they are, and the tracks that nobody wants."""

    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rejected: frozenset[str] = frozenset()


def read_cast(file: Path) -> Cast:
    """Return the cast that a file describes.

    Raises AskedWrongly with file, line and column of the first thing that is wrong.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AskedWrongly(f"{file}: cannot be read: {error}") from error
    return parse_cast(text, str(file))


def parse_cast(text: str, where: str) -> Cast:
    """Return the cast of a YAML text; `where` is what errors call it."""
    reader = _Reader(where)
    try:
        if any(isinstance(token, yaml.AliasToken | yaml.AnchorToken) for token in yaml.scan(text)):
            raise AskedWrongly(f"{where}: anchors and aliases (& and *) have no place in a cast")
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise AskedWrongly(f"{where}{place}: {error.problem or error}") from error
    except yaml.YAMLError as error:
        raise AskedWrongly(f"{where}: {error}") from error
    return reader.cast(root) if root is not None else Cast()


def check_name(name: str, where: str) -> None:
    """Raise AskedWrongly for what cannot be a character's name."""
    if not _NAME.fullmatch(name) or name.casefold() in _RESERVED:
        raise AskedWrongly(
            f"{where}: '{name}' cannot be a character's name: it names a folder",
            hint="letters, digits, spaces, . ' _ and - will do",
        )


class _Reader:
    """Reads YAML nodes, which know where they stand."""

    def __init__(self, where: str) -> None:
        self._where = where

    def cast(self, root: yaml.Node) -> Cast:
        parts = self._map(root, "the cast")
        for key, (node, _) in parts.items():
            if key not in KEYS:
                self._wrong(node, f"unknown part '{key}'{nearest(key, KEYS)}")
        named = self._characters(parts.get("characters"))
        self._split(parts.get("split"), named)
        self._merge(parts.get("merge"), named)
        rejected = self._reject(parts.get("reject"), named)
        self._rename(parts.get("rename"), named)
        return Cast({name: tracks for name, tracks in named.items() if tracks}, rejected)

    def _characters(self, part: tuple[yaml.Node, yaml.Node] | None) -> dict[str, list[str]]:
        named: dict[str, list[str]] = {}
        home: dict[str, str] = {}
        for name, (key, value) in (self._map(part[1], "characters") if part else {}).items():
            self._check_name(key, name)
            self._check_alike(key, name, named)
            named[name] = []
            for node in self._list(value, f"the tracks of '{name}'"):
                track = self._text(node, "a track")
                if track in home:
                    self._wrong(node, f"track '{track}' is under '{home[track]}' already")
                home[track] = name
                named[name].append(track)
        return named

    def _split(self, part: tuple[yaml.Node, yaml.Node] | None, named: dict[str, list[str]]) -> None:
        for name, (key, value) in (self._map(part[1], "split") if part else {}).items():
            self._known(key, name, named)
            groups = self._list(value, f"the groups of '{name}'")
            for number, node in enumerate(groups, 1):
                tracks = [self._text(one, "a track") for one in self._list(node, "a group")]
                for one, track in zip(self._list(node, "a group"), tracks, strict=True):
                    if track not in named[name]:
                        self._wrong(one, f"'{name}' has no track '{track}'"
                                    f"{nearest(track, named[name])}")  # fmt: skip
                if number > 1:
                    named[f"{name}_{number}"] = tracks
                    named[name] = [t for t in named[name] if t not in tracks]

    def _merge(self, part: tuple[yaml.Node, yaml.Node] | None, named: dict[str, list[str]]) -> None:
        for node in self._list(part[1], "merge") if part else ():
            names = [(one, self._text(one, "a name")) for one in self._list(node, "a group")]
            for one, name in names:
                self._known(one, name, named)
            for _, name in names[1:]:
                if name != names[0][1]:
                    named[names[0][1]] += named.pop(name)

    def _reject(
        self, part: tuple[yaml.Node, yaml.Node] | None, named: dict[str, list[str]]
    ) -> frozenset[str]:
        rejected: set[str] = set()
        for node in self._list(part[1], "reject") if part else ():
            word = self._text(node, "a name or a track")
            rejected |= set(named.pop(word)) if word in named else {word}
        for name, tracks in named.items():
            named[name] = [track for track in tracks if track not in rejected]
        return frozenset(rejected)

    def _rename(
        self, part: tuple[yaml.Node, yaml.Node] | None, named: dict[str, list[str]]
    ) -> None:
        for name, (key, value) in (self._map(part[1], "rename") if part else {}).items():
            self._known(key, name, named)
            new = self._text(value, "a name")
            self._check_name(value, new)
            if new in named:
                self._wrong(value, f"'{new}' is there already", "to make them one, use merge")
            self._check_alike(value, new, named.keys() - {name})
            named[new] = named.pop(name)

    def _known(self, node: yaml.Node, name: str, named: Mapping[str, object]) -> None:
        if name not in named:
            self._wrong(node, f"no character '{name}'{nearest(name, named)}")

    def _check_name(self, node: yaml.Node, name: str) -> None:
        mark = node.start_mark
        check_name(name, f"{self._where}:{mark.line + 1}:{mark.column + 1}")

    def _check_alike(self, node: yaml.Node, name: str, others: Iterable[str]) -> None:
        """Two folders whose names differ in case only are one on many disks."""
        for other in others:
            if _alike(other) == _alike(name):
                self._wrong(node, f"'{name}' and '{other}' are one folder on many disks",
                            "give them names that differ in more than capitals")  # fmt: skip

    def _map(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if isinstance(node, yaml.ScalarNode) and node.value == "":
            return {}
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"{what}: 'name: value' is expected here")
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = self._text(key, "a name")
            if name in found:
                self._wrong(key, f"'{name}' is there twice")
            found[name] = (key, value)
        return found

    def _list(self, node: yaml.Node, what: str) -> Sequence[yaml.Node]:
        if isinstance(node, yaml.ScalarNode) and node.value == "":
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(node, f"{what}: a list is expected here")
        return list(node.value)

    def _text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            self._wrong(node, f"{what} is expected here")
        return str(node.value)

    def _wrong(self, node: yaml.Node, message: str, hint: str | None = None) -> NoReturn:
        mark = node.start_mark
        place = f"{self._where}:{mark.line + 1}:{mark.column + 1}"
        raise AskedWrongly(f"{place}: {message}", hint=hint)


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def cast_text(named: Mapping[str, Sequence[str]], noise: Sequence[str]) -> str:
    """Return the YAML of a cast as it was found, with a word on how to edit it."""
    content = {"characters": {name: list(tracks) for name, tracks in named.items()}}
    body = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    left = "".join(f"#   {track}\n" for track in noise)
    return _HEAD + body + (f"# Nobody's:\n{left}" if noise else "")


_HEAD: Final = """\
# The cast as it was found. To correct it, copy this file to characters.yaml in the output
# folder, edit it there, and run the same command again: only what depends on it is made anew.
#   rename: {character_01: luca}            merge: [[luca, character_05]]
#   split: {luca: [[track, ...], [track]]}  reject: [character_07, some_track]
"""
