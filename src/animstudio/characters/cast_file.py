"""``characters.yaml`` read: every mistake is told with its file, line and column."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NoReturn

import yaml

from animstudio.characters.cast import CAST, Cast, alike, check_name
from animstudio.kernel.errors import AskedWrongly, nearest

KEYS: Final = ("version", "characters", "rename", "merge", "split", "reject")
_NULL: Final = "tag:yaml.org,2002:null"

Part = tuple[yaml.Node, yaml.Node] | None
"""A part's key and value; None where the file has no such part."""


def read_cast(file: Path) -> Cast:
    """Return the cast that a file describes.

    Raises AskedWrongly with file, line and column of the first thing that is wrong.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise AskedWrongly(f"{file}: cannot be read: {error.strerror}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise AskedWrongly(f"{file}:{line}: this is not UTF-8",
                           hint="save the file as UTF-8 text") from error  # fmt: skip
    return parse_cast(text, str(file))


def cast_of(asked: Path | None, folder: Path) -> Path | None:
    """Return the cast that binds a run into a folder: the one asked for, or the folder's own.

    Raises AskedWrongly for one that is asked for and not there, and for what cannot be heeded.
    """
    file = asked or folder / CAST
    if not os.path.lexists(file):
        if asked:
            raise AskedWrongly(f"{file}: there is no such file")
        return None
    if not file.is_file():
        raise AskedWrongly(f"{file}: this should be the cast, and is no file",
                           hint="a folder, or a link to nothing? move it away")  # fmt: skip
    read_cast(file)
    return file


def parse_cast(text: str, where: str) -> Cast:
    """Return the cast of a YAML text; `where` is what errors call it."""
    try:
        if any(isinstance(token, yaml.AliasToken | yaml.AnchorToken) for token in yaml.scan(text)):
            raise AskedWrongly(f"{where}: anchors and aliases (& and *) have no place in a cast")
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        said = str(error.problem or error)
        if "'\\t'" in said:
            said = "there is a tab, and YAML indents with spaces only"
        raise AskedWrongly(f"{where}{place}: {said}") from error
    except yaml.YAMLError as error:
        raise AskedWrongly(f"{where}: {error}") from error
    except RecursionError as error:
        raise AskedWrongly(f"{where}: its brackets are nested too deep") from error
    return _Reader(where).cast(root) if root is not None else Cast()


class _Reader:
    """Reads YAML nodes, which know where they stand."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._named: dict[str, list[str]] = {}
        self._gone: dict[str, tuple[str, str]] = {}
        """Names that are no more: what became of them, and the name they have now."""

    def cast(self, root: yaml.Node) -> Cast:
        """Read the parts; what is split comes first, then what is merged, rejected, renamed."""
        parts = self._map(root, "the cast")
        for key, (node, _) in parts.items():
            if key not in KEYS:
                self._wrong(node, f"unknown part '{key}'{nearest(key, KEYS)}")
        self._characters(parts.get("characters"))
        self._split(parts.get("split"))
        self._merge(parts.get("merge"))
        rejected = self._reject(parts.get("reject"))
        self._rename(parts.get("rename"))
        return Cast(self._named, rejected)

    def _characters(self, part: Part) -> None:
        home: dict[str, str] = {}
        for name, (key, value) in (self._map(part[1], "characters") if part else {}).items():
            self._check_name(key, name)
            self._check_alike(key, name, self._named)
            self._named[name] = []
            for node in self._list(value, f"the tracks of '{name}'"):
                track = self._text(node, "a track")
                if track in home:
                    self._wrong(node, f"track '{track}' is under '{home[track]}' already")
                home[track] = name
                self._named[name].append(track)

    def _split(self, part: Part) -> None:
        for name, (key, value) in (self._map(part[1], "split") if part else {}).items():
            self._known(key, name)
            own, taken = self._named[name], set[str]()
            for number, node in enumerate(self._list(value, f"the groups of '{name}'"), 1):
                tracks = []
                for one in self._list(node, "a group"):
                    track = self._text(one, "a track")
                    if track not in own:
                        self._wrong(one, f"'{name}' has no track '{track}'{nearest(track, own)}")
                    if track in taken:
                        self._wrong(one, f"track '{track}' is in another group already")
                    taken.add(track)
                    tracks.append(track)
                if number > 1:
                    new = f"{name}_{number}"
                    self._check_alike(node, new, self._named, "the group would be called so")
                    self._named[new] = tracks
                    self._named[name] = [t for t in self._named[name] if t not in tracks]

    def _merge(self, part: Part) -> None:
        for node in self._list(part[1], "merge") if part else ():
            names = []
            for one in self._list(node, "a group"):
                name = self._text(one, "a name")
                while name in self._gone:
                    name = self._gone[name][1]
                self._known(one, name)
                names.append(name)
            for name in dict.fromkeys(names[1:]):
                if name != names[0]:
                    self._named[names[0]] += self._named.pop(name)
                    self._gone[name] = f"is merged into '{names[0]}'", names[0]

    def _reject(self, part: Part) -> frozenset[str]:
        rejected: set[str] = set()
        for node in self._list(part[1], "reject") if part else ():
            word = self._text(node, "a name or a track")
            if word in self._gone and self._gone[word][1]:
                self._known(node, word)
            if word in self._named:
                rejected |= set(self._named.pop(word))
                self._gone[word] = "is rejected", ""
            elif word not in self._gone:
                rejected.add(word)
        for name, tracks in self._named.items():
            self._named[name] = [track for track in tracks if track not in rejected]
        return frozenset(rejected)

    def _rename(self, part: Part) -> None:
        """Give all new names at once, so that two can change theirs."""
        wanted: dict[str, str] = {}
        nodes: dict[str, yaml.Node] = {}
        for name, (key, value) in (self._map(part[1], "rename") if part else {}).items():
            self._known(key, name)
            wanted[name] = self._text(value, "a name")
            nodes[name] = value
            self._check_name(value, wanted[name])
        found: dict[str, list[str]] = {n: t for n, t in self._named.items() if n not in wanted}
        for name, new in wanted.items():
            if new in found:
                self._wrong(nodes[name], f"'{new}' is there already", "to make them one, use merge")
            self._check_alike(nodes[name], new, found)
            found[new] = self._named[name]
        self._named = {wanted.get(name, name): tracks for name, tracks in self._named.items()}

    def _known(self, node: yaml.Node, name: str) -> None:
        if name in self._gone:
            self._wrong(node, f"'{name}' {self._gone[name][0]} in this file")
        if name not in self._named:
            self._wrong(node, f"no character '{name}'{nearest(name, self._named)}")

    def _check_name(self, node: yaml.Node, name: str) -> None:
        mark = node.start_mark
        check_name(name, f"{self._where}:{mark.line + 1}:{mark.column + 1}")

    def _check_alike(
        self, node: yaml.Node, name: str, others: Iterable[str], why: str = ""
    ) -> None:
        """Two folders whose names differ in case only are one on many disks."""
        for other in others:
            if other == name:
                self._wrong(node, f"'{name}' is there already{why and f'; {why}'}")
            if alike(other) == alike(name):
                self._wrong(node, f"'{name}' and '{other}' are one folder on many disks",
                            "give them names that differ in more than capitals")  # fmt: skip

    def _map(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if _is_empty(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            joined = isinstance(node, yaml.ScalarNode) and ":" in node.value
            self._wrong(node, f"{what}: 'name: value' is expected here",
                        "a space comes after the colon" if joined else None)  # fmt: skip
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = self._text(key, "a name")
            if name in found:
                self._wrong(key, f"'{name}' is there twice")
            found[name] = (key, value)
        return found

    def _list(self, node: yaml.Node, what: str) -> Sequence[yaml.Node]:
        if _is_empty(node):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(node, f"{what}: a list is expected here", "such as [one, other]")
        return list(node.value)

    def _text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            self._wrong(node, f"{what} is expected here")
        return str(node.value)

    def _wrong(self, node: yaml.Node, message: str, hint: str | None = None) -> NoReturn:
        mark = node.start_mark
        place = f"{self._where}:{mark.line + 1}:{mark.column + 1}"
        raise AskedWrongly(f"{place}: {message}", hint=hint)


def _is_empty(node: yaml.Node) -> bool:
    """Return whether nothing stands there, or ~, or null."""
    return isinstance(node, yaml.ScalarNode) and (node.value == "" or node.tag == _NULL)
