from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.knowledge.documents import ReadSpec
from tests.unit.knowledge.documents.papers import docx, paragraph
from tests.unit.knowledge.documents.reading import block, pieces, read, refused

PAGE = """<!doctype html><html><head><title>The  Film</title><style>p{}</style></head><body>
<script>alert("no")</script><h1>Luca &amp; co</h1><p>One <b>bold</b>
word.<br>Two<!-- no --></p><div>loose <span>text</span><ul>
<li>a<li><p>b</p><p>more</p><li></li></ul></div>
<h2>People</h2><table><caption>Cast</caption><tr><th>Name<th>Age</tr>
<tr><td>Luca<td>13</tr><tr><td><td>14</tr></table><p hidden>no</p><pre>x = 1
  y</pre><img alt="a boat"></body></html>"""


def test_html_as_it_is_seen(tmp_path: Path):
    document = read(tmp_path, "a.html", PAGE)
    assert (document.title, document.exact, document.lines) == ("The Film", False, False)
    assert pieces(document) == [
        ("heading", "Luca & co"),
        ("paragraph", "One bold word.\nTwo"),
        ("paragraph", "loose text"),
        ("list_item", "- a"),
        ("list_item", "- b"),
        ("paragraph", "more"),
        ("heading", "People"),
        ("table", "Cast\nName | Age\nName: Luca | Age: 13\nAge: 14"),
        ("code", "x = 1\n  y"),
        ("paragraph", "a boat"),
    ]
    assert block(document, "13").headings == ("Luca & co", "People")


def test_html_says_its_encoding(tmp_path: Path):
    text = '<html><head><meta charset="{}"></head><body><p>電影</p></body></html>'
    for name in ("big5", "utf-8"):
        data = text.format(name).encode(name)
        assert read(tmp_path, "a.html", data).text == "電影"


def test_html_nested_beyond_python_s_stack(tmp_path: Path):
    assert read(tmp_path, "a.html", "<html><body>" + "<div>" * 5000 + "deep").text == "deep"


BODY = (
    paragraph("The Film", "Heading1")
    + paragraph("Words and ")
    + "<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
    "<w:ins><w:r><w:t> inserted</w:t><w:br/><w:t>line</w:t></w:r></w:ins>"
    '<mc:AlternateContent><mc:Choice Requires="x"><w:r><w:t>!</w:t></w:r></mc:Choice>'
    "<mc:Fallback><w:r><w:t>twice</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p>"
    + f"<w:sdt><w:sdtContent>{paragraph('Sub', 'Mine')}</w:sdtContent></w:sdt>"
    + paragraph("one", "ListBullet")
    + "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>two</w:t></w:r></w:p>"
    + "<w:tbl><w:tr>"
    + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in ("Name", "Age"))
    + "</w:tr><w:tr>"
    + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in ("Luca", "13"))
    + "</w:tr></w:tbl>"
)


def test_docx_as_it_is_printed(tmp_path: Path):
    document = read(tmp_path, "a.docx", docx(BODY, title="Title of it"))
    assert document.title == "Title of it"
    assert pieces(document) == [
        ("heading", "The Film"),
        ("paragraph", "Words and"),
        ("paragraph", "kept inserted\nline!"),
        ("heading", "Sub"),
        ("list_item", "- one"),
        ("list_item", "- two"),
        ("table", "Name | Age\nName: Luca | Age: 13"),
    ]
    assert block(document, "Luca").headings == ("The Film", "Sub")


def misled(content: bytes) -> bytes:
    """Return an archive whose directory says that it lies further back than it does."""
    at = content.rindex(b"PK\x05\x06") + 16
    where = int.from_bytes(content[at : at + 4], "little")
    return content[:at] + (where + 90_000).to_bytes(4, "little") + content[at + 4 :]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (docx(paragraph("x" * 200_000)),
         "a.docx: word/document.xml unpacks to more than 0.1 MiB"),
        (docx("", prologue='<!DOCTYPE x [<!ENTITY a "aaa">]>'),
         "a.docx: word/document.xml: it declares a document type, which may hide entities"),
        (docx("<w:p>"), "a.docx: broken: word/document.xml: mismatched tag: line 1, column 169"),
        (docx("<w:sdt>" * 500 + "</w:sdt>" * 500),
         "a.docx: word/document.xml: nested too deeply"),
        (docx(""), "a.docx: there is no text in it"),
        (misled(docx(paragraph("x"))), "a.docx: broken: word/document.xml does not unpack "
         "(negative seek value -90000)"),
    ],
)  # fmt: skip
def test_docx_with_tricks(tmp_path: Path, content: bytes, message: str):
    assert refused(tmp_path, "a.docx", content, ReadSpec(largest_text=0.1)) == message
