"""Documents by path, as people write it."""

from __future__ import annotations


def path_pattern(path: str) -> str:
    """Return what SQLite's GLOB takes for a path with ``*`` and ``?``; brackets are themselves.

    ``notes [draft].md`` is a file's name far more often than a set of letters.
    """
    return path.replace("[", "[[]")
