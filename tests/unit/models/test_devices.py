"""Devices by name, before anything is loaded."""

from __future__ import annotations

import pytest

from animstudio.kernel.errors import AskedWrongly
from animstudio.models.devices import check_device


@pytest.mark.parametrize(("name", "cards"), [("auto", 0), ("cpu", 0), ("cuda", 1), ("cuda:1", 2)])
def test_a_device_that_is_there(name: str, cards: int) -> None:
    check_device(name, lambda: cards)


@pytest.mark.parametrize(
    ("name", "cards", "said"),
    [
        ("gpu", 1, "no device is called 'gpu'"),
        ("cuda:", 1, "no device is called"),
        ("CPU", 1, "no device is called"),
        ("cuda", 0, "there is no CUDA device here"),
        ("cuda:2", 2, "the last one here is cuda:1"),
    ],
)
def test_a_device_that_is_not_there_is_told(name: str, cards: int, said: str) -> None:
    with pytest.raises(AskedWrongly, match=said):
        check_device(name, lambda: cards)


def test_cards_are_counted_only_where_one_is_wanted() -> None:
    def never() -> int:
        raise AssertionError("cards are counted for nothing")

    check_device("cpu", never)
