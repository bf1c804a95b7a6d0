from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.knowledge.document import Document
from animstudio.knowledge.documents.screenplay import is_screenplay
from animstudio.knowledge.documents.script_lines import character_name, scene_heading
from tests.unit.knowledge.documents.reading import block, read

PLAIN = """                         LUCA

                  Written by Somebody

FADE IN:

12   I/E. PORTOROSSO HARBOUR - DAY                                   12

     A boy climbs out of the water. ALBERTO waits.

                         LUCA (V.O.)
                   (whispering)
               Silenzio, Bruno!
13.
               And then again.

     He runs.

                         ALBERTO
               Come on!

                                                     CUT TO:

13A  INT. TOWER - NIGHT                                             13A

     They look at the stars.

                         LUCA
               How many?
               12
               (MORE)
"""


def told(document: Document) -> list[tuple[str, int | None, str | None, str]]:
    return [
        (b.kind, b.scene, b.character, " ".join(document.text[b.start : b.end].split()))
        for b in document.blocks
    ]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_screenplay_shaped_text(tmp_path: Path, ends: str):
    document = read(tmp_path, "luca.txt", PLAIN.replace("\n", ends))
    assert (document.kind, document.title, document.exact) == ("screenplay", "LUCA", True)
    assert told(document)[3:] == [
        ("heading", 12, None, "12 I/E. PORTOROSSO HARBOUR - DAY 12"),
        ("paragraph", 12, None, "A boy climbs out of the water. ALBERTO waits."),
        ("cue", 12, "LUCA", "LUCA (V.O.) (whispering) Silenzio, Bruno!"),
        ("cue", 12, "LUCA", "And then again."),
        ("paragraph", 12, None, "He runs."),
        ("cue", 12, "ALBERTO", "ALBERTO Come on!"),
        ("paragraph", 12, None, "CUT TO:"),
        ("heading", 13, None, "13A INT. TOWER - NIGHT 13A"),
        ("paragraph", 13, None, "They look at the stars."),
        ("cue", 13, "LUCA", "LUCA How many? 12"),
    ]
    assert block(document, "Come on").headings == ("I/E. PORTOROSSO HARBOUR - DAY",)


def test_chinese_screenplay(tmp_path: Path):
    text = "第一场 内景 咖啡馆 日\n\n卢卡走进来。\n卢卡：我来了。\n\n"
    text += "第十二場 外景 海边 夜\n\n阿尔贝托（小声）：嘘！\n"
    document = read(tmp_path, "a.txt", text)
    assert told(document) == [
        ("heading", 1, None, "第一场 内景 咖啡馆 日"),
        ("paragraph", 1, None, "卢卡走进来。"),
        ("cue", 1, "卢卡", "卢卡：我来了。"),
        ("heading", 12, None, "第十二場 外景 海边 夜"),
        ("cue", 12, "阿尔贝托", "阿尔贝托（小声）：嘘！"),
    ]


FOUNTAIN = """Title: _Luca_
Author: X
    goes on

# Act One

int. house - day #4A#

Luca enters.

@McLuca
(softly)
Silenzio, Bruno!

LUCA ^
12

I/E. CAR - NIGHT

> CUT TO:

.THE SEA

/* cut
EXT. NOTHING

*/

FINE.
"""


def test_fountain(tmp_path: Path):
    document = read(tmp_path, "a.fountain", FOUNTAIN)
    assert (document.title, document.exact) == ("Luca", True)
    assert told(document) == [
        ("paragraph", None, None, "Title: _Luca_ Author: X goes on"),
        ("heading", None, None, "# Act One"),
        ("heading", 4, None, "int. house - day #4A#"),
        ("paragraph", 4, None, "Luca enters."),
        ("cue", 4, "McLuca", "@McLuca (softly) Silenzio, Bruno!"),
        ("cue", 4, "LUCA", "LUCA ^ 12"),
        ("heading", 5, None, "I/E. CAR - NIGHT"),
        ("paragraph", 5, None, "> CUT TO:"),
        ("heading", 6, None, ".THE SEA"),
        ("paragraph", 6, None, "/* cut EXT. NOTHING */"),
        ("paragraph", 6, None, "FINE."),
    ]
    assert block(document, "Silenzio").headings == ("Act One", "int. house - day")


def test_final_draft(tmp_path: Path):
    def line(kind: str, words: str, more: str = "") -> str:
        return f'<Paragraph Type="{kind}"{more}><Text>{words}</Text></Paragraph>'

    double = line("Character", "LUCA") + line("Dialogue", "Ciao!")
    body = (
        line("Scene Heading", "INT. HOUSE - DAY", ' Number="3A"')
        + '<Paragraph Type="Action"><Text>Luca </Text><Text Style="Bold">runs</Text></Paragraph>'
        + line("Character", "GIULIA (V.O.)") + line("Parenthetical", "(soft)")
        + line("Dialogue", "Silenzio!")
        + f"<Paragraph><DualDialogue>{double}</DualDialogue></Paragraph>"
        + line("Scene Heading", "EXT. SEA")
    )  # fmt: skip
    page = "<TitlePage><Content><Paragraph><Text>LUCA</Text></Paragraph></Content></TitlePage>"
    script = f"<FinalDraft><Content>{body}</Content>{page}</FinalDraft>"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{script}'
    document = read(tmp_path, "a.fdx", text)
    assert document.title == "LUCA"
    assert told(document) == [
        ("paragraph", None, None, "LUCA"),
        ("heading", 3, None, "INT. HOUSE - DAY"),
        ("paragraph", 3, None, "Luca runs"),
        ("cue", 3, "GIULIA", "GIULIA (V.O.) (soft) Silenzio!"),
        ("cue", 3, "LUCA", "LUCA Ciao!"),
        ("heading", 4, None, "EXT. SEA"),
    ]


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("INT. HOUSE - DAY", (None, "INT. HOUSE - DAY")),
        ("I/E. CAR", (None, "I/E. CAR")),
        ("INT./EXT. CAR - DAY", (None, "INT./EXT. CAR - DAY")),
        ("EXT BEACH", (None, "EXT BEACH")),
        ("4  EXT. BEACH - DAY  4", (4, "EXT. BEACH - DAY")),
        ("4 EXT. BEACH - DAY 4", (4, "EXT. BEACH - DAY")),
        ("112B. EXT. ROOM 7 - DAY", (112, "EXT. ROOM 7 - DAY")),
        ("EXT. BEACH #7#", (7, "EXT. BEACH")),
        ("3. 内景 房间 - 夜", (3, "3. 内景 房间 - 夜")),
        ("INTERIOR DESIGN", None),
        ("INT. is a word.", None),
        ("Extra words", None),
        ("内外有别", None),
        ("INT. " + "x" * 400, None),
    ],
)
def test_scene_headings(line: str, heading: tuple[int | None, str] | None):
    assert scene_heading(line) == heading


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("LUCA", "LUCA"),
        ("LUCA (CONT'D)", "LUCA"),
        ("LUCA (cont'd) ^", "LUCA"),
        ("MRS. O'BRIEN-SMITH", "MRS. O'BRIEN-SMITH"),
        ("AGENT 7", "AGENT 7"),
        ("CUT TO:", None),
        ("FADE OUT.", None),
        ("THE END", None),
        ("12", None),
        ("(CONTINUED)", None),
        ("BANG!", None),
        ("Luca", None),
    ],
)
def test_names(line: str, name: str | None):
    assert character_name(line) == name


def test_prose_is_no_screenplay():
    assert not is_screenplay("He said INT. and EXT. are words.\n\nINT. HOUSE\n\nNothing else.")
    assert not is_screenplay("")
    assert is_screenplay("INT. HOUSE - DAY\n\nHe runs.\n\nEXT. SEA - DAY\n\nLUCA\nCiao!\n")
