"""Stage 3 of the CPU run: what is known of the films becomes a knowledge base, on the CPU.

run_rag
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
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from animstudio.cli.film_pieces import film_pieces
from animstudio.cli.prepared import prepared
from animstudio.film.run.later import LaterEnded
from animstudio.film.run.paths import readable
from animstudio.film.run.summary import write_json
from animstudio.kernel.cpu_only import CpuOnlyProof, hide_gpus, prove_cpu_only
from animstudio.kernel.digests import DigestCache
from animstudio.kernel.errors import AskedWrongly, StudioError
from animstudio.kernel.files import refusal
from animstudio.kernel.guard import Guard
from animstudio.kernel.ledger import Ledger
from animstudio.kernel.machine import Machine
from animstudio.kernel.progress import Progress
from animstudio.kernel.settings import Settings, read_settings

if TYPE_CHECKING:
    from animstudio.knowledge.base import Stats
    from animstudio.knowledge.gather import Gathered
    from animstudio.knowledge.sync import Synced

DOCUMENTS: Final = "rag/documents"
BASE: Final = "rag/knowledge_base"
SUMMARY: Final = "rag_summary.json"
_HIDING: Final = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, slots=True)
class RagRequest:
    """What stage 3 is asked for.

    documents: a folder of more documents, all of which are taken.
    machine:   where models and caches lie.
    monitor:   the GPUs' state is read meanwhile, by a monitor in this process.
    """

    name: str
    out: Path
    documents: Path | None
    model: str
    machine: Settings
    fresh: bool
    monitor: bool


@dataclass(frozen=True, slots=True)
class _Built:
    gathered: Gathered
    passed_over: Mapping[str, str]
    synced: Synced
    stats: Stats
    proof: CpuOnlyProof


def rag_request(
    name: str, out: Path, documents: Path | None, model: str, fresh: bool, monitor: bool
) -> RagRequest:
    """Return a request that can be carried out, before hours are spent on what comes first.

    Raises AskedWrongly for a folder or a model that there is not.
    """
    from animstudio.knowledge.embed import load_embedder

    out = out.absolute()
    machine = read_settings(cwd=Path.cwd(), environment=os.environ)
    load_embedder(model, models=machine.models, cache=machine.cache, threads=1)
    if documents is not None:
        if not documents.is_dir():
            raise AskedWrongly(f"--documents {documents}: there is no such folder")
        if documents.resolve().is_relative_to((out / "rag").resolve()):
            raise AskedWrongly(f"--documents {documents}: this is where stage 3 writes")
        documents = documents.absolute()
    return RagRequest(name, out, documents, model, machine, fresh, monitor)


def run_rag(request: RagRequest, guard: Guard, progress: Progress) -> LaterEnded:
    """Carry out stage 3 over every film that stands; what goes wrong is told, not raised.

    The caller holds the output folder.
    """
    path = request.out / SUMMARY
    try:
        path.unlink(missing_ok=True)  # an earlier run's must not be taken for this one's
        guard.check_before()
        with _gpus_hidden():
            built = _build(request, progress)
        problem = _problem(built)
        _leave_summary(request, built, problem)
    except (StudioError, OSError) as error:
        known = refusal(error) if isinstance(error, OSError) else error
        hint = f" ({known.hint})" if known.hint else ""
        return LaterEnded(
            known.message,
            f"Stage 3 (rag) FAILED: {known.message}{hint}. The films' results are kept; mend the "
            f"cause and run: animstudio film rag {request.name} {request.out}",
            None,
        )
    return LaterEnded(problem, _told(request, built, problem), path)


def _build(request: RagRequest, progress: Progress) -> _Built:
    from animstudio.knowledge.base import KnowledgeBase
    from animstudio.knowledge.gather import GATHERED, gather
    from animstudio.knowledge.spec import SyncSpec
    from animstudio.knowledge.store.store import FILE

    out, base_folder = request.out, request.out / BASE
    older = [process.pid for process in Machine().tree(os.getpid())]
    index = prepared(out)
    cache = DigestCache(Ledger(out).home / ".digests.sqlite")
    try:
        wanted = film_pieces(out, index, request.name, request.documents, cache)
        gathered = gather(out / DOCUMENTS, wanted.pieces, cache.digest)
    finally:
        cache.close()
    if request.fresh:
        shutil.rmtree(base_folder, ignore_errors=True)
    if (base_folder / FILE).is_file():
        with KnowledgeBase.open(base_folder, request.machine) as base:
            base.moved_with(out / DOCUMENTS, DOCUMENTS)
    base, synced = KnowledgeBase.build(
        base_folder, out / DOCUMENTS, request.machine, model=request.model,
        sync=SyncSpec(pattern=GATHERED), progress=progress,
    )  # fmt: skip
    with base:
        stats = base.stats()
    proof = prove_cpu_only(reading_nvml=request.monitor, older=older)
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


def _leave_summary(request: RagRequest, built: _Built, problem: str) -> None:
    kinds = [entry.kind for entry in built.gathered.entries]
    index = json.loads((request.out / "dataset_index.json").read_text(encoding="utf-8"))
    content: dict[str, Any] = {
        "stage": "rag",
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "film_name": request.name,
        "output_dir": readable(request.out),
        "total_videos": len(index["films"]),
        "documents": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "embedding_model": request.model,
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
    write_json(request.out / SUMMARY, content)


def _told(request: RagRequest, built: _Built, problem: str) -> str:
    count = built.stats.total_documents
    documents = f"{count} document{'' if count == 1 else 's'}"
    over = len(built.passed_over)
    passed = f"; {over} passed over, see {SUMMARY}" if over else ""
    if problem:
        return f"Stage 3 (rag): {documents}{passed}; FAILED in part: {problem}"
    if not built.synced.wrote and not built.gathered.written:
        return f"Stage 3 (rag): nothing changed: {documents} stand, nothing was read anew{passed}."
    return (
        f"Stage 3 (rag): {documents} in {built.stats.total_chunks} chunks{passed}. Ask them: "
        f"animstudio kb query 'wide shot' --kb-dir {request.out / BASE}"
    )
