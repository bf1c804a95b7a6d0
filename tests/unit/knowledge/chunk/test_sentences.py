from __future__ import annotations

import time
from itertools import pairwise

import pytest

from animstudio.knowledge.chunk.sentences import sentence_ends


def sentences(text: str) -> list[str]:
    places = [0, *sentence_ends(text), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


@pytest.mark.parametrize(
    "parts",
    [
        ["One. ", "Two! ", "Three? ", "Four… ", "Five."],
        ["Dr. Rossi met Mrs. J. R. Smith. ", "They ran, e.g. fast."],
        ["It was 3.5 m. ", "“Go.” ", "(Yes.) ", "No."],
        ["他来了。", "天很蓝！", "走吧？", "“好。”", "他说；", "是"],
        ["他来了。 ", "She ran. ", "走吧"],
        ["Cited.[13] ", "Again. [2, 3] ", "More.:contentReference[oaicite:4]{index=4} ", "End."],
        ["Sources agree【4†source】. ", "Both do.【12†a】 ", "End."],
        ["A line\nthat goes on. ", "Next.\n\n", "no stop here\n\n", "end"],
        ["and then... he went on. ", "Then."],
        ["Crlf.\r\n", "Next.\r\n\r\n", "End."],
    ],
)
def test_where_sentences_end(parts: list[str]):
    assert sentences("".join(parts)) == parts


@pytest.mark.parametrize("text", ["." * 200_000, "\n" * 200_000, ". " * 100_000, "[1]" * 70_000])
def test_odd_texts_take_no_time(text: str):
    before = time.process_time()
    sentences(text)
    assert time.process_time() - before < 2
