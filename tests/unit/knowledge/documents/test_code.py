from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from animstudio.knowledge.documents.languages import LANGUAGES, code_language
from tests.unit.knowledge.documents.programs import PROGRAMS
from tests.unit.knowledge.documents.reading import block, read


def test_every_language_with_symbols_is_tried():
    assert {name for name, language in LANGUAGES.items() if language.grammar} == set(PROGRAMS)
    assert len(PROGRAMS) > 30


@pytest.mark.parametrize("language", PROGRAMS)
def test_symbols(tmp_path: Path, language: str):
    name, text, symbols = PROGRAMS[language]
    assert code_language(PurePath(name), text) == language
    document = read(tmp_path, name, text)
    assert (document.kind, document.language, document.text) == ("code", language, text)
    found = [b.symbol for b in document.blocks if b.symbol]
    # A class that is nothing but its methods has no block of its own; its name is in theirs.
    assert set(found) <= set(symbols)
    for symbol in symbols:
        assert any(s == symbol or s.startswith(f"{symbol}.") for s in found), symbol


def test_what_belongs_to_a_symbol(tmp_path: Path):
    name, text, _ = PROGRAMS["python"]
    document = read(tmp_path, name, text)
    words = [(b.kind, b.symbol, document.text[b.start : b.end]) for b in document.blocks]
    assert words[0] == ("code", None, "import os")
    assert words[1][2] == (
        '# Finds cuts.\n@cache\nclass Finder(Base):\n    """Finds."""\n    limit = 3'
    )
    assert words[2] == (
        "symbol", "Finder.find",
        "def find(self, film):\n        def inner(): pass\n        return film",
    )  # fmt: skip
    assert words[-1] == ("code", None, "main()")


def test_offsets_are_characters(tmp_path: Path):
    text = "# 海と空 \U0001f30a\r\ndef été():\r\n    return '海'\r\n\r\n\r\ndef b(): pass\r\n"
    document = read(tmp_path, "a.py", text)
    assert document.text == text
    assert [document.text[b.start : b.end] for b in document.blocks] == [
        "# 海と空 \U0001f30a\r\ndef été():\r\n    return '海'",
        "def b(): pass",
    ]
    assert [b.symbol for b in document.blocks] == ["été", "b"]


def test_errors_do_not_lose_the_rest(tmp_path: Path):
    document = read(tmp_path, "a.py", "def a(:\n    pass\n\nclass (\n\ndef b():\n    return 1\n")
    assert block(document, "return 1").symbol is not None
    assert read(tmp_path, "b.py", "((((" * 500).kind == "code"


def test_languages_without_symbols_are_code(tmp_path: Path):
    document = read(tmp_path, "Dockerfile", "FROM python\nRUN ls\n")
    assert (document.language, [b.kind for b in document.blocks]) == ("dockerfile", ["code"])


@pytest.mark.parametrize(
    ("name", "head", "language"),
    [
        ("a.m", "#import <x.h>\n@implementation A", "objc"),
        ("a.m", "function y = f(x)\n", "matlab"),
        ("a.ts", "<!DOCTYPE TS><TS>", "xml"),
        ("run", "#!/usr/bin/env -S python3 -u\n", "python"),
        ("run", "#!/usr/local/bin/node\n", "javascript"),
        ("run", "#!/opt/own\n", None),
        ("a.unknown", "x", None),
    ],
)
def test_names_that_are_not_enough(name: str, head: str, language: str | None):
    assert code_language(PurePath(name), head) == language
