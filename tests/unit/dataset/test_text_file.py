"""Captions in the encodings in which people have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.dataset.text_file import read_caption


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("你好, 兔子", "gbk"),
        ("小兔子站在草地上", "gbk"),
        ("luca, 穿着红色衣服的男孩, 微笑", "gb18030"),
        ("luca_pagurus, smiling, standing, 海边的男孩", "gb18030"),
        ("a boy by the sea, standing, うさぎと草原", "shift_jis"),
        ("うさぎ, 草原", "shift_jis"),
        ("naïve café, “déjà vu” — señor Núñez", "cp1252"),
        ("a girl, größer", "latin-1"),
        ("a 字幕", "utf-16"),
        ("兔子", "utf-8-sig"),
    ],
)
def test_captions_are_read_as_they_were_meant(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    caption = read_caption(tmp_path / "a.txt")
    assert caption.text == text
    assert not caption.sound
