"""The default model, with its real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from animstudio.kernel.errors import AskedWrongly
from animstudio.knowledge.embed import DEFAULT_MODEL, load_embedder, minilm, minilm_graph
from animstudio.knowledge.embed.minilm import MiniLM

TEXTS = [
    "A boy rides a scooter along the coast.",
    "A child drives a Vespa by the sea.",
    "The quarterly report lists all expenses.",
    "",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> MiniLM:
    return MiniLM(tmp_path_factory.mktemp("cache"), threads=2)


def test_vectors_have_length_one_and_mean_something(model: MiniLM) -> None:
    ride, drive, report, empty = (each[0] for each in model.embed(TEXTS))
    for vector in (ride, drive, report, empty):
        assert vector.dtype == np.float32
        assert abs(float(vector @ vector) - 1) < 1e-5
    assert ride @ drive > 0.5 > 0.2 > ride @ report


def test_a_vector_does_not_depend_on_its_neighbours(model: MiniLM) -> None:
    together = model.embed(TEXTS)
    for text, vectors in zip(TEXTS, together, strict=True):
        np.testing.assert_array_equal(model.embed([text])[0], vectors)


def test_a_long_text_is_read_to_its_end(model: MiniLM) -> None:
    long = "train " * 900 + "sea " * 300
    vectors = model.embed([long])[0]
    assert len(vectors) == 3
    about = model.embed_query("sea")
    assert int(np.argmax(vectors @ about)) == 2
    assert len(model.embed(["train " * 510])[0]) == 1


def test_the_vocabulary_reads_a_models_own_mark_as_text(model: MiniLM) -> None:
    assert len(model.offsets("[SEP]")) > 1


def test_offsets_are_those_of_the_text(model: MiniLM) -> None:
    text = "Café: 陽光!"
    assert [text[start:end] for start, end in model.offsets(text)] == ["Café", ":", "陽", "光", "!"]


@pytest.mark.parametrize(
    ("text", "share"),
    [("Where is Luca?", 1), ("Città, l’été, Ångström 7", 1), ("路卡是誰？", 0), ("路卡 Vespa", 0.5),
     ("🛵", 0), ("Где Лука", 0), ("?!", 1), ("", 1)],
)  # fmt: skip
def test_how_much_of_a_question_it_was_taught(model: MiniLM, text: str, share: float) -> None:
    assert model.reads(text) == pytest.approx(share, abs=0.2 if share == 0.5 else 0)


def test_a_damaged_graph_in_the_cache_is_made_again(tmp_path: Path) -> None:
    before = MiniLM(tmp_path, 1).embed_query("sea")
    (file,) = (tmp_path / "models").iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    np.testing.assert_array_equal(MiniLM(tmp_path, 1).embed_query("sea"), before)
    assert file.read_bytes() != content


def test_both_ways_to_multiply_give_the_same(tmp_path: Path) -> None:
    import onnxruntime

    given = {"tokens": np.array([[101, 2712, 3899, 102]], np.int64)}
    found = []
    for signed in (True, False):
        graph = minilm_graph.build_graph(minilm._weights_file(), signed=signed)
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        found.append(session.run(None, given)[0])
    np.testing.assert_allclose(found[0], found[1], atol=2e-3 if not _vnni() else 1e-6)


def _vnni() -> bool:
    return minilm._multiplies_8_bits(Path("/proc/cpuinfo"))


def test_names_of_models(tmp_path: Path) -> None:
    def load(name: str) -> str:
        return load_embedder(name, models=tmp_path, cache=tmp_path, threads=1).name

    assert load("all-MiniLM-L6-v2") == load(DEFAULT_MODEL) == DEFAULT_MODEL
    assert load("multilingual-e5-small") == "intfloat/multilingual-e5-small"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/modules.json").write_text("[]")
    assert load("mine") == "mine"
    with pytest.raises(AskedWrongly, match="did you mean"):
        load("sentence-transformers/all-MiniLM-L6-v3")
