from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.knowledge.documents.papers import docx, paragraph, pdf
from tests.unit.knowledge.documents.reading import read

ASS = "[Script Info]\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,Hi"
FDX = "<FinalDraft><Content><Paragraph><Text>x</Text></Paragraph></Content></FinalDraft>"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.md", "# Head", "markdown"),
        ("a", "just words", "text"),
        ("a.unknown", "just words", "text"),
        ("a.txt", SRT, "subtitles"),
        ("a.txt", "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", "subtitles"),
        ("a", ASS, "subtitles"),
        ("a.txt", "<!DOCTYPE html><title>x</title><p>words", "html"),
        ("a.md", "<html><body><p>words", "html"),
        ("a.txt", '{"a": "words"}', "json"),
        ("a.log", '{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("a.json", '{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("a", "a,b,c\n1,2,3\n4,5,6\n", "csv"),
        ("a.csv", "a,b\n1,2\n", "csv"),
        ("a.tsv", "a\tb\n1\t2\n", "csv"),
        ("a.py", "x = 1\n", "code"),
        ("run", "#!/usr/bin/env python3\nx = 1\n", "code"),
        ("run", "#!/bin/sh\nls\n", "code"),
        ("Makefile", "all:\n\tls\n", "code"),
        ("a.txt", pdf([[(72, 700, "words")]]), "pdf"),
        ("a.pdf", "really only text", "text"),
        ("a.docx", "really only text", "text"),
        ("a.bin", docx(paragraph("words")), "docx"),
        ("a.xml", f"<?xml version='1.0'?>{FDX}", "screenplay"),
        ("a.xml", "<?xml version='1.0'?><other>words</other>", "code"),
        ("a.fountain", "words", "screenplay"),
        ("a.md", "# Notes\n\nINT. is a word.\n\nEXT. too, in prose.", "markdown"),
        ("a.txt", "[link] and (words)\n[more]", "text"),
    ],
)  # fmt: skip
def test_content_first_name_second(tmp_path: Path, name: str, content: str | bytes, kind: str):
    assert read(tmp_path, name, content).kind == kind


def test_comments_before_html_take_no_time(tmp_path: Path):
    text = "<!-- a --> " * 3000 + "<other>"
    assert read(tmp_path, "a.txt", text).kind == "text"
