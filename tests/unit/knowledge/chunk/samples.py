"""A real file of every format, with a little of everything in it."""

from __future__ import annotations

import json

from tests.unit.knowledge.documents.papers import docx, paragraph, pdf
from tests.unit.knowledge.documents.programs import PROGRAMS
from tests.unit.knowledge.documents.test_analysis import PARTS
from tests.unit.knowledge.documents.test_html_docx import BODY, PAGE
from tests.unit.knowledge.documents.test_markdown import NOTES
from tests.unit.knowledge.documents.test_screenplays import FOUNTAIN, PLAIN

MIXED = (
    "场景三：Luca 走进房间。The light is low, e.g. like dusk. 他说：“安静，布鲁诺！”然后跑了[13]。"
    "Sources agree.:contentReference[oaicite:4]{index=4} See Dr. Rossi [2, 3].\r\n\r\n"
)
CUES = "".join(
    f"{n + 1}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\nLUCA: line {n}, and so on.\n\n"
    for n in range(30)
)
LONG = "word " * 700 + "\n" + "x" * 3000 + "\n\n" + "海" * 900 + "。" + "end.\n" * 40

FILES: dict[str, str | bytes] = {
    "notes.md": (NOTES.split("---\n", 2)[2] + MIXED) * 4,
    "notes.txt": MIXED * 12,
    "long.txt": LONG,
    "big5.txt": ("場景三：路卡走進房間，然後跑了。" * 30).encode("big5"),
    "page.html": PAGE * 3,
    "paper.pdf": pdf([[(72, 700 - 20 * n, f"Line {n} of the page.") for n in range(20)]] * 3),
    "word.docx": docx(BODY * 3 + paragraph(MIXED * 5)),
    "film.json": json.dumps({"title": "x", "cast": [{"name": f"n {n}"} for n in range(40)]}),
    "rows.jsonl": "".join(json.dumps({"a": n, "b": MIXED}) + "\n" for n in range(12)),
    "rows.csv": "name,age\n" + "".join(f"Luca {n},{n}\n" for n in range(60)),
    "cues.srt": CUES,
    "script.fountain": FOUNTAIN * 3,
    "script.txt": PLAIN * 3,
    "luca.json": json.dumps({"film": "luca", **PARTS}),
} | {f"{language}/{name}": text * 3 for language, (name, text, _) in PROGRAMS.items()}
