"""Tables as they come out of a pipe."""

from __future__ import annotations

import pytest

from animstudio.cli.tables import show_table


def test_columns_are_aligned_whatever_is_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(["film", "shots"], [["luca", "12"], ["千と千尋", "3"], ["é", ""]])
    assert capsys.readouterr().out == (
        "film       shots\n────────────────\nluca       12\n千と千尋   3\né          \n".replace(
            "          \n", "\n"
        )
    )


def test_an_empty_table_has_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(["run", "status"], [])
    assert capsys.readouterr().out == "run   status\n────────────\n"
