"""``animstudio kb serve`` as an assistant runs it: a process, a message a line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command


@pytest.fixture
def base(tmp_path: Path) -> Path:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "boats.md").write_text("# Boats\n\nThe Vespa is a scooter.\n")
    (notes / "sea.txt").write_text("Silenzio, Bruno! says Alberto to 盧卡.\n", encoding="utf-8")
    words = ["kb", "build", "--input-dir", str(notes), "--output-dir", str(tmp_path / "kb")]
    assert run_command(app, words) == 0
    return tmp_path / "kb"


def served(base: Path, *lines: object) -> list[Any]:
    """Write lines to a server, end its input, and return its answers: nothing else is there."""
    data = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )
    done = subprocess.run(
        [sys.executable, "-m", "animstudio", "kb", "serve", "--kb-dir", str(base)],
        input=data, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def request(method: str, number: object = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def search(number: object = 1, **arguments: Any) -> dict[str, Any]:
    return request("tools/call", number, name="search", arguments=arguments)


def test_a_session(base: Path) -> None:
    hello, tools, found, stats = served(
        base,
        request("initialize", protocolVersion="2025-03-26", capabilities={}, clientInfo={}),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        request("tools/list", "two"),
        search(3, query="Silenzio, Bruno", top_k=1),
        request("tools/call", 4, name="stats"),
    )
    assert hello["result"]["protocolVersion"] == "2025-03-26"
    assert "tools" in hello["result"]["capabilities"]
    assert tools["id"] == "two"
    by_name = {tool["name"]: tool for tool in tools["result"]["tools"]}
    assert by_name.keys() == {"search", "stats"}
    taken = by_name["search"]["inputSchema"]["properties"]
    assert taken.keys() == {"query", "top_k", "where", "mode", "min_score"}
    assert taken["mode"]["enum"] == ["hybrid", "dense", "bm25"]
    text = found["result"]["content"][0]["text"]
    assert text.startswith("1. sea.txt:1 ") and "盧卡" in text
    hit = found["result"]["structuredContent"]["hits"][0]
    assert hit["citation"]["path"] == "sea.txt" and not found["result"]["isError"]
    assert stats["result"]["structuredContent"]["total_documents"] == 2


def test_filters_and_what_is_wrong_with_arguments(base: Path) -> None:
    right, *wrong = served(
        base,
        search(query="Vespa", where={"doc_type": ["markdown"]}, mode="bm25"),
        search(query="Vespa", where={"doc_tipe": "code"}),
        search(query="Vespa", top_k=0),
        search(query="Vespa", topk=2),
        search(query=7),
        search(query="Vespa", where="scene=4"),
    )
    assert [h["citation"]["path"] for h in right["result"]["structuredContent"]["hits"]] == [
        "boats.md"
    ]
    said = [each["result"]["content"][0]["text"] for each in wrong]
    assert all(each["result"]["isError"] for each in wrong)
    words = ["doc_type", "top_k", "top_k", "query", "object"]
    assert all(word in text for word, text in zip(words, said, strict=True))


def test_nothing_ends_it_but_the_end_of_its_input(base: Path) -> None:
    told = served(
        base,
        b"nonsense", b"\xff\xfe{", b"", b"[]", b"7", b"[" * 100_000,
        {"id": 1, "method": "ping"},
        request("tools/fetch", 2),
        request("tools/call", 3, name="serch", arguments={}),
        request("tools/call", 4, name="search", arguments=[1]),
        {"jsonrpc": "2.0", "id": 5, "method": "ping", "params": [1]},
        {"jsonrpc": "2.0", "id": None, "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}},
        {"jsonrpc": "2.0", "id": 9, "result": {}},
        b'{"jsonrpc": "2.0", "id": 6, "method": "' + b"x" * 5_000_000 + b'"}',
        [request("ping", 7), {"jsonrpc": "2.0", "method": "notifications/initialized"}],
        request("ping", 8),
    )  # fmt: skip
    codes = [each["error"]["code"] for each in told[:-2]]
    assert codes == [-32700, -32700, -32600, -32600, -32700, -32600, -32601, -32602, -32602,
                     -32602, -32600, -32600]  # fmt: skip
    assert told[-2] == [{"jsonrpc": "2.0", "id": 7, "result": {}}]
    assert told[-1] == {"jsonrpc": "2.0", "id": 8, "result": {}}


def test_it_follows_what_is_added_meanwhile(base: Path, tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "animstudio", "kb", "serve", "--kb-dir", str(base)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with server:
        assert server.stdin and server.stdout

        def ask(query: str) -> str:
            assert server.stdin and server.stdout
            server.stdin.write(json.dumps(search(query=query, top_k=1)) + "\n")
            server.stdin.flush()
            text: str = json.loads(server.stdout.readline())["result"]["content"][0]["text"]
            return text

        assert "pasta" not in ask("trenette al pesto")
        (tmp_path / "notes" / "food.md").write_text("Trenette al pesto is pasta.\n")
        words = ["kb", "add", "--kb-dir", str(base), "--input-dir", str(tmp_path / "notes")]
        assert run_command(app, words) == 0
        assert "pasta" in ask("trenette al pesto")
        server.stdin.close()
        assert server.wait(timeout=60) == 0


def test_no_knowledge_base_is_told_on_stderr(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "animstudio", "kb", "serve", "--kb-dir", str(tmp_path / "none")],
        input=b"", capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == b"" and b"no knowledge base" in done.stderr
