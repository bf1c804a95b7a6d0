from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from animstudio.knowledge.documents import (
    ReadSpec,
    UnreadableDocument,
    content_digest,
    read_document,
)
from tests.unit.knowledge.documents.reading import read, refused


def test_a_document_knows_its_file(tmp_path: Path):
    document = read(
        tmp_path, "notes/luca.md", "# Luca\n\nA boy of the sea, and that is the film.\n"
    )
    assert (document.path, document.kind, document.title) == ("notes/luca.md", "markdown", "Luca")
    assert document.sha256 == hashlib.sha256((tmp_path / "notes/luca.md").read_bytes()).hexdigest()
    assert document.sha256 == content_digest(tmp_path / "notes/luca.md", tmp_path)
    assert (document.bytes, document.exact, document.lines) == (48, True, True)
    assert (document.language, document.encoding) == ("en", "utf-8")


def test_the_title_is_the_file_s_name_where_nothing_tells_it(tmp_path: Path):
    assert read(tmp_path, "shot list.txt", "one\ntwo").title == "shot list"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.md", b"", "empty.md: the file is empty"),
        ("blank.txt", b" \n\n\t", "blank.txt: there is no text in it"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0", "a.txt: not a document: a PNG picture"),
        ("film.md", b"\x1aE\xdf\xa3\x01", "film.md: not a document: a film (Matroska, WebM)"),
        ("clip.mp4", b"\0\0\0 ftypisom",
         "clip.mp4: not a document: a film or picture (MP4, MOV, HEIC)"),
        ("x.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
         "x.doc: not a document: an old Office document (.doc, .xls, .ppt); "
         "save it as DOCX, CSV or PDF"),
        ("x.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
         "x.docx: not a document: an Office document with a password"),
        ("x.docx", b"PK\x03\x04nothing", "x.docx: not a document: a broken ZIP archive"),
        ("x.txt", b"some words\0and a zero", "x.txt: not text: a zero byte at position 10"),
        ("x.txt", bytes(range(1, 9)) * 9,
         "x.txt: not text: 54 control characters among 72"),
        ("x.txt", b"caf\xc3\xa9 " * 33 + b"\xe2\x82",
         "x.txt: begins as UTF-8 text, and breaks off at byte 198"),
        ("x.txt", b"\xff\xfea\0b\0c", "x.txt: begins as UTF-16 text, and breaks off at byte 6"),
        ("x.pdf", b"%PDF-1.7 nothing", "x.pdf: broken: PDFium finds no PDF in it"),
        ("x.json", b'{"a": [1, 2}',
         "x.json: broken JSON: line 1, column 12: Expecting ',' delimiter"),
        ("x.json", b"[" * 100_000, "x.json: nested too deeply"),
        ("x.jsonl", b'{"a": 1}\nnot json\n',
         "x.jsonl: broken JSON: line 2: Expecting value"),
        ("x.fdx", b"<FinalDraft><Content></FinalDraft>",
         "x.fdx: broken: mismatched tag: line 1, column 23"),
        ("x.srt", b"no cues at all", "x.srt: there are no subtitles in it"),
        ("x.csv", b'a,b\n1,"2\n', None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(tmp_path: Path, name: str, content: bytes, message: str | None):
    if message is None:
        assert read(tmp_path, name, content).kind == "csv"  # an open quote hides nothing
    else:
        assert refused(tmp_path, name, content) == message


def test_a_file_too_large_is_not_read(tmp_path: Path):
    file = tmp_path / "server.log"
    with file.open("wb") as log:
        log.truncate(10 << 30)  # sparse: it takes no room
    with pytest.raises(UnreadableDocument) as caught:
        read_document(file, tmp_path, ReadSpec())
    assert caught.value.reason == "10 GiB, more than the 256 MiB that a document may have"
    assert caught.value.hint == "raise --largest-file, or split the file"


def test_too_much_text_is_refused(tmp_path: Path):
    limits = ReadSpec(largest_text=0.01)
    words = "more text than the 0.01 MiB that are read of a document"
    assert refused(tmp_path, "a.txt", "word " * 4000, limits) == f"a.txt: {words}"
    assert refused(tmp_path, "a.html", "<p>word</p>" * 4000, limits) == f"a.html: {words}"


def test_what_is_no_file(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "round").symlink_to("round")
    (tmp_path / "folder.md").mkdir()
    for name, reason in (
        ("pipe.txt", "a pipe, socket or device, not a file"),
        ("round", "a link that leads around in a circle"),
        ("folder.md", "a folder, not a file"),
        ("gone.md", "it is not there (any more)"),
    ):
        with pytest.raises(UnreadableDocument) as caught:
            read_document(tmp_path / name, tmp_path)
        assert caught.value.message == f"{name}: {reason}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path):
    (tmp_path / "a.md").touch(mode=0)
    with pytest.raises(UnreadableDocument, match=r"a\.md: no permission to read it"):
        read_document(tmp_path / "a.md", tmp_path)


def test_a_refusal_by_the_system_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.md").write_text("words")
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(UnreadableDocument, match=r"a\.md: no permission to read it"):
        read_document(tmp_path / "a.md", tmp_path)


def test_names_that_are_no_text_are_readable(tmp_path: Path):
    document = read(tmp_path, os.fsdecode(b"caf\xe9.txt"), "words")
    assert document.path == "caf\ufffd.txt"
    assert document.path.encode()
