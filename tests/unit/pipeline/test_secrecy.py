"""What looks secret is not shown: by its name, and wherever else its value comes up."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from animstudio.kernel.events import Event
from animstudio.kernel.guard import GuardSpec
from animstudio.pipeline.api import explain, plan_recipe
from animstudio.pipeline.conduct import run_recipe
from animstudio.pipeline.keys import difference
from animstudio.pipeline.recipe.model import Recipe, StageNode
from animstudio.pipeline.record import Record, StageKey
from animstudio.pipeline.secrecy import Secrets, hidden, hidden_yaml, is_secret

from .engine.theatre import Inline, Theatre

TEXT = """\
pipeline: p  # hunter2-hunter2
params:
  api_token: abc   # mine
  password: >
    folded
    text
  key: [a, b]
  width: 80
  nested: {secret: 5, size: 3}
  url: "https://host/${api_token}"
stages:
  - {id: a, type: t, config: {openai_key: sk-1, sort_by: key, api_key: "${api_token}"}}
"""


@pytest.fixture
def theatre(tmp_path: Path) -> Theatre:
    return Theatre(tmp_path)


@pytest.mark.parametrize(
    ("name", "secret"),
    [("api_token", True), ("PASSWORD", True), ("key", True), ("apiKey", True), ("API_KEY", True),
     ("s3-secret", True), ("openai_key", True), ("keys", True), ("keyframes", False),
     ("monkey", False), ("hotkey", False), ("width", False), ("keyboard", False)],
)  # fmt: skip
def test_which_names_are_secret(name: str, secret: bool) -> None:
    assert is_secret(name) is secret


def test_a_recipe_s_text_keeps_its_form_and_loses_its_secrets() -> None:
    shown = hidden_yaml(TEXT)
    for one in ("abc", "folded", "sk-1", ": 5"):
        assert one not in shown
    read = yaml.safe_load(shown)
    assert read["params"]["width"] == 80 and read["params"]["nested"] == {
        "secret": "***",
        "size": 3,
    }
    assert read["stages"][0]["config"] == {
        "openai_key": "***", "sort_by": "key", "api_key": "${api_token}",
    }  # fmt: skip
    assert "# mine" in shown
    assert hidden_yaml("a: [") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a: &p {password: x}\nsecret: *p\n", 'a: "***"\nsecret: *p\n'),
        ("token: &z abc\nother: *z\n", 'token: "***"\nother: *z\n'),
        ("\ufefftoken: x\r\nb: 1\r\n", 'token: "***"\r\nb: 1\r\n'),
        ("😀 é: {token: '日本', b: 1}", '😀 é: {token: "***", b: 1}'),
        ("? [a, token]\n: y\n", "? [a, token]\n: y\n"),
        ("token:\n  a: 1\n  key: [1,\n   2]\nz: 2\n", 'token:\n  "***"\nz: 2\n'),
    ],
)
def test_where_a_secret_ends(text: str, shown: str) -> None:
    assert hidden_yaml(text) == shown


def test_a_value_is_hidden_in_other_values_too() -> None:
    params = {"token": "hunter2-hunter2", "url": "https://h/hunter2-hunter2/x", "key": "ab", "n": 1}
    secrets = Secrets(params)
    assert secrets.hide_in(params) == {
        "token": "***",
        "url": "https://h/***/x",
        "key": "***",
        "n": 1,
    }
    assert "hunter2" not in secrets.hide(TEXT)
    assert secrets.hide("an abbot") == "an abbot"  # too short to be looked for
    assert hidden({"use_token": True, "token": None}) == {"use_token": True, "token": None}


def test_a_reason_names_a_secret_option_and_not_its_value() -> None:
    was = StageKey("t", 1, {"options": {"token": "old-one"}, "key": 1}, {})
    now = StageKey("t", 1, {"options": {"token": "new-one"}, "key": 2}, {})
    before = Record("s", "i", "", "", "", {}, {}, [], {})
    said = difference(before, was, now, {}, {})
    assert said == "option key: *** -> ***, options: {'token': '***'} -> {'token': '***'}"


def test_a_secret_is_in_no_error_event_or_log(theatre: Theatre) -> None:
    words = "echo $0 $WORD; echo ${WORD#word-} >&2; exit 1"
    node = StageNode("cmd", "command", {
        "argv": ["sh", "-c", words, "param-12345"], "outputs": {"x": "x"},
        "env": {"WORD": "word-67890", "PASSWORD": "word-67890"},
    })  # fmt: skip
    gone = StageNode("gone", "command", {
        "argv": ["true"], "inputs": {"a": "param-12345/x"}, "outputs": {"y": "y"},
    })  # fmt: skip
    recipe = Recipe("test", 1, (node, gone), params={"token": "param-12345"}, folder=theatre.place)
    events: list[Event] = []
    outcome = run_recipe(
        recipe, theatre.out, state=theatre.place / "state", executor=Inline(),
        guard=GuardSpec(disk_free_gb=0, ram_stop=1, ram_slow=1), listener=events.append,
    )  # fmt: skip
    log = next((outcome.run.folder / "logs").iterdir()).read_text()
    plan = plan_recipe(recipe, theatre.out)
    why = explain(recipe, theatre.out, "cmd")[0]
    told = [
        *(event.model_dump_json() for event in events),
        outcome.run.events.read_text(),
        *(failure.reason for failure in outcome.failed),
        *(item.reason for item in plan.items),
        why.planned.reason,
        why.failure.reason if why.failure else "",
        log,
    ]
    assert log == "*** ***\n67890\n"
    assert "sh failed (exit code 1): *** ***" in told[-2]
    for text in told:
        assert "param-12345" not in text
        assert "word-67890" not in text
