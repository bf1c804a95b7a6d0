"""YAML text as nodes, by PyYAML's event parser: the only home of PyYAML.

Events rather than PyYAML's own tree, since that builds itself by recursion (a thousand
brackets end the process) and knows neither duplicate keys nor the size of what aliases
repeat. Nothing is constructed: a tag can only be one of the core schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe.nodes import Mapping, Node, Scalar, Sequence, kind_of
from animstudio.pipeline.recipe.problems import Findings, Source, Spot
from animstudio.pipeline.recipe.scalars import core_value
from animstudio.pipeline.recipe.syntax import explain

DEEPEST = 64
"""Levels of lists and maps, aliases followed."""

REPEATED = 500_000
"""Nodes that aliases may repeat in one file; ten thousand stages with fifty shared options."""

_CORE = "tag:yaml.org,2002:"
_COLLECTIONS = {"list": "seq", "map": "map"}
_WORDS = {"null": "null", "bool": "true or false", "int": "a whole number", "float": "a number"}


def read_yaml(source: Source, findings: Findings) -> Node | None:
    """Return the one document of a text; None, and problems, where there is none."""
    import yaml

    tree = _Tree(source, findings)
    reaction = tree.reactions(yaml)
    try:
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(source.text)
        while not tree.stopped:
            event = loader.get_event()
            if type(event) is yaml.StreamEndEvent:
                break
            react = reaction.get(type(event))
            if react:
                react(event)
    except yaml.YAMLError as error:
        explain(error, source, findings)
        return None
    except RecursionError:  # the parser written in Python, on a machine without libyaml
        tree.refuse_depth(1, 1)
    if tree.root is None and not tree.stopped and not len(findings):
        findings.add_elsewhere("syntax", "is empty", source.file)
    return None if tree.stopped else tree.root


@dataclass(slots=True, eq=False)
class _Open:
    """A list or map that has begun, and the key that waits for its value."""

    node: Sequence | Mapping
    anchor: str | None
    key: Scalar | None = None
    flow: bool = False
    last_empty: bool = False


class _Tree:
    """Nodes as they come, in a stack of what is open."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self.source, self.findings = source, findings
        self.root: Node | None = None
        self.stopped = False
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._repeated = 0
        self._documents = 0

    def reactions(self, yaml: Any) -> dict[type, Callable[[Any], None]]:
        """Return what to do on which event."""
        return {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.SequenceStartEvent: self._begin_list,
            yaml.MappingStartEvent: self._begin_map,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
            yaml.DocumentStartEvent: self._document,
        }

    def _at(self, event: Any) -> Spot:
        mark = event.start_mark
        return Spot(self.source, mark.line + 1, mark.column + 1)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self.findings.add(
                "syntax", "a second document begins; a recipe is one document", self._at(event)
            )
            self.stopped = True

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        text = event.value
        value: object = text
        if event.tag is not None:
            value = self._tagged(event)
        elif event.implicit[0]:  # plain, so its look decides
            value = self._core(event)
        node = Scalar(self.source, mark.line + 1, mark.column + 1, text, value)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._put(node, empty=not text and event.end_mark.index == mark.index)

    def _core(self, event: Any) -> object:
        try:
            return core_value(event.value)
        except ValueError as error:
            self.findings.add("type", str(error), self._at(event), hint="quote it if it is text")
            return 0

    def _tagged(self, event: Any) -> object:
        text, short = event.value, event.tag.removeprefix(_CORE)
        if event.tag == "!" or short == "str":
            return text
        if not event.tag.startswith(_CORE) or short not in _WORDS:
            self._refuse_tag(event, "a value")
            return text
        value = self._core(event)
        kinds = {"null": type(None), "bool": bool, "int": int, "float": float}
        if short == "float" and type(value) is int:
            return float(value)
        if type(value) is not kinds[short]:
            message = f"'{text}' is not {_WORDS[short]}, as its tag says"
            self.findings.add("type", message, self._at(event))
        return value

    def _refuse_tag(self, event: Any, what: str) -> None:
        tag = event.tag
        shown = f"!!{tag.removeprefix(_CORE)}" if tag.startswith(_CORE) else tag
        self.findings.add(
            "tag", f"the tag '{shown}' is not read in a recipe", self._at(event),
            hint=f"leave it out, or quote {what} that begins with an exclamation mark",
        )  # fmt: skip

    def _begin_list(self, event: Any) -> None:
        mark = event.start_mark
        self._begin(event, Sequence(self.source, mark.line + 1, mark.column + 1), "list")

    def _begin_map(self, event: Any) -> None:
        mark = event.start_mark
        self._begin(event, Mapping(self.source, mark.line + 1, mark.column + 1), "map")

    def _begin(self, event: Any, node: Sequence | Mapping, kind: str) -> None:
        if event.tag not in (None, "!", _CORE + _COLLECTIONS[kind]):
            self._refuse_tag(event, "a text")
        if event.anchor:
            self._anchors[event.anchor] = node
        self._stack.append(_Open(node, event.anchor, flow=bool(event.flow_style)))
        if len(self._stack) > DEEPEST:
            self.refuse_depth(node.line, node.column)

    def refuse_depth(self, line: int, column: int) -> None:
        """Stop at what is nested too deep."""
        at = Spot(self.source, line, column)
        self.findings.add("too-large", f"nested deeper than {DEEPEST} levels", at)
        self.stopped = True

    def _end(self, event: Any) -> None:
        done = self._stack.pop()
        node = done.node
        if isinstance(node, Mapping):
            node.braced = done.flow and len(node.pairs) == 1 and done.last_empty
        self._put(node, empty=False)

    def _alias(self, event: Any) -> None:
        at, name = self._at(event), event.anchor
        node = self._anchors.get(name)
        if node is None:
            message = f"no anchor is called '{name}'{nearest(name, self._anchors)}"
            self.findings.add("alias", message, at, hint="quote a text that begins with '*'")
            node = Scalar(self.source, at.line, at.column, f"*{name}", None)
        elif any(node is opened.node for opened in self._stack):
            self.findings.add("alias", f"'*{name}' stands inside what it repeats", at)
            node = Scalar(self.source, at.line, at.column, f"*{name}", None)
        elif not isinstance(node, Scalar):
            self._repeated += node.size
            if self._repeated > REPEATED:
                message = f"aliases repeat more than {REPEATED:,} values"
                self.findings.add("too-large", message, at)
                self.stopped = True
            if len(self._stack) + node.height > DEEPEST:
                self.refuse_depth(at.line, at.column)
        self._put(node, empty=False)

    def _put(self, node: Node, *, empty: bool) -> None:
        """Set a finished node into what is open around it."""
        if not self._stack:
            self.root = node
            return
        around = self._stack[-1]
        holder = around.node
        if isinstance(holder, Sequence):
            holder.items.append(node)
        elif around.key is None:
            around.key = self._as_key(node)
            return
        else:
            key, around.key = around.key, None
            around.last_empty = empty
            self._pair(holder, key, node)
        if isinstance(node, Scalar):
            holder.size += 1
        else:
            holder.size += node.size
            holder.height = max(holder.height, node.height + 1)

    def _as_key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        if isinstance(node, Mapping) and node.braced:
            name, around = next(iter(node.pairs)), self._stack[-1].node
            self.findings.add(
                "template", f"'{{{{{name}}}}}' has two pairs of braces, and a reference has one",
                around, hint=f'write "{{{name}}}"',
            )  # fmt: skip
            self.findings.settle(node)
        else:
            self.findings.add("key", f"a key is a word, and this is {kind_of(node)}", node)
        return Scalar(self.source, node.line, node.column, "", "")

    def _pair(self, holder: Mapping, key: Scalar, node: Node) -> None:
        first = holder.pairs.get(key.text)
        if first is None:
            holder.pairs[key.text] = (key, node)
            return
        self.findings.add(
            "duplicate-key", f"the key '{key.text}' stands here a second time", key,
            notes=[("here is the first", first[0])],
        )  # fmt: skip
