"""Others are told how a run ended; whoever does not listen harms nothing, and no address leaks."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from animstudio.cli import app, pipeline_run
from animstudio.cli.outcome import run_command

EASY = ("--disk-free-gb", "0", "--ram-slow", "1", "--ram-stop", "1")
CODE = """\
def make(work):
    (work.drafts / "o.txt").write_text("o")
"""
SECRET = "s3cr3t-path"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small.py").write_text(CODE)
    (tmp_path / "r.yaml").write_text(
        "pipeline: small\nparams: {output: out, token: hunter2-hunter2}\nstages:\n"
        '  - {id: one, type: python, config: {function: "small:make"}}\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANIMSTUDIO_STATE", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def heard() -> Iterator[list[dict[str, str]]]:
    """What a server on this machine was told; where it is stands in its first entry."""
    found: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.append({"url": f"json://127.0.0.1:{server.server_port}/{SECRET}"})
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def run(*words: str) -> int:
    return run_command(app, ["pipeline", "run", "r.yaml", *EASY, *words])


def test_the_end_is_told_and_the_address_stands_nowhere(
    place: Path, heard: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("apprise")
    url = heard[0]["url"]
    assert run("--notify", url) == 0
    assert heard[1]["title"] == "small: completed" and heard[1]["type"] == "success"
    assert heard[1]["message"].startswith("1 made in 0:0")
    (place / "small.py").write_text(CODE.replace("o.txt", "p.txt") + "    raise ValueError(2)\n")
    gone = "json://127.0.0.1:9/" + SECRET
    capsys.readouterr()
    assert run("--notify", gone, "--notify", url) == 1
    said = capsys.readouterr().err
    assert "--notify json://... was not told: it could not be reached, or refused" in said
    assert heard[2]["title"] == "small: failed" and heard[2]["type"] == "failure"
    assert "1 failed in" in heard[2]["message"] and "failed: one/" in heard[2]["message"]
    assert SECRET not in said
    for path in place.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


def test_a_run_that_is_stopped_is_told(
    place: Path, heard: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("apprise")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline_run, "run_recipe", interrupted)
    assert run("--notify", heard[0]["url"]) == 130
    assert heard[1]["title"] == "small: stopped" and "interrupted" in heard[1]["message"]


def test_what_cannot_be_told_is_said_before_the_run(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("apprise")
    for address, named in (("jsn://me:pass-word@host", "jsn://..."), ("pass-word", "address 1")):
        assert run("--notify", address) == 2
        said = capsys.readouterr().err
        assert f"--notify {named}: Apprise cannot read this address" in said
        assert "pass-word" not in said
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert run("--notify", "json://host") == 2
    assert "pip install 'animation-ai-studio[notify]'" in capsys.readouterr().err
    assert not (place / "out").exists()


def test_items_that_would_write_one_file_are_told_the_way_out(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "r.yaml").write_text(
        "pipeline: small\nparams: {output: out}\nstages:\n"
        '  - {id: parts, type: python, foreach: [x, y], config: {function: "small:make", '
        'output_dir: "parts/{item}"}}\n'
        '  - {id: halves, type: python, foreach: "{parts}", config: {function: "small:make"}}\n'
    )
    assert run() == 1
    said = capsys.readouterr().err
    assert "halves/o.txt belongs to halves/" in said
    assert 'for example output_dir: "halves/{item.name}"' in said
    text = (place / "r.yaml").read_text()
    (place / "r.yaml").write_text(
        text.replace('config: {function: "small:make"}}',
                     'config: {function: "small:make", output_dir: "halves/{item.name}"}}')
    )  # fmt: skip
    assert run() == 0
