"""The tools that ``animstudio kb serve`` offers an assistant: what each takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from animstudio.cli.kb_show import citation_text
from animstudio.kernel.errors import AskedWrongly, StudioError, nearest
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.search.where import FILTERS

if TYPE_CHECKING:
    from animstudio.knowledge.base import KnowledgeBase
    from animstudio.knowledge.search.hit import Hit

_OPTIONS: Final = ("top_k", "mode", "min_score")
"""Options of a search that an assistant may set."""


class UnknownTool(Exception):
    """There is no tool of this name."""


def tools() -> list[dict[str, Any]]:
    """Return the tools with the schema of their arguments; limits and defaults are the spec's."""
    options = SearchSpec.model_json_schema()["properties"]
    plain = {"type": ["string", "number"]}
    value = {"anyOf": [plain, {"type": "array", "items": plain}]}
    taken = {
        "query": {
            "type": "string",
            "description": "The question, in words. What stands in double quotes must stand in "
            "the passage as it is.",
        },
        **{name: options[name] for name in _OPTIONS},
        "where": {
            "type": "object",
            "description": "Only passages of which this is so; a list lets through any of its "
            "values. Paths take * and ?; time is seconds of film.",
            "properties": dict.fromkeys(FILTERS, value),
            "additionalProperties": False,
        },
    }
    search = {"type": "object", "properties": taken, "required": ["query"]}
    return [
        _tool("search", "Search the knowledge base",
              "Find the passages that answer a question, by meaning and words, each with where it "
              "stands: file and line, page, heading, scene and time code.", search),
        _tool("stats", "Numbers of the knowledge base",
              "Say how many documents and passages there are, of which types, and with which "
              "model.", {"type": "object", "properties": {}}),
    ]  # fmt: skip


def call_tool(base: KnowledgeBase, name: object, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tool's result; what is wrong with the arguments is a result that says so.

    Raises UnknownTool.
    """
    called = {"search": _search, "stats": _stats}.get(str(name))
    if called is None:
        raise UnknownTool(f"no tool '{name}'{nearest(str(name), ['search', 'stats'])}")
    try:
        text, content = called(base, arguments)
    except StudioError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return {"content": _text(f"{error.message}{hint}"), "isError": True}
    return {"content": _text(text), "structuredContent": content, "isError": False}


def _search(base: KnowledgeBase, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    known = ("query", "where", *_OPTIONS)
    for name in arguments:
        if name not in known:
            raise AskedWrongly(f"search takes no '{name}'{nearest(name, known)}")
    query, where = arguments.get("query"), arguments.get("where") or {}
    if not isinstance(query, str):
        raise AskedWrongly("search needs a query, as text")
    if not isinstance(where, dict):
        raise AskedWrongly('where must be an object, for example {"scene": 4}')
    given = {name: arguments[name] for name in _OPTIONS if name in arguments}
    try:
        spec = SearchSpec.model_validate(given)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise AskedWrongly(f"{problem['loc'][0]}: {problem['msg']}") from error
    hits = base.query(query, spec, where)
    return _cited(hits), {"hits": [asdict(hit) for hit in hits]}


def _cited(hits: Sequence[Hit]) -> str:
    """Return passages as text: a line that says where each stands, then what it says."""
    said = [
        f"{number}. {citation_text(hit.citation)}  (score {hit.score:.3f})\n{hit.text}"
        for number, hit in enumerate(hits, 1)
    ]
    return "\n\n".join(said) or "nothing found"


def _stats(base: KnowledgeBase, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    found = asdict(base.stats())
    return "\n".join(f"{name}: {value}" for name, value in found.items()), found


def _text(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]


def _tool(name: str, title: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "description": description,
        "inputSchema": schema,
        "annotations": {"readOnlyHint": True},
    }
