"""What looks secret is not shown: by its name, and wherever else its value comes up."""

from __future__ import annotations

import pytest
import yaml

from animstudio.pipeline.keys import difference
from animstudio.pipeline.record import Record, StageKey
from animstudio.pipeline.secrecy import Secrets, hidden, hidden_yaml, is_secret

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
