"""What became of a run over films, for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

from animstudio.film.stages.states import FilmState, film_states
from animstudio.film.stages.summaries import NAMES, failed_before
from animstudio.kernel.closing import Closed
from animstudio.kernel.errors import FAILED, OK
from animstudio.pipeline.conduct import RunOutcome
from animstudio.pipeline.stages.knowledge_base import BASE


def conclude(
    out: Path, name: str, parts: Sequence[str], outcome: RunOutcome, *, as_json: bool
) -> int:
    """Show what became of the run; 1 when a film was set aside or a stage failed."""
    before = [] if "prepare" in parts or parts == ("rag",) else failed_before(out)
    told = _told_of_rag(outcome.closed["rag"], out, name) if "rag" in outcome.closed else ""
    if parts == ("rag",):
        _show_rag(outcome.closed["rag"], told, as_json)
    elif as_json:
        written = {part: out / NAMES[part] for part in parts}
        merged = {
            part: json.loads(path.read_text("utf-8"))
            for part, path in written.items()
            if path.is_file()
        }
        more = {"report": str(out / "report.html"), "seconds": round(outcome.seconds, 3)}
        sys.stdout.write(json.dumps(merged | more, indent=2, ensure_ascii=False) + "\n")
    else:
        for line in _lines(out, outcome, before, told):
            sys.stdout.write(f"{line}\n")
    return OK if outcome.complete and not before else FAILED


def _show_rag(closed: Closed, told: str, as_json: bool) -> None:
    if not as_json:
        sys.stdout.write(f"{told}\n")
    elif closed.files:
        sys.stdout.write(closed.files[0].read_text(encoding="utf-8"))
    else:
        sys.stderr.write(f"{told}\n")


def _lines(
    out: Path, outcome: RunOutcome, before: Sequence[dict[str, str]], told: str
) -> Iterator[str]:
    """Yield the summary a person reads."""
    states = film_states(outcome.ended)
    reused = [s for s in states if s.reused]
    made = [s for s in states if s.done and not s.reused]
    failed = [s for s in states if s.error]
    if reused and not made and not failed:
        verb = "stands" if len(reused) == 1 else "stand"
        yield f"Nothing changed: {_count(len(reused), 'film')} {verb}, nothing was decoded."
    elif reused:
        yield f"{_count(len(reused), 'film')} stood already; nothing of them was decoded."
    for state in made:
        yield f"{state.name}: {_what(state)}"
    for state in failed:
        yield f"{state.name}: FAILED: {state.error}"
    for entry in before:
        yield f"{entry['film']}: FAILED in stage 1: {entry['error']}"
    if failed:
        kept = "The others are complete and kept; m" if made or reused else "M"
        yield f"{kept}end the cause and run the same command again."
    for stage in ("summaries", "report"):
        if stage in outcome.closed and (problem := outcome.closed[stage].problem):
            yield f"{stage}: FAILED: {problem}"
    if told:
        yield told
    yield f"{outcome.seconds:.1f} s. Report: {out / 'report.html'}"


def _told_of_rag(closed: Closed, out: Path, name: str) -> str:
    """Return what became of stage 3, in a line."""
    if not closed.facts:
        hint = f" ({closed.hint})" if closed.hint else ""
        return (
            f"Stage 3 (rag) FAILED: {closed.problem}{hint}. The films' results are kept; mend "
            f"the cause and run: animstudio film rag {quote(name)} {quote(str(out))}"
        )
    documents = _count(closed.facts["documents"], "document")
    over = closed.facts["passed_over"]
    passed = f"; {over} passed over, see {NAMES['rag']}" if over else ""
    if closed.problem:
        return f"Stage 3 (rag): {documents}{passed}; FAILED in part: {closed.problem}"
    if not closed.facts["wrote"]:
        return f"Stage 3 (rag): nothing changed: {documents} stand, nothing was read anew{passed}."
    return (
        f"Stage 3 (rag): {documents} in {closed.facts['chunks']} chunks{passed}. Ask them: "
        f"animstudio kb query 'wide shot' --kb-dir {quote(str(out / BASE))}"
    )


def _what(state: FilmState) -> str:
    facts: dict[str, object] = {}
    for stage in ("sound", "frames", "scenes"):
        facts |= state.facts.get(stage, {})
    parts = [
        _count(int(str(facts[key])), key.removesuffix("s"))
        for key in ("frames", "scenes", "pictures")
        if key in facts
    ]
    missing = float(str(facts.get("missing", 0)))
    lost = f"; {missing:.0%} of the film did not decode" if missing else ""
    return ", ".join(parts) + lost


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
