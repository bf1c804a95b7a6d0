from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from animstudio.knowledge.chunk import ChunkSpec, chunk_document
from animstudio.knowledge.documents import content_digest, find_documents, read_document
from animstudio.knowledge.documents.colour_words import colour_word
from tests.unit.knowledge.chunk.tokenizers import words
from tests.unit.knowledge.documents.reading import read, refused

CUT = {"kind": "cut", "start_frame": 0, "end_frame": 0}
SCENES: dict[str, Any] = {
    "film": "luca", "file": "luca.ts", "detector": "adaptive", "duration": 17.0,
    "scenes": [
        {"scene": 1, "start_seconds": 0.0, "end_seconds": 12.5,
         "opening": {"kind": "fade_in"}, "closing": CUT},
        {"scene": 2, "start_seconds": 12.5, "end_seconds": 17.0, "opening": CUT,
         "closing": {"kind": "dissolve"}},
    ],
}  # fmt: skip
CAMERA = {
    "film": "luca",
    "scenes": [
        {"shot": 1, "kind": "static", "direction": "none", "style": "handheld"},
        {"shot": 2, "kind": "pan_tilt", "direction": "left_up", "style": "smooth"},
    ],
}
COMPOSITION = {
    "film": "luca",
    "palette": [{"hex": "#f4d0d9", "share": 0.6}],
    "pictures": [
        {"scene": 2, "shot_size": "wide", "palette": [{"hex": "#102040", "share": 0.7}],
         "brightness": 0.2, "contrast": 0.7, "saturation": 0.1, "subjects": [{}]},
        {"scene": 2, "shot_size": "close_up", "palette": [{"hex": "#ffffff", "share": 0.5}],
         "brightness": 0.2, "contrast": 0.7, "saturation": 0.1, "subjects": []},
    ],
}  # fmt: skip
SOUND = {
    "tracks": [], "loudness_curve": [-40.0, -10.0], "curve_step": 12.5, "loudness_lufs": -23.26,
    "speech": [{"start": 11.0, "end": 13.25}], "speech_share": 0.13,
}  # fmt: skip
PARTS = {"scenes": SCENES, "camera": CAMERA, "composition": COMPOSITION, "sound": SOUND}
PASSAGES = [
    "luca: 2 scenes in 00:00:17.000; camera: static 1, pan tilt 1; "
    "palette light pink (#f4d0d9) 60 %; shots: wide 1, close-up 1; loudness -23.3 LUFS; "
    "speech in 13 % of the time.",
    "luca. Scene 1, 00:00:00.000 to 00:00:12.500 (12.5 s), the camera is static, handheld, "
    "quiet (-40 LUFS), somebody speaks 00:00:11.000-00:00:12.500, opens with a fade in.",
    "luca. Scene 2, 00:00:12.500 to 00:00:17.000 (4.5 s), close-up to wide shot, the camera pans "
    "and tilts left and up, smooth, palette dark blue (#102040) 35 %, white (#ffffff) 25 %, dark, "
    "high contrast, muted colours, 0 to 1 subjects, "
    "somebody speaks 00:00:12.500-00:00:13.250, closes with a dissolve.",
]


def test_every_scene_is_a_passage(tmp_path: Path):
    for part, value in PARTS.items():
        (tmp_path / part).mkdir()
        (tmp_path / part / "luca.json").write_text(json.dumps(value))
    document = read_document(tmp_path / "scenes/luca.json", tmp_path)
    assert (document.kind, document.title, document.language) == ("analysis", "luca", "en")
    assert document.text.split("\n\n")[1:] == PASSAGES
    assert document.read_with == ("camera/luca.json", "composition/luca.json", "sound/luca.json")
    chunks = chunk_document(document, ChunkSpec(), words)
    assert [(c.scene, c.begin, c.stop) for c in chunks] == [
        (None, 0.0, 17.0), (1, 0.0, 12.5), (2, 12.5, 17.0),
    ]  # fmt: skip
    assert chunks[2].headings == ("luca",)


def test_the_digest_covers_what_is_read_with_it(tmp_path: Path):
    for part in ("scenes", "camera"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "luca.json").write_text(json.dumps(PARTS[part]))
    file = tmp_path / "scenes/luca.json"
    before = content_digest(file, tmp_path)
    assert read_document(file, tmp_path).sha256 == before
    (tmp_path / "camera/luca.json").write_text(json.dumps(CAMERA | {"scenes": []}))
    assert content_digest(file, tmp_path) != before
    assert read_document(file, tmp_path).sha256 == content_digest(file, tmp_path)


def test_nothing_outside_the_folder_is_read(tmp_path: Path):
    for part in ("scenes", "camera"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "luca.json").write_text(json.dumps(PARTS[part]))
    document = read_document(tmp_path / "scenes/luca.json", tmp_path / "scenes")
    assert document.read_with == ()
    assert "camera" not in document.text


def test_the_other_files_do_not_repeat_the_scenes(tmp_path: Path):
    alone = read(tmp_path, "camera/luca.json", json.dumps(CAMERA))
    assert "Scene 2, the camera pans and tilts left and up, smooth." in alone.text
    read(tmp_path, "scenes/luca.json", json.dumps(SCENES))
    beside = read_document(tmp_path / "camera/luca.json", tmp_path)
    assert beside.text == "luca\n\nluca; camera: static 1, pan tilt 1."
    assert len(list(find_documents(tmp_path))) == 2


def test_all_in_one_file(tmp_path: Path):
    document = read(tmp_path, "luca.json", json.dumps({"film": "luca", **PARTS}))
    assert document.kind == "analysis"
    assert document.text.split("\n\n")[1:] == PASSAGES


def test_a_broken_analysis(tmp_path: Path):
    broken = SCENES | {"scenes": [{"scene": 1, "start_seconds": 0.0}]}
    assert refused(tmp_path, "a.json", json.dumps(broken)) == (
        "a.json: broken analysis: KeyError: 'end_seconds'"
    )
    (tmp_path / "camera").mkdir()
    (tmp_path / "camera/a.json").write_text("{")
    message = refused(tmp_path, "scenes/a.json", json.dumps(SCENES))
    assert message.startswith("scenes/a.json: camera/a.json, which is read with it, is broken: ")


def test_colours_have_names():
    names = {"#000000": "black", "#ffffff": "white", "#808080": "grey", "#ff0000": "red",
             "#00ff00": "green", "#0000ff": "blue", "#f4d0d9": "light pink", "#5a3a1a": "brown",
             "#102040": "dark blue", "nonsense": "nonsense"}  # fmt: skip
    assert {code: colour_word(code) for code in names} == names
