"""Every mistake a person can make, and the answer, word for word, line and column.

The folder `mistakes` has the texts and the answers. PROJECT stands for the project's folder.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.problems import InvalidRecipe
from tests.unit.pipeline.recipe.stage_types import TYPES

MISTAKES = Path(__file__).parent / "mistakes"


def cases() -> list[object]:
    found = []
    for file in sorted(MISTAKES.glob("*.txt")):
        for case in file.read_text().split("======== ")[1:]:
            name, _, rest = case.partition("\n")
            text, _, answer = rest.partition("-------- is answered\n")
            found.append(pytest.param(text, answer.strip("\n"), id=f"{file.stem}: {name}"))
    return found


@pytest.mark.parametrize(("text", "answer"), cases())
def test_mistakes_are_answered(text: str, answer: str, project: Path) -> None:
    Path("r.yaml").write_text(text)
    with pytest.raises(InvalidRecipe) as caught:
        load_recipe("r.yaml", stage_types=TYPES)
    assert str(caught.value).replace(str(project), "PROJECT") == answer
