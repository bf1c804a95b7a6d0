"""The closing stage ``knowledge_base``: what is known of films can be asked, made on the CPU.

close
  gather the analysis, facts of each film, subtitles and documents into ``rag/documents/``
  bring ``rag/knowledge_base/`` in line with them
  prove that no GPU was touched; leave ``rag_summary.json``
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from animstudio.film.run.paths import readable
from animstudio.film.stages.prepared import prepared
from animstudio.film.stages.summaries import NAMES, write_json
from animstudio.kernel.closing import Closed, Closing
from animstudio.kernel.cpu_only import CpuOnlyProof, hide_gpus, prove_cpu_only
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.machine import Machine
from animstudio.kernel.settings import Settings
from animstudio.kernel.spec import RUNTIME, Spec
from animstudio.knowledge.embed import DEFAULT_MODEL
from animstudio.pipeline.stages.film_pieces import film_pieces

if TYPE_CHECKING:
    from animstudio.knowledge.base import Stats
    from animstudio.knowledge.gather import Gathered
    from animstudio.knowledge.sync import Synced

DOCUMENTS: Final = "rag/documents"
BASE: Final = "rag/knowledge_base"
_HIDING: Final = "CUDA_VISIBLE_DEVICES"


class RagSpec(Spec):
    """What a knowledge base is made of, and how."""

    film: str = "film"
    """What the run is called; documents about all its films are looked for under this name."""
    documents: Path | None = None
    """A folder of more documents, all of which are taken."""
    embedding_model: str | None = None
    """Name of the model that it is made with, or a folder that holds one; the built-in one
    unless given."""
    monitored: Annotated[bool, RUNTIME] = False
    """A monitor in this process reads the GPUs' state meanwhile."""


@dataclass(frozen=True, slots=True)
class _Built:
    gathered: Gathered
    passed_over: Mapping[str, str]
    synced: Synced
    stats: Stats
    proof: CpuOnlyProof


def check_request(spec: RagSpec, out: Path, machine: Settings) -> None:
    """Look whether it can be done, before hours are spent on what comes first.

    Raises AskedWrongly for a folder or a model that there is not.
    """
    from animstudio.knowledge.embed import load_embedder

    load_embedder(_model(spec), models=machine.models, cache=machine.cache, threads=1)
    if spec.documents is not None:
        if not spec.documents.is_dir():
            raise AskedWrongly(f"--documents {spec.documents}: there is no such folder")
        if spec.documents.resolve().is_relative_to((out / "rag").resolve()):
            raise AskedWrongly(f"--documents {spec.documents}: this is where stage 3 writes")


def close(spec: RagSpec, closing: Closing) -> Closed:
    """Bring the knowledge base in line with every film that stands."""
    path = closing.root / NAMES["rag"]
    path.unlink(missing_ok=True)  # an earlier run's must not be taken for this one's
    with _gpus_hidden():
        built = _build(spec, closing)
    problem = _problem(built)
    _leave_summary(spec, closing, built, problem)
    facts = {
        "documents": built.stats.total_documents,
        "chunks": built.stats.total_chunks,
        "passed_over": len(built.passed_over),
        "wrote": bool(built.synced.wrote or built.gathered.written),
    }
    return Closed(problem, facts=facts, files=[path])


def _model(spec: RagSpec) -> str:
    return spec.embedding_model or DEFAULT_MODEL


def _build(spec: RagSpec, closing: Closing) -> _Built:
    from animstudio.knowledge.base import KnowledgeBase
    from animstudio.knowledge.gather import GATHERED, gather
    from animstudio.knowledge.spec import SyncSpec
    from animstudio.knowledge.store.store import FILE

    out, base_folder, machine = closing.root, closing.root / BASE, closing.settings
    older = [process.pid for process in Machine().tree(os.getpid())]
    wanted = film_pieces(out, prepared(out), spec.film, spec.documents, closing.standing)
    gathered = gather(out / DOCUMENTS, wanted.pieces, closing.digest)
    if closing.fresh:
        shutil.rmtree(base_folder, ignore_errors=True)
    if (base_folder / FILE).is_file():
        with KnowledgeBase.open(base_folder, machine) as base:
            base.moved_with(out / DOCUMENTS, DOCUMENTS)
    base, synced = KnowledgeBase.build(
        base_folder, out / DOCUMENTS, machine, model=_model(spec),
        sync=SyncSpec(pattern=GATHERED), progress=closing.progress,
    )  # fmt: skip
    with base:
        stats = base.stats()
    proof = prove_cpu_only(reading_nvml=spec.monitored, older=older)
    return _Built(gathered, wanted.passed_over, synced, stats, proof)


@contextmanager
def _gpus_hidden(environment: MutableMapping[str, str] = os.environ) -> Iterator[None]:
    """Hide every GPU meanwhile; what was visible before is afterwards."""
    before = environment.get(_HIDING)
    hide_gpus(environment)
    try:
        yield
    finally:
        if before is None:
            del environment[_HIDING]
        else:
            environment[_HIDING] = before


def _failures(built: _Built) -> dict[str, str]:
    """Return what should have been read and could not, with reasons."""
    return {**built.gathered.failed, **built.synced.failed}


def _problem(built: _Built) -> str:
    failed = _failures(built)
    if not failed:
        return ""
    path, reason = next(iter(failed.items()))
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"could not be read: {path}: {reason}{more}"


def _leave_summary(spec: RagSpec, closing: Closing, built: _Built, problem: str) -> None:
    kinds = [entry.kind for entry in built.gathered.entries]
    index = json.loads((closing.root / NAMES["prepare"]).read_text(encoding="utf-8"))
    content: dict[str, Any] = {
        "stage": "rag",
        "timestamp": closing.now().isoformat(timespec="seconds"),
        "film_name": spec.film,
        "output_dir": readable(closing.root),
        "total_videos": len(index["films"]),
        "documents": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "embedding_model": _model(spec),
        "knowledge_base": {"folder": BASE, **asdict(built.stats)},
        "done": {
            "gathered": built.gathered.written,
            "withdrawn": built.gathered.withdrawn,
            **{k: v for k, v in asdict(built.synced).items() if k != "failed"},
        },
        "cpu_only": {_HIDING: "", "proved_of_processes": list(built.proof.processes)},
        "completed": not problem,
        "passed_over": [{"file": k, "reason": v} for k, v in built.passed_over.items()],
        "failed": [{"file": k, "error": v} for k, v in _failures(built).items()],
    }
    write_json(closing.root / NAMES["rag"], content)
