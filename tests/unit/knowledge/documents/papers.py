"""PDF, DOCX and FDX files, written here byte by byte."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")

Word = tuple[float, float, str]
"""Left edge and height above the page's foot, in points, and what stands there."""


def pdf(pages: Sequence[Sequence[Word]], *, title: str = "", password: bytes = b"") -> bytes:
    """Return a PDF in twelve-point Courier; one with a password is encrypted (RC4, 40 bits)."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
    ]
    kids = []
    for page in pages:
        words = b"".join(
            b"BT /F1 12 Tf %d %d Td (%s) Tj ET\n" % (x, y, _string(text)) for x, y, text in page
        )
        kids.append(len(objects) + 1)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>"
            b"/Contents %d 0 R>>" % (len(objects) + 2)
        )
        objects.append(words)
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (
        b" ".join(b"%d 0 R" % kid for kid in kids),
        len(kids),
    )
    info = len(objects) + 1
    objects.append(b"<</Title(%s)>>" % _string(title))
    return _file(objects, info, password)


def _string(text: str) -> bytes:
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: list[bytes], info: int, password: bytes) -> bytes:
    name = b"0123456789abcdef"
    key, lock = _locked(password, name) if password else (b"", b"")
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        if not body.startswith(b"<<"):
            body = _rc4(_object_key(key, number), body) if key else body
            body = b"<</Length %d>>\nstream\n%s\nendstream" % (len(body), body)
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    if key:
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (len(objects) + 1, lock))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    locked = b"/Encrypt %d 0 R" % (len(objects) + 1) if key else b""
    out.write(
        b"trailer <</Size %d/Root 1 0 R/Info %d 0 R/ID[<%s><%s>]%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(places) + 1, info, name.hex().encode(), name.hex().encode(), locked, start)
    )
    return out.getvalue()


def _locked(password: bytes, name: bytes) -> tuple[bytes, bytes]:
    """Return the key and the encryption dictionary: PDF 1.4, algorithms 3.2 to 3.4."""
    padded = (password + _PADDING)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + b"\xfc\xff\xff\xff" + name).digest()[:5]
    user = _rc4(key, _PADDING)
    return key, b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (
        owner.hex().encode(),
        user.hex().encode(),
    )


def _object_key(key: bytes, number: int) -> bytes:
    return hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10]


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STYLES = (
    '<w:style w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Heading2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:styleId="Mine"><w:name w:val="My Heading"/><w:basedOn w:val="Heading2"/></w:style>'
    '<w:style w:styleId="ListBullet"><w:name w:val="List Bullet"/></w:style>'
)


def paragraph(text: str, style: str = "") -> str:
    """Return a DOCX paragraph."""
    kind = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{kind}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def docx(body: str, *, title: str = "", prologue: str = "") -> bytes:
    """Return a DOCX file with this body."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "word/document.xml",
            f'{prologue}<w:document xmlns:w="{_NAMESPACE}" xmlns:mc="http://schemas.openxmlformats'
            f'.org/markup-compatibility/2006"><w:body>{body}</w:body></w:document>',
        )
        archive.writestr("word/styles.xml", f'<w:styles xmlns:w="{_NAMESPACE}">{STYLES}</w:styles>')
        archive.writestr(
            "docProps/core.xml",
            '<c:coreProperties xmlns:c="c" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{escape(title)}</dc:title></c:coreProperties>",
        )
    return out.getvalue()
