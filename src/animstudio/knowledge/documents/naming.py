"""How the pieces of programs are named, language by language: a node's name, or None for none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMES: Final = ("name", "function_name", "type", "pattern")
_NAME_LIKE: Final = re.compile(
    r"identifier|name|symbol|sym_lit|atom|word|constant|alias|IDENTIFIER"
)
_LONGEST: Final = 120
_CONTAINER: Final = re.compile(r"=\s*(?:packed |extern )?(?:struct|enum|union|opaque)\b")


def text(node: Node | None) -> str:
    """Return a node's text on one line."""
    if node is None or node.text is None:
        return ""
    return " ".join(node.text[: 4 * _LONGEST].decode("utf-8", errors="ignore").split())[:_LONGEST]


def usual(node: Node) -> str | None:
    """Return the field that names it, or the first thing in it that looks like a name."""
    for field in _NAMES:
        named = node.child_by_field_name(field)
        if named is not None:
            return text(named).split("<", 1)[0].strip() or None
    return _first_name(node, 4)


def _first_name(node: Node, depth: int) -> str | None:
    for child in node.named_children:
        if _NAME_LIKE.search(child.type) and "keyword" not in child.type:
            return text(child)
    for child in node.named_children if depth else ():
        if child.type.endswith(("body", "block", "arguments", "parameters")):
            continue
        named = child.child_by_field_name("name")
        found = text(named) if named is not None else _first_name(child, depth - 1)
        if found:
            return found
    return None


def script(node: Node) -> str | None:
    """Name a variable only where its value is a function or a class."""
    if node.type == "variable_declarator":
        value = node.child_by_field_name("value")
        kinds = ("arrow_function", "function_expression", "function", "class", "generator_function")
        if value is None or value.type not in kinds:
            return None
    return usual(node)


def declared(node: Node) -> str | None:
    """Follow C's declarators: ``static int *find(int a)`` is ``find``; a type needs a body."""
    if node.type.endswith("_specifier"):
        return text(node.child_by_field_name("name")) if node.child_by_field_name("body") else None
    inner = node.child_by_field_name("declarator")
    while inner is not None:
        deeper = inner.child_by_field_name("declarator")
        if deeper is None:
            return text(inner) or None
        inner = deeper
    return usual(node)


def receiver(node: Node) -> str | None:
    """Name Go's methods by their type: ``Shot.Cut``."""
    own = usual(node)
    taker = node.child_by_field_name("receiver")
    if taker is None or own is None:
        return own
    kind = re.search(r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\])?\s*\)$", text(taker))
    return f"{kind.group(1)}.{own}" if kind else own


def swift(node: Node) -> str | None:
    """Name initialisers ``init``."""
    return "init" if node.type == "init_declaration" else usual(node)


def assigned(node: Node) -> str | None:
    """Name R's functions by what they are assigned to."""
    value = node.child_by_field_name("rhs")
    if value is None or value.type != "function_definition":
        return None
    return text(node.child_by_field_name("lhs"))


def julia(node: Node) -> str | None:
    """Name short functions, ``twice(a) = 2a``, and no other assignment."""
    if node.type == "assignment" and (
        not node.named_children or node.named_children[0].type != "call_expression"
    ):
        return None
    return usual(node)


def equations(node: Node) -> str | None:
    """Name what is defined by several equations; `code` puts neighbours of one name together."""
    return usual(node)


def elixir(node: Node) -> str | None:
    """Name ``defmodule`` and ``def``: calls, as everything is."""
    if not text(node.child_by_field_name("target")).startswith("def"):
        return None
    arguments = next((child for child in node.named_children if child.type == "arguments"), None)
    first = arguments.named_children[0] if arguments and arguments.named_children else None
    while first is not None and first.type in ("binary_operator", "call"):
        first = first.child_by_field_name("left") or first.child_by_field_name("target")
    return text(first) or None


def lisp(node: Node) -> str | None:
    """Name a list that begins with ``def...``."""
    found = re.match(r"\(\s*(def[\w*+!?/-]*)\s+\(?\s*(?:\^\S+\s+)*([^\s()\[\]{}]+)", text(node))
    return found.group(2) if found else None


def zig(node: Node) -> str | None:
    """Name functions, and constants that are structs, enums or unions."""
    inner = node.named_children[0] if node.named_children else None
    if inner is None:
        return None
    if inner.type == "FnProto":
        return text(inner.child_by_field_name("function"))
    if inner.type == "VarDecl" and _CONTAINER.search(text(inner)):
        return text(inner.child_by_field_name("variable_type_function"))
    return None


def heading(node: Node) -> str | None:
    """Name a style or a rule by what stands before its body."""
    named = node.child_by_field_name("name")
    if named is not None:
        return text(named)
    return re.split(r"[{:]" if node.type == "rule" else r"\{", text(node), maxsplit=1)[0].strip()


def labels(node: Node) -> str | None:
    """Name Terraform's blocks: ``resource.aws_s3_bucket.films``."""
    words = [
        text(child).strip('"')
        for child in node.named_children
        if child.type in ("identifier", "string_lit")
    ]
    return ".".join(words) or None


def cmake(node: Node) -> str | None:
    """Name a function by its first argument."""
    found = re.match(r"\w+\s*\(\s*([^\s()]+)", text(node))
    return found.group(1) if found else None


def key(node: Node) -> str | None:
    """Name the mappings of a YAML file's first level."""
    if node.start_point[1] != 0:
        return None
    return text(node.child_by_field_name("key")).strip("\"'") or None


def table(node: Node) -> str | None:
    """Name TOML's tables."""
    return text(node).lstrip("[").split("]", 1)[0].strip()


def with_body(node: Node) -> str | None:
    """Name Dart's functions, whose signature and body are neighbours."""
    return usual(node)


NAMING: Final[Mapping[str, Callable[[Node], str | None]]] = {
    way.__name__: way
    for way in (
        usual, script, declared, receiver, swift, assigned, julia, equations, elixir, lisp, zig,
        heading, labels, cmake, key, table, with_body,
    )
}  # fmt: skip
"""Every way of naming by its name in the table of languages."""
