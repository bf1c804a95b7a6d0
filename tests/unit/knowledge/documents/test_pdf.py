from __future__ import annotations

from pathlib import Path

from animstudio.knowledge.documents import ReadSpec
from tests.unit.knowledge.documents.papers import Word, pdf
from tests.unit.knowledge.documents.reading import block, pieces, read, refused


def test_pages_and_paragraphs(tmp_path: Path):
    pages: list[list[Word]] = [
        [(72, 700, "First line of words"), (72, 686, "second (line)"), (72, 650, "Next.")],
        [],
        [(72, 700, "Third page.")],
    ]
    document = read(tmp_path, "a.pdf", pdf(pages, title="My film"))
    assert (document.title, document.exact) == ("My film", False)
    assert pieces(document) == [
        ("paragraph", "First line of words\nsecond (line)"),
        ("paragraph", "Next."),
        ("paragraph", "Third page."),
    ]
    assert [b.page for b in document.blocks] == [1, 1, 3]


def test_what_cannot_be_read(tmp_path: Path):
    locked = pdf([[(72, 700, "x")]], password=b"secret")
    assert (
        refused(tmp_path, "a.pdf", locked)
        == "a.pdf: it is encrypted: a password is needed to read it"
    )
    assert (
        refused(tmp_path, "a.pdf", pdf([[], []]))
        == "a.pdf: no text in its 2 pages: scanned pictures?"
    )
    many = pdf([[(72, 700, "x")]] * 3)
    assert refused(tmp_path, "a.pdf", many, ReadSpec(most_pages=2)) == (
        "a.pdf: 3 pages, more than the 2 that a PDF may have"
    )
    assert refused(tmp_path, "a.pdf", many[:99]) == "a.pdf: broken: PDFium finds no PDF in it"


def script_page(*lines: tuple[int, str]) -> list[Word]:
    """Set lines in Courier's columns; an empty one leaves room."""
    return [
        (72 + 7.2 * column, 740 - 12 * number, words)
        for number, (column, words) in enumerate(lines)
        if words
    ]


def test_a_screenplay_keeps_its_margins_out(tmp_path: Path):
    pages = [
        script_page(
            (60, "1."), (0, ""), (0, "1"), (5, "I/E. HARBOUR - DAY"), (0, ""),
            (5, "A boy climbs out."), (5, "He waits."), (0, ""), (25, "LUCA (V.O.)"),
            (18, "(soft)"), (15, "Silenzio, Bruno! It is"), (15, "me."), (0, ""), (5, "He runs."),
        ),
        script_page((60, "2."), (0, ""), (0, "2    INT. TOWER - NIGHT"), (0, ""), (25, "ALBERTO"),
                    (15, "Come on!")),
    ]  # fmt: skip
    document = read(tmp_path, "a.pdf", pdf(pages))
    assert document.kind == "screenplay"
    words = [(b.page, b.scene, b.character, " ".join(document.text[b.start : b.end].split()))
             for b in document.blocks]  # fmt: skip
    assert words == [
        (1, 1, None, "I/E. HARBOUR - DAY"),
        (1, 1, None, "A boy climbs out. He waits."),
        (1, 1, "LUCA", "LUCA (V.O.) (soft) Silenzio, Bruno! It is me."),
        (1, 1, None, "He runs."),
        (2, 2, None, "2 INT. TOWER - NIGHT"),
        (2, 2, "ALBERTO", "ALBERTO Come on!"),
    ]
    assert block(document, "Come on").headings == ("INT. TOWER - NIGHT",)
