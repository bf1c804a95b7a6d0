"""``animstudio kb serve``: a knowledge base for assistants, over the Model Context Protocol.

The stdio transport of the protocol (modelcontextprotocol.io, revision 2025-06-18): a JSON-RPC 2.0
message a line on stdin and stdout, nothing else on stdout. Whatever comes in, the server answers
and goes on; the end of stdin ends it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

from animstudio import __version__
from animstudio.cli.kb_places import Base, folders, found_base
from animstudio.cli.kb_tools import UnknownTool, call_tool, tools
from animstudio.cli.outcome import say
from animstudio.knowledge.base import KnowledgeBase

Message = dict[str, Any]

REVISIONS: Final = ("2025-06-18", "2025-03-26", "2024-11-05")
"""Revisions of the protocol that are spoken, newest first."""
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = (
    -32700, -32600, -32601, -32602, -32603,
)  # fmt: skip
_LONGEST: Final = 4 * 1024 * 1024
"""Bytes of a line; a longer one is answered with an error, and passed over."""


def serve(*, kb_dir: Base = None) -> None:
    """Serve a knowledge base to an assistant, over stdin and stdout (MCP).

    The tools are `search` and `stats`. Put the command into the assistant's list of MCP servers.

    For example:

        animstudio kb serve --kb-dir ~/out/rag/knowledge_base

    Parameters
    ----------
    kb_dir
        The knowledge base.
    """
    folder = found_base(kb_dir)
    with KnowledgeBase.open(folder, folders()) as base, _protocol_only() as out:
        say(f"serving {folder.absolute()} on stdin and stdout; end with Ctrl-D")
        answer_lines(sys.stdin.buffer, out, base)


def answer_lines(lines: BinaryIO, out: BinaryIO, base: KnowledgeBase) -> None:
    """Answer every message until the lines end."""
    while line := lines.readline(_LONGEST):
        if len(line) == _LONGEST and not line.endswith(b"\n"):
            while (rest := lines.readline(_LONGEST)) and not rest.endswith(b"\n"):
                pass
            reply: object = _error(None, INVALID_REQUEST, "the message is too long")
        elif not line.strip():
            continue
        else:
            reply = _answer_line(line, base)
        if reply is not None:
            out.write(json.dumps(reply, ensure_ascii=False).encode(errors="replace") + b"\n")
            out.flush()


def _answer_line(line: bytes, base: KnowledgeBase) -> object:
    """Return the reply to a line: a message, several for a batch, or None where none is due."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        return _error(None, PARSE_ERROR, f"not JSON: {error}")
    if isinstance(message, list) and message:
        replies = [reply for each in message if (reply := _answer(each, base)) is not None]
        return replies or None
    return _answer(message, base)


def _answer(message: object, base: KnowledgeBase) -> Message | None:
    """Return the reply to a message; None for a notification, or an answer to nothing we asked."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return _error(None, INVALID_REQUEST, 'not a JSON-RPC 2.0 message ("jsonrpc": "2.0")')
    number, method, given = message.get("id"), message.get("method"), message.get("params", {})
    if method is None and ("result" in message or "error" in message):
        return None
    if "id" in message and (isinstance(number, bool) or not isinstance(number, str | int)):
        return _error(None, INVALID_REQUEST, "the id must be a string or a whole number")
    if not isinstance(method, str):
        return _error(number, INVALID_REQUEST, "there is no method")
    if "id" not in message:
        return None  # a notification, of which none changes anything here
    if not isinstance(given, dict):
        return _error(number, INVALID_PARAMS, "params must be an object")
    try:
        return _carry_out(number, method, given, base)
    except Exception as error:  # a bug must not end the server: say so, and go on
        traceback.print_exc(file=sys.stderr)
        return _error(number, INTERNAL_ERROR, f"{type(error).__name__}: {error}")


def _carry_out(number: object, method: str, given: Message, base: KnowledgeBase) -> Message:
    if method == "initialize":
        return _result(number, _initialized(given))
    if method == "ping":
        return _result(number, {})
    if method == "tools/list":
        return _result(number, {"tools": tools()})
    if method == "tools/call":
        name, arguments = given.get("name"), given.get("arguments") or {}
        if not isinstance(arguments, dict):
            return _error(number, INVALID_PARAMS, "arguments must be an object")
        try:
            return _result(number, call_tool(base, name, arguments))
        except UnknownTool as error:
            return _error(number, INVALID_PARAMS, str(error))
    return _error(number, METHOD_NOT_FOUND, f"no method '{method}'")


def _initialized(given: Message) -> Message:
    asked = given.get("protocolVersion")
    return {
        "protocolVersion": asked if asked in REVISIONS else REVISIONS[0],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "animstudio", "version": __version__},
        "instructions": "Passages of films' analysis and documents, with exact citations: file "
        "and line, scene and time code. Cite them.",
    }


def _result(number: object, result: Message) -> Message:
    return {"jsonrpc": "2.0", "id": number, "result": result}


def _error(number: object, code: int, text: str) -> Message:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}}


@contextmanager
def _protocol_only() -> Iterator[BinaryIO]:
    """Give stdout to the protocol alone: what any library prints goes to stderr."""
    sys.stdout.flush()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        try:
            yield out
        finally:
            os.dup2(out.fileno(), sys.stdout.fileno())
