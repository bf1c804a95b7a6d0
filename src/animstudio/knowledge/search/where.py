"""Filters: which chunks a search may return, by what is known of them and their documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.knowledge.store.paths import path_pattern

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from animstudio.knowledge.store.store import Store

Where = Mapping[str, Any]

_EQUAL: Final = "{} = ? COLLATE NOCASE"
_LISTED: Final = (
    "EXISTS (SELECT 1 FROM json_each(chunks.{}) AS one WHERE one.value = ? COLLATE NOCASE)"
)
_BETWEEN: Final = "? BETWEEN chunks.{0} AND coalesce(chunks.last_{0}, chunks.{0})"

_FILTERS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "doc_type": (_EQUAL.format("documents.kind"), str),
    "language": (_EQUAL.format("documents.language"), str),
    "title": (_EQUAL.format("documents.title"), str),
    "path": ("documents.path GLOB ?", lambda path: path_pattern(str(path))),
    "heading": (_LISTED.format("headings"), str),
    "symbol": (_LISTED.format("symbols"), str),
    "character": (_LISTED.format("characters"), str),
    "page": (_BETWEEN.format("page"), int),
    "scene": (_BETWEEN.format("scene"), int),
    "time": ("? BETWEEN chunks.begin AND chunks.stop", float),
}
"""What may be asked, the condition in SQL, and what the value is."""

FILTERS: Final = tuple(_FILTERS)
"""Names of what may be asked."""


def chosen(store: Store, where: Where, size: int) -> NDArray[np.bool_] | None:
    """Return by chunk number, (size,), whether all filters let it through; None without filters.

    A filter with several values lets through what has one of them; `path` takes ``*`` and ``?``.

    Raises AskedWrongly for a filter that there is not, or a value of the wrong kind.
    """
    import numpy as np

    if not where:
        return None
    conditions, values = [], []
    for name, wanted in where.items():
        each = wanted if isinstance(wanted, list | tuple | set) else [wanted]
        condition, given = _condition(name, list(each))
        conditions.append(condition)
        values += given
    rows = store.base.execute(
        "SELECT chunks.id FROM chunks JOIN documents ON documents.id = chunks.document WHERE "
        + " AND ".join(conditions),
        values,
    ).fetchall()
    found = np.zeros(size, np.bool_)
    numbers = np.array(rows, np.int64).reshape(-1)
    found[numbers[numbers < size]] = True
    return found


def _condition(name: str, wanted: Sequence[Any]) -> tuple[str, list[Any]]:
    if name not in _FILTERS:
        raise AskedWrongly(
            f"no filter is called '{name}'{nearest(name, _FILTERS)}",
            hint=f"filters are {', '.join(_FILTERS)}",
        )
    condition, kind = _FILTERS[name]
    try:
        given = [kind(value) for value in wanted]
    except (TypeError, ValueError) as error:
        raise AskedWrongly(f"{name}={wanted[0]}: not a number") from error
    if not given:
        raise AskedWrongly(f"the filter '{name}' has no value")
    return f"({' OR '.join([condition] * len(given))})", given
