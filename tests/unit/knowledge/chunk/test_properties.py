"""What holds for every document, strategy, size and tokenizer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.knowledge.chunk import ChunkSpec, Offsets, Strategy, chunk_document
from animstudio.knowledge.document import Block, Document
from animstudio.knowledge.documents.plain import paragraphs
from tests.unit.knowledge.chunk.samples import FILES
from tests.unit.knowledge.chunk.tokenizers import bytes_of, letters, none, words
from tests.unit.knowledge.documents.reading import read

STRATEGIES: tuple[Strategy, ...] = ("fixed_size", "sentence", "sliding_window", "semantic")
SIZES = (
    ChunkSpec(),
    ChunkSpec(chunk_size=64, chunk_overlap=16),
    ChunkSpec(chunk_size=12, chunk_overlap=0),
)


def check(document: Document, spec: ChunkSpec, tokens: Offsets) -> None:
    """Raise AssertionError for anything that must hold and does not."""
    text, spans = document.text, [span for span in tokens(document.text) if span[1] > span[0]]
    chunks = chunk_document(document, spec, tokens)
    covered = 0
    for number, chunk in enumerate(chunks):
        assert text[chunk.start : chunk.end] == chunk.text
        assert chunk.text == chunk.text.strip() != ""
        inside = [span for span in spans if chunk.start <= span[0] < chunk.end]
        assert chunk.tokens == len(inside) + 2
        # One letter that has more tokens than a chunk holds cannot be parted.
        assert chunk.tokens <= spec.chunk_size or len({start for start, _ in inside}) == 1
        assert not text[covered : chunk.start].strip(), "nothing is left out"
        assert chunk.end > covered, "every chunk goes on"
        if number:
            assert chunk.start > chunks[number - 1].start
            before = chunks[number - 1]
            again = [span for span in spans if chunk.start <= span[0] < before.end]
            assert len(again) <= spec.chunk_overlap or spec.chunking_strategy == "sliding_window"
        assert 1 <= chunk.first_line <= chunk.last_line
        if document.exact:
            assert chunk.first_line == 1 + len(_ends(text[: chunk.start]))
            assert chunk.last_line == 1 + len(_ends(text[: chunk.end - 1]))
        covered = chunk.end
    assert not text[covered:].strip()


def _ends(text: str) -> list[str]:
    return [letter for letter in text.replace("\r\n", "\n") if letter in "\r\n"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", FILES)
def test_every_format(tmp_path: Path, name: str, strategy: Strategy):
    document = read(tmp_path, name, FILES[name])
    previous = 0
    for block in document.blocks:
        assert previous <= block.start < block.end <= len(document.text)
        assert document.text[block.start : block.end].strip() != ""
        previous = block.end
    for spec in SIZES:
        check(document, spec.model_copy(update={"strategy": strategy}), words)


TEXTS = st.text(
    st.sampled_from("ab .\n\r\t!?海空。！”\"'[1]#|-*`\ufeff\u200b\U0001f30a"), max_size=400
)


@settings(max_examples=150, deadline=None)
@given(
    text=TEXTS,
    strategy=st.sampled_from(STRATEGIES),
    sizes=st.tuples(st.integers(8, 40), st.integers(0, 20)),
    tokens=st.sampled_from((words, letters, bytes_of, none)),
    data=st.data(),
)
def test_any_text(
    text: str, strategy: Strategy, sizes: tuple[int, int], tokens: Offsets, data: st.DataObject
):
    size, overlap = sizes
    most = (size - 2) * 3 // 4
    spec = ChunkSpec(chunking_strategy=strategy, chunk_size=size, chunk_overlap=min(overlap, most))
    kinds = data.draw(st.sampled_from(["plain", "rows", "headings", "scenes", "none"]))
    check(Document("a", "text", text, _blocks(text, kinds)), spec, tokens)


def _blocks(text: str, kind: str) -> tuple[Block, ...]:
    found = list(paragraphs(text))
    if kind == "none":
        return ()
    if kind == "plain":
        return tuple(found)
    names = {"rows": ("row",), "headings": ("heading", "paragraph"), "scenes": ("scene", "symbol")}
    kinds = names[kind]
    return tuple(
        Block(b.start, b.end, kinds[number % len(kinds)])  # type: ignore[arg-type]
        for number, b in enumerate(found)
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nothing_to_cut(strategy: Strategy):
    spec = ChunkSpec(chunking_strategy=strategy)
    assert chunk_document(Document("a", "text", "", ()), spec, words) == []
    assert chunk_document(Document("a", "text", " \n ", ()), spec, words) == []
    (only,) = chunk_document(Document("a", "text", " one. ", ()), spec, words)
    assert (only.text, only.start, only.end, only.tokens) == ("one.", 1, 5, 4)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_tokenizer_is_called_once(strategy: Strategy):
    calls = []

    def counted(text: str) -> list[tuple[int, int]]:
        calls.append(text)
        return words(text)

    chunk_document(
        Document("a", "text", "word. " * 5000, ()), ChunkSpec(chunking_strategy=strategy), counted
    )
    assert len(calls) == 1
