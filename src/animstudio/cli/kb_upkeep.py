"""``animstudio kb verify | repair | reembed | export``: kept whole, and taken along."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from animstudio.cli.kb_places import Base, folders, found_base
from animstudio.cli.kb_show import progress_shown
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json, Model
from animstudio.cli.tables import write_json
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.embed import DEFAULT_MODEL
from animstudio.knowledge.store.verify import Problem


def verify(*, kb_dir: Base = None, as_json: Json = False) -> int:
    """Read all of a knowledge base and say what is wrong with it.

    Parameters
    ----------
    kb_dir
        The knowledge base.
    """
    folder = found_base(kb_dir)
    with KnowledgeBase.open(folder, folders()) as base:
        problems = base.verify()
    if as_json:
        write_json([asdict(problem) for problem in problems])
    for problem in problems:
        say(f"{problem.where}: {problem.what}")
    say(f"{folder}: {_verdict(problems)}")
    return 1 if problems else 0


def repair(*, kb_dir: Base = None) -> None:
    """Make a damaged knowledge base whole again out of what can be read.

    Parameters
    ----------
    kb_dir
        The knowledge base.
    """
    folder = found_base(kb_dir)
    lost = KnowledgeBase.repair(folder)
    for path in lost:
        say(f"lost: {path}; the next `kb add` reads it again")
    say(f"{folder}: sound")


def reembed(*, kb_dir: Base = None, embedding_model: Model = DEFAULT_MODEL) -> None:
    """Embed every chunk with another model; readers see the change all at once.

    Parameters
    ----------
    kb_dir
        The knowledge base.
    embedding_model
        Name of the model, or a folder that holds one.
    """
    with KnowledgeBase.open(found_base(kb_dir), folders()) as base, progress_shown() as progress:
        count = base.reembed(embedding_model, progress=progress)
    say(f"{count} chunks embedded with {embedding_model}")


def export(output_dir: Path, *, kb_dir: Base = None) -> None:
    """Write index.faiss, documents.json, chunks.json and stats.json.

    Parameters
    ----------
    output_dir
        The folder for them.
    kb_dir
        The knowledge base.
    """
    with KnowledgeBase.open(found_base(kb_dir), folders()) as base:
        for path in base.export(output_dir):
            sys.stdout.write(f"{path}\n")


def _verdict(problems: Sequence[Problem]) -> str:
    if not problems:
        return "sound"
    if all(problem.harmless for problem in problems):
        return "unfinished; the next kb add, or animstudio kb repair, completes it"
    return "damaged; mend it with: animstudio kb repair"
