from __future__ import annotations

import json
from pathlib import Path

from animstudio.knowledge.chunk import ChunkSpec, chunk_document
from tests.unit.knowledge.chunk.tokenizers import words
from tests.unit.knowledge.documents.reading import pieces, read


def test_json_as_readable_text(tmp_path: Path):
    value = {
        "title": "Luca",
        "director": {"name": "Enrico Casarosa"},
        "year": 2021,
        "genres": ["family", "fantasy"],
        "rated": None,
        "animated": True,
        "cast": [{"who": "Luca", "voice": {"en": "Jacob"}}, {"who": "Alberto"}],
        "odd": "a\ud800b\nc",
    }
    document = read(tmp_path, "film.json", json.dumps(value))
    assert (document.title, document.exact, document.lines) == ("Luca", False, False)
    assert pieces(document) == [
        ("paragraph", "title: Luca\ndirector.name: Enrico Casarosa\nyear: 2021\n"
                      "genres: family, fantasy\nanimated: yes\nodd: ab c"),
        ("row", "who: Luca\nvoice.en: Jacob"),
        ("row", "who: Alberto"),
    ]  # fmt: skip
    assert [b.headings for b in document.blocks] == [(), ("cast[0]",), ("cast[1]",)]


def test_json_lists_and_plain_values(tmp_path: Path):
    document = read(tmp_path, "list.json", '[{"a": 1}, [2, 3], "four"]')
    assert pieces(document) == [("row", "a: 1"), ("row", "2, 3"), ("row", "four")]
    assert document.blocks[1].headings == ("list[1]",)
    assert read(tmp_path, "one.json", '"words"').text == "words"


def test_json_lines_know_their_lines(tmp_path: Path):
    document = read(tmp_path, "a.jsonl", '{"a": "x\u2028y"}\r\n\r\n{"a": 2, "b": [{"c": 3}]}\n')
    assert pieces(document) == [("row", "a: x y"), ("row", "a: 2\nb[0].c: 3")]
    assert [b.line for b in document.blocks] == [1, 3]
    assert document.lines
    chunk = chunk_document(document, ChunkSpec(), words)[0]
    assert (chunk.first_line, chunk.headings) == (1, ("line 1",))


def test_csv_rows_have_their_names(tmp_path: Path):
    text = 'Name;Age;Note\r\n"Luca";13;"two\r\nlines"\r\n\r\nGiulia;;"a; b"\r\n'
    document = read(tmp_path, "a.csv", text)
    assert pieces(document) == [
        ("row", "Name | Age | Note"),
        ("row", "Name: Luca | Age: 13 | Note: two lines"),
        ("row", "Name: Giulia | Note: a; b"),
    ]
    assert [b.line for b in document.blocks] == [1, 2, 5]
    chunks = chunk_document(document, ChunkSpec(chunk_size=16, chunk_overlap=0), words)
    assert [(c.first_line, c.last_line) for c in chunks] == [(1, 1), (2, 2), (5, 5)]


def test_csv_without_names(tmp_path: Path):
    assert pieces(read(tmp_path, "a.csv", "1,2\n3,4\n")) == [("row", "1 | 2"), ("row", "3 | 4")]


def test_notebooks(tmp_path: Path):
    cells = [
        {"cell_type": "markdown", "source": ["# Head\n", "\n", "Words\n", "here"]},
        {"cell_type": "code", "source": "x = 1\n", "outputs": [{"data": "no"}]},
    ]
    book = {"nbformat": 4, "metadata": {"language_info": {"name": "python"}}, "cells": cells}
    document = read(tmp_path, "a.ipynb", json.dumps(book))
    assert pieces(document) == [
        ("heading", "Head"),
        ("paragraph", "Words\nhere"),
        ("code", "x = 1"),
    ]
    assert (document.title, document.blocks[2].language) == ("Head", "python")
