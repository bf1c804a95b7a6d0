"""``when``: what holds, what does not, and that nothing is evaluated."""

from __future__ import annotations

import pytest

from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.pipeline.recipe.holds import asks_items, holds, is_skipped
from animstudio.pipeline.recipe.model import StageNode
from tests.unit.pipeline.recipe.conftest import Load

RESULTS = {"a": {"count": 3, "title": "Luca", "frames": ["x", "y"]}}


def stage(load: Load, when: str) -> StageNode:
    """Return a stage with a condition, behind a stage 'a'."""
    quoted = when.replace("'", "''")
    return load(
        "  - {id: a, type: cut, config: {film: videos}}\n"
        f"  - {{id: b, type: cut, when: '{quoted}', config: {{film: videos}}}}",
        "params: {style: kohya, n: 3, none: null, styles: [kohya, plain], tricky: \"x' == 'x\"}",
    ).stages[1]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("true", True), ("false", False), ("null", False), ("0", False), ("''", False),
        ("${style} == 'kohya'", True), ("${style} != \"kohya\"", False), ("${n} == 3.0", True),
        ("${n} == '3'", False), ("1 == true", False), ("${none} == null", True),
        ("{a.count} > 2", True), ("{a.count} <= 2", False), ("{a.count} >= 0o3", True),
        ("{a.title} < 'M'", True), ("'uc' in {a.title}", True), ("'x' in {a.frames}", True),
        ("'z' not in {a.frames}", True), ("not 'z' in {a.frames}", True), ("not not 1", True),
        ("${style} in ['kohya', 'plain']", True), ("${style} in ${styles}", True),
        ("3 in [true, '3']", False), ("${n} in []", False),
        ("true or false and false", True), ("(true or false) and false", False),
        ("not false and true", True), ("not (true and false)", True),
        ("{a.count} == ${n} and {a.title} == 'Luca'", True),
        # A parameter is a value, whatever quotes it has.
        ("${tricky} == 'x'", False), ("'and' == 'and'", True),
        # What decides alone is not looked past.
        ("false and {a.count} > 'x'", False),
    ],
)  # fmt: skip
def test_conditions(load: Load, when: str, expected: bool) -> None:
    node = stage(load, when)
    assert node.when is not None
    assert holds(node.when, RESULTS) is expected
    assert is_skipped(node, RESULTS) is not expected
    assert not asks_items(node)


def test_a_reference_makes_the_stage_wait(load: Load) -> None:
    assert stage(load, "{a.count} > 2").depends_on == ("a",)


def test_what_cannot_be_compared(load: Load) -> None:
    node = stage(load, "{a.title} > 2")
    assert node.when is not None
    with pytest.raises(
        AskedWrongly, match=r"^r.yaml:5:41: when: '>' cannot order text and a number"
    ):
        holds(node.when, RESULTS)
    with pytest.raises(WorkFailed, match="there is no result of 'a'"):
        holds(node.when, {})
