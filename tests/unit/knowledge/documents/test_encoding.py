from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.knowledge.documents.encoding import Decoded, decode
from tests.unit.knowledge.documents.reading import read

TRADITIONAL = "小男孩路卡在義大利海邊小鎮度過了一個難忘的夏天，他和新朋友阿貝托一起騎偉士牌機車。"
SIMPLIFIED = "小男孩卢卡在意大利海边小镇度过了一个难忘的夏天，他和新朋友阿尔贝托一起骑摩托车。"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "plain"),
        ("utf-8-sig", "marked 海"),
        ("utf-16", "marked 海"),
        ("utf-32", "marked 海"),
        ("utf-16-le", "no mark at all\r\nand 海"),
        ("utf-16-be", "no mark at all\r\nand 海"),
        ("big5", TRADITIONAL),
        ("big5", "第三場 路卡走進房間"),
        ("big5", "Scene 3: Luca 走進房間 and says hello. 海邊 for the lighting team."),
        ("gb18030", SIMPLIFIED),
        ("gb18030", "第三场 卢卡走进房间"),
        ("gb18030", "Scene 3: Luca 走进房间 and says hello. 海边 for the lighting team."),
        ("cp932", "ルカは海の中で暮らしている。彼は新しい友達と夏を過ごした。"),
        ("euc_jp", "ルカは海の中で暮らしている。彼は新しい友達と夏を過ごした。"),
        ("cp949", "루카는 바다 속에서 살고 있다. 그는 새로운 친구와 여름을 보냈다."),
        ("cp1252", "Luca vit sous la mer près de Portorosso. Il a passé l’été – à vélo."),
        ("cp1252", "Café crème"),
        ("cp1251", "Лука живёт под водой. Он провёл лето со своим новым другом."),
        ("cp1250", "Luka mieszka pod wodą. Spędził lato z przyjacielem, żółta łódź."),
    ],
)
def test_the_bytes_tell_the_encoding(encoding: str, text: str):
    found = decode(text.encode(encoding))
    assert isinstance(found, Decoded)
    assert (found.text, text.encode(encoding).decode(found.encoding)) == (text, text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_utf8_is_itself(text: str):
    found = decode(text.encode())
    expected = text.removeprefix("\ufeff")
    assert isinstance(found, Decoded)
    assert found.text == expected


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_are_text_or_refused_and_never_changed(data: bytes):
    found = decode(data)
    if isinstance(found, Decoded):
        assert data.decode(found.encoding) == found.text
        assert "\0" not in found.text
    else:
        assert found.startswith(("not text", "begins as"))


def test_line_ends_stay_and_marks_go(tmp_path: Path):
    data = b"\xef\xbb\xbf# Head\r\n\r\nWords.\r\n"
    document = read(tmp_path, "a.md", data)
    assert document.text == "# Head\r\n\r\nWords.\r\n"
    assert document.encoding == "utf-8-sig"
    assert data.decode(document.encoding) == document.text
    assert [document.text[b.start : b.end] for b in document.blocks] == ["# Head", "Words."]


def test_languages(tmp_path: Path):
    for number, (text, language) in enumerate((
        ("The boy and the sea, and that is all of it.", "en"),
        (TRADITIONAL, "zh"),
        ("Scene 3 灯光：" + SIMPLIFIED, "zh"),
        ("ルカは海の中で暮らしている。", "ja"),
        ("루카는 바다 속에서 살고 있다.", "ko"),
        ("Il ragazzo è nel mare e non sa che la luna è di formaggio", "it"),
        ("xyz 123", None),
    )):  # fmt: skip
        assert read(tmp_path, f"{number}.txt", text).language == language
