"""What the store and the jobs' own words say of a run of the chaos test, compared.

Every attempt writes ``+TOKEN`` into its job's file when it begins and ``-TOKEN`` when it ends.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

LOST = "lost"
"""The outcome of an attempt whose shim was killed."""
BAD = (
    "lost", "run twice", "not completed", "doubled", "blamed wrongly", "leaked leases", "orphans",
)  # fmt: skip


def score(base: sqlite3.Connection, words: Mapping[str, Sequence[str]], shims: int) -> Counter[str]:
    """Return how often each thing went wrong, and how much there was.

    `words` holds the lines of each job's file by its UUID; `shims` is how many were killed.
    """
    found: Counter[str] = Counter(dict.fromkeys(BAD, 0))
    jobs = dict(base.execute("SELECT uuid, id FROM jobs"))
    found["jobs"] = len(jobs)
    found["doubled"] = len(jobs) - len(words)
    for uuid, lines in words.items():
        query = "SELECT token, outcome FROM attempts WHERE job = ? ORDER BY number"
        outcomes = dict(base.execute(query, (jobs[uuid],)).fetchall())
        state = base.execute("SELECT state FROM jobs WHERE id = ?", (jobs[uuid],)).fetchone()[0]
        _one(found, lines, outcomes, state)
    found["told as lost"] = base.execute(
        "SELECT count(*) FROM attempts WHERE outcome = ?", (LOST,)
    ).fetchone()[0]
    # A shim that is killed at its very end may have written its last word already.
    found["blamed wrongly"] = max(0, found["told as lost"] - shims)
    found["leaked leases"] = base.execute("SELECT count(*) FROM leases").fetchone()[0]
    return found


def _one(found: Counter[str], lines: Sequence[str], outcomes: dict[str, str], state: str) -> None:
    """Judge one job: each attempt by itself, that none overlapped, and how it ended."""
    found["attempts"] += len(outcomes)
    begun = [line[1:] for line in lines if line.startswith("+")]
    allowed = [token for token in begun if outcomes.get(token) in (LOST, "completed")]
    twice = len(begun) != len(set(begun)) or allowed != begun or begun[:-1] != [
        token for token in begun[:-1] if outcomes[token] == LOST
    ]  # fmt: skip
    last = outcomes[list(outcomes)[-1]] if outcomes else None
    pairs = [f"{sign}{token}" for token in begun for sign in "+-"]
    found["run twice"] += twice or list(lines) != pairs
    if state == "completed":
        found["lost"] += not begun or outcomes[begun[-1]] != "completed"
    elif not (state == "failed" and last == LOST):
        found["not completed"] += 1
