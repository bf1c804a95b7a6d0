"""What a YAML parser did not understand, in words that say how to mend it."""

from __future__ import annotations

import re
from typing import Any

from animstudio.pipeline.recipe.problems import Findings, Source, Spot

_WORDS = (
    ("a tab character", "a tab; lines are indented with spaces"),
    ("mapping values are not allowed", "a second ':' in one line, or an indent that is off"),
    ("did not find expected key", "not indented like the keys above it, or not ended before"),
    ("did not find expected '-'", "not indented like the list above it"),
    ("unexpected end of stream", "the text in quotes that begins here is not closed"),
    ("found unknown escape character", "an unknown escape in double quotes"),
    ("expected <document start>", "indented less than the line the file begins with"),
    ("could not find expected ':'", "a key without a ':'"),
    ("undefined tag handle", "a tag that is not read in a recipe"),
    ("did not find expected node content", "a value is missing here"),
)
_OPEN = (
    ("did not find expected ',' or ']'", "list", "]"),
    ("did not find expected ',' or '}'", "map in braces", "}"),
)
_HINTS = {
    "an unknown escape in double quotes": "write \\\\ for a backslash, or use single quotes",
    "a second ':' in one line, or an indent that is off": "quote a text that has ': ' in it",
}
_UNQUOTED = re.compile(
    r"""(?P<before>(?:^|[\s\[,:{-])\s*)(?P<text>\$?\{[A-Za-z_][\w-]*(?:\.[\w-]+)?\}[^\s,\]}"']*"""
    r"""(?:\s*(?:==|!=|<=?|>=?|in|and|or|not)\s(?:\[[^\]]*\]|[^#,}\]])*)?)"""
)

_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""YAML 1.2.2, section 5.1: what is not printable."""


def explain(error: Any, source: Source, findings: Findings) -> None:
    """Note a parser's error at its place, with the mending it most likely needs."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # the reader's: a character that YAML does not allow
        _unprintable(error, source, findings)
        return
    at = Spot(source, mark.line + 1, mark.column + 1)
    context = getattr(error, "context_mark", None)
    at, quoted = _unquoted(source, at, context)
    if quoted:
        written = f"write '{quoted}'" if '"' in quoted else f'write "{quoted}"'
        message = f"'{quoted}' is not quoted, and braces begin a map in YAML"
        findings.add("syntax", message, at, hint=written)
        return
    said = str(error.problem)
    hint: str | None
    if "cannot start any token" in said:
        character = source.line(at.line)[at.column - 1 : at.column]
        message = f"a value cannot begin with '{character}'"
        hint = "indent with spaces" if character == "\t" else "quote it"
    else:
        message, at = _ended(said, at, context)
        message = next((ours for theirs, ours in _WORDS if theirs in message), message)
        hint = _HINTS.get(message)
    findings.add("syntax", message, at, hint=hint)


def _ended(said: str, at: Spot, context: Any) -> tuple[str, Spot]:
    """Return what is said of a list, map or text that does not end, and the place to look at."""
    if context is None:
        return said, at
    begin = Spot(at.source, context.line + 1, context.column + 1)
    if "unexpected end of stream" in said:
        return said, begin
    for theirs, what, bracket in _OPEN:
        if theirs in said:
            if begin.line == at.line:
                return f"a ',' or '{bracket}' is missing before this", at
            return f"the {what} that begins here is not closed", begin
    return said, at


def _unquoted(source: Source, at: Spot, context: Any) -> tuple[Spot, str]:
    """Return the reference without quotes that ends at or before a place of a line, if any."""
    # The parser may notice only at the beginning of a later line.
    lines = [at.line] + ([context.line + 1] if context else [])
    for number in lines:
        line = source.line(number)
        for found in _UNQUOTED.finditer(line):
            begin, end = found.span("text")
            touched = number != at.line or begin < at.column <= end + 1
            bare = re.fullmatch(r"\{[^{}]*\}", found["text"])  # this alone YAML reads as a map
            if touched and not bare:
                return Spot(source, number, begin + 1), found["text"].rstrip()
    return at, ""


def _unprintable(error: Any, source: Source, findings: Findings) -> None:
    # libyaml counts bytes of its own buffer, so the place is looked for.
    found = _NOT_YAML.search(source.text)
    if found is None:
        findings.add_elsewhere("syntax", str(error).partition("\n")[0], source.file)
        return
    before = source.text[: found.start()]
    at = Spot(source, before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1)
    code = f"U+{ord(found[0]):04X}"
    findings.add("syntax", f"{code} is a control character, which YAML does not allow", at)
