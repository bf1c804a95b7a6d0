"""Folders whose outputs vanish go with them; to a trainer an empty one would be a concept."""

from __future__ import annotations

from .theatre import Theatre


def test_a_folder_whose_outputs_vanish_goes_with_them(theatre: Theatre) -> None:
    theatre.write(a="alpha\n")
    theatre.run(theatre.one_stage("train/2_luca/deep/x"))
    assert theatre.text("solo/train/2_luca/deep/x.one") == "alpha\n"
    theatre.run(theatre.one_stage("train/2_giulia/x"))
    assert [p.name for p in (theatre.out / "solo" / "train").iterdir()] == ["2_giulia"]
    theatre.run(theatre.one_stage("train/2_luca/deep/x"))
    assert theatre.text("solo/train/2_luca/deep/x.one") == "alpha\n"
    assert [p.name for p in (theatre.out / "solo" / "train").iterdir()] == ["2_luca"]


def test_a_folder_in_which_somebody_left_something_stays(theatre: Theatre) -> None:
    theatre.write(a="alpha\n")
    theatre.run(theatre.one_stage("train/2_luca/x"))
    (theatre.out / "solo" / "train" / "2_luca" / "mine.txt").write_text("mine")
    theatre.run(theatre.one_stage("other/x"))
    assert theatre.text("solo/train/2_luca/mine.txt") == "mine"
    assert not (theatre.out / "solo" / "train" / "2_luca" / "x.one").exists()


def test_an_edited_output_keeps_its_folder(theatre: Theatre) -> None:
    theatre.write(a="alpha\n")
    theatre.run(theatre.one_stage("train/x"))
    (theatre.out / "solo" / "train" / "x.one").write_text("edited")
    theatre.run(theatre.one_stage("other/x"))
    assert theatre.text("solo/train/x.one") == "edited"
