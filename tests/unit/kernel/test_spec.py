"""The one JSON text of a value: what keys and fingerprints are digests of."""

from __future__ import annotations

import json
import json.encoder

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.kernel import spec
from animstudio.kernel.spec import canonical_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def plainly(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(VALUES)
def test_it_is_what_json_writes(value: object) -> None:
    assert canonical_json(value) == plainly(value)


def test_tuples_and_names_that_are_no_text() -> None:
    value = {"b": (1, "caf\udce9"), "a": {"é": 2.0}}
    assert canonical_json(value) == plainly(value)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        canonical_json({"a": object()})


def test_where_json_has_no_such_encoder_it_is_asked_as_usual(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    assert spec._encoder()({"b": 1, "a": [2]}) == '{"a":[2],"b":1}'
