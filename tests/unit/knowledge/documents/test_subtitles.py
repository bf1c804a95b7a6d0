from __future__ import annotations

import json
from pathlib import Path

from animstudio.knowledge.document import Document
from animstudio.knowledge.documents import content_digest, read_document
from tests.unit.knowledge.documents.reading import read


def cues(document: Document) -> list[tuple[float | None, float | None, str | None, str]]:
    return [(b.begin, b.stop, b.character, document.text[b.start : b.end]) for b in document.blocks]


def test_srt(tmp_path: Path):
    text = (
        "\ufeff1\r\n00:00:01,500 --> 00:00:03,000 X1:0 X2:9\r\n<i>Silenzio,</i>\r\n"
        "{\\an8}Bruno!\r\n\r\n7\r\n01:00:05,2 --> 01:00:06,25\r\nLUCA: 安静 &amp; still\r\n\r\n"
        "\r\n9\r\n01:00:07,000 --> 01:00:06,000\r\n2021\r\n"
    )
    document = read(tmp_path, "a.srt", text)
    assert cues(document) == [
        (1.5, 3.0, None, "Silenzio,\nBruno!"),
        (3605.2, 3606.25, "LUCA", "LUCA: 安静 & still"),
        (3607.0, 3607.0, None, "2021"),
    ]
    assert [b.line for b in document.blocks] == [2, 7, 12]
    assert (document.exact, document.lines) == (False, True)


def test_vtt(tmp_path: Path):
    text = (
        "WEBVTT - Luca\n\nNOTE nobody\nsays this\n\nSTYLE\n::cue {}\n\nintro\n"
        "00:01.500 --> 00:03.000 align:start\n<v.loud Luca>Silenzio, <b>Bruno!</b></v>\n"
        "<v Alberto>Sì &lt;3\n\n01:00:00.000 --> 01:00:01.000\n<00:00:00.100><c.x>Sea\n"
    )
    document = read(tmp_path, "a.vtt", text)
    assert document.title == "Luca"
    assert cues(document) == [
        (1.5, 3.0, "Luca", "Luca: Silenzio, Bruno!"),
        (1.5, 3.0, "Alberto", "Alberto: Sì <3"),
        (3600.0, 3601.0, None, "Sea"),
    ]


def test_ass(tmp_path: Path):
    text = (
        "[Script Info]\nTitle: Luca\n\n[V4+ Styles]\nFormat: Name, Fontname\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Comment: 0,0:00:00.00,0:00:01.00,D,,0,0,0,,no\n"
        "Dialogue: 0,0:00:05.00,0:00:06.00,D,Luca,0,0,0,,{\\i1}Silenzio,{\\i0}\\NBruno, now!\n"
        "Dialogue: 0,0:00:01.50,0:00:03.00,D,,0,0,0,,First\\hof all\n"
        "Dialogue: 0,0:00:02.00,0:00:03.00,D,,0,0,0,,{\\p1}m 0 0 l 9 9{\\p0}\n"
    )
    document = read(tmp_path, "a.ass", text)
    assert document.title == "Luca"
    assert cues(document) == [
        (1.5, 3.0, None, "First of all"),
        (5.0, 6.0, "Luca", "Luca: Silenzio,\nBruno, now!"),
    ]


def test_who_speaks(tmp_path: Path):
    said = ["- [Giulia] : Ciao!", "MRS. MARCOVALDO： Vieni", "卢卡：我来了", "Note: this is prose"]
    text = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{s}\n\n" for n, s in enumerate(said))
    assert [who for _, _, who, _ in cues(read(tmp_path, "a.srt", text))] == [
        "Giulia", "MRS. MARCOVALDO", "卢卡", None,
    ]  # fmt: skip


def scenes_of(*ends: float) -> str:
    begins = (0.0, *ends)
    return json.dumps({"film": "luca", "scenes": [
        {"scene": number, "start_seconds": begin, "end_seconds": end}
        for number, (begin, end) in enumerate(zip(begins, ends, strict=False), 1)
    ]})  # fmt: skip


def test_cues_know_the_scene_of_their_film(tmp_path: Path):
    (tmp_path / "analysis" / "scenes").mkdir(parents=True)
    scenes = tmp_path / "analysis" / "scenes" / "luca.2.json"
    scenes.write_text(scenes_of(4.0, 8.0, 12.0))
    (scenes.parent / "luca.json").write_text(scenes_of(100.0))
    (tmp_path / "subtitles").mkdir()
    cue = "1\n00:00:{}.000 --> 00:00:{}.000\nCiao\n\n"
    srt = tmp_path / "subtitles" / "luca.2.it.srt"
    srt.write_text("".join(cue.format(*times) for times in (("01", "02"), ("03", "07"),
                                                           ("11", "30"))))  # fmt: skip
    document = read_document(srt, tmp_path)
    assert [block.scene for block in document.blocks] == [1, 2, None]
    assert document.read_with == ("analysis/scenes/luca.2.json",)
    before = content_digest(srt, tmp_path)
    scenes.write_text(scenes_of(8.0))
    assert content_digest(srt, tmp_path) != before == document.sha256
    for broken in ("{", '{"scenes": [{"scene": "x"}]}', "[" * 10_000):
        scenes.write_text(broken)
        assert [block.scene for block in read_document(srt, tmp_path).blocks] == [None] * 3
    alone = read_document(srt, tmp_path / "subtitles")
    assert (alone.read_with, alone.blocks[0].scene) == ((), None)
