from __future__ import annotations

import pytest
from pydantic import ValidationError

from animstudio.knowledge.chunk import Chunk, ChunkSpec, Strategy, chunk_document
from animstudio.knowledge.document import Block, BlockKind, Document
from tests.unit.knowledge.chunk.tokenizers import letters, words

Part = tuple[BlockKind, str]


def document(*parts: Part, between: str = "\n\n", **facts: object) -> Document:
    text, blocks, path = "", [], ()
    for kind, words_ in parts:
        text += between if text else ""
        blocks.append(Block(len(text), len(text) + len(words_), kind, path, **facts))  # type: ignore[arg-type]
        text += words_
        path = (words_.strip("# "),) if kind == "heading" else path
    return Document("a", "text", text, tuple(blocks))


def cut(
    source: Document, size: int, overlap: int = 0, strategy: Strategy = "semantic"
) -> list[Chunk]:
    return chunk_document(
        source, ChunkSpec(chunking_strategy=strategy, chunk_size=size, chunk_overlap=overlap), words
    )


def plain(text: str) -> Document:
    return Document("a", "text", text, ())


def test_fixed_size_fills_chunks_and_repeats():
    chunks = cut(plain("a b c d e f g h i j k l m n"), 8, 2, "fixed_size")
    assert [c.text for c in chunks] == ["a b c d e f", "e f g h i j", "i j k l m n"]
    assert [c.tokens for c in chunks] == [8, 8, 8]


def test_fixed_size_cuts_no_word_in_two():
    chunks = cut(plain("one two threefour5678 nine"), 8, 0, "fixed_size")
    assert [c.text for c in chunks] == ["one two threefour5678 nine"]
    chunks = cut(plain("one two three four five six sevene8nine10 x."), 8, 0, "fixed_size")
    assert [c.text for c in chunks] == ["one two three four five six", "sevene8nine10 x."]


def test_windows_are_even():
    chunks = cut(plain(" ".join("abcdefghijklmnopq")), 10, 2, "sliding_window")
    assert [c.text.replace(" ", "") for c in chunks] == ["abcdefgh", "efghijkl", "jklmnopq"]
    assert len({c.tokens for c in chunks}) == 1


def test_sentences_stay_whole():
    text = "Dr. Rossi came. He ran! 海很大。天很蓝！走吧？好 He said “Go.” Then."
    chunks = cut(plain(text), 12, 0, "sentence")
    assert [c.text for c in chunks] == [
        "Dr. Rossi came. He ran! 海很大。", "天很蓝！走吧？", "好 He said “Go.” Then.",
    ]  # fmt: skip


def test_sentences_are_repeated_whole():
    chunks = cut(plain("One a. Two b. Three c. Four d. Five e."), 12, 4, "sentence")
    assert [c.text for c in chunks] == [
        "One a. Two b. Three c.", "Three c. Four d. Five e.",
    ]  # fmt: skip


def test_a_heading_stays_with_what_follows():
    source = document(
        ("heading", "# One"), ("paragraph", "a b c d e f."), ("heading", "## Two"),
        ("heading", "### Deep"), ("paragraph", "g h i."),
    )  # fmt: skip
    chunks = cut(source, 16)
    assert [c.text for c in chunks] == ["# One\n\na b c d e f.", "## Two\n\n### Deep\n\ng h i."]
    assert [c.headings for c in chunks] == [("One",), ("Deep",)]


def test_the_strongest_border_wins_where_a_chunk_is_full_enough():
    source = document(
        ("paragraph", "a b c d e f g h. i j k."),
        ("heading", "# H"),
        ("paragraph", "l m n o. p q."),
    )  # fmt: skip
    assert [c.text for c in cut(source, 20)] == ["a b c d e f g h. i j k.", "# H\n\nl m n o. p q."]


@pytest.mark.parametrize("kind", ["row", "cue", "symbol", "table", "list_item", "scene"])
def test_what_fits_is_not_cut(kind: BlockKind):
    parts: list[Part] = [(kind, "A b c. D e f."), (kind, "G h i. J k l."), (kind, "M n o. P q r.")]
    chunks = cut(document(*parts), 14, 4)
    assert [c.text for c in chunks] == [words_ for _, words_ in parts] or kind == "list_item"
    assert all(len(c.text.split("\n\n")) == 1 or kind == "list_item" for c in chunks)


def test_what_does_not_fit_is_cut_at_its_rows():
    rows = "\n".join(f"| {n} | b. c |" for n in range(6))
    chunks = cut(document(("table", rows)), 18)
    assert [c.text for c in chunks] == [
        "\n".join(rows.split("\n")[at : at + 2]) for at in (0, 2, 4)
    ]


def test_scenes_of_an_analysis_stand_alone():
    source = document(("paragraph", "A film."), ("scene", "One."), ("scene", "Two."))
    assert [c.text for c in cut(source, 512, 128)] == ["A film.", "One.", "Two."]


def test_nothing_is_repeated_across_a_heading():
    source = document(
        ("paragraph", "A b c. D e f. G h i."), ("heading", "# H"), ("paragraph", "J k l. M n o."),
    )  # fmt: skip
    chunks = cut(source, 16, 6)
    assert [c.text for c in chunks] == ["A b c. D e f. G h i.", "# H\n\nJ k l. M n o."]


def test_running_text_is_repeated_from_a_sentence_on():
    source = document(("paragraph", "A b c. D e f. G h i. J k l. M n o."))
    chunks = cut(source, 14, 5)
    assert [c.text for c in chunks] == ["A b c. D e f. G h i.", "G h i. J k l. M n o."]


def test_a_token_longer_than_a_chunk():
    source = plain("x" * 50)
    for strategy in ("fixed_size", "sentence", "semantic"):
        spec = ChunkSpec(chunking_strategy=strategy, chunk_size=10, chunk_overlap=0)  # type: ignore[arg-type]
        chunks = chunk_document(source, spec, letters)
        assert [c.tokens for c in chunks] == [10] * 6 + [4]
        (whole,) = chunk_document(source, spec, lambda text: [(0, len(text))])
        assert whole.text == source.text


def test_where_a_chunk_stands():
    blocks = (
        Block(0, 3, "cue", ("S",), page=1, scene=3, begin=1.0, stop=2.0, character="LUCA"),
        Block(4, 7, "cue", ("S",), page=2, scene=4, begin=2.0, stop=3.5, character="ALBERTO"),
        Block(8, 11, "symbol", symbol="A.b"),
        Block(12, 15, "symbol", symbol="A.c.d"),
    )
    source = Document("a", "subtitles", "a a\nb b\nc c\nd d", blocks)
    (first,) = cut(Document("a", "subtitles", source.text[:7], blocks[:2]), 64)
    (second,) = cut(Document("a", "code", source.text, blocks[2:]), 64, strategy="fixed_size")
    assert (first.headings, first.page, first.last_page) == (("S",), 1, 2)
    assert (first.scene, first.last_scene, first.begin, first.stop) == (3, 4, 1.0, 3.5)
    assert (first.character, first.characters) == (None, ("LUCA", "ALBERTO"))
    assert (second.symbol, second.symbols) == ("A", ("A.b", "A.c.d"))
    assert (second.first_line, second.last_line, second.character) == (1, 4, None)


def test_an_overlap_must_leave_room():
    with pytest.raises(ValidationError, match="an overlap of 60 tokens is too much"):
        ChunkSpec(chunk_size=64, chunk_overlap=60)
