"""The stage keeps the contract of stages."""

from pathlib import Path

from wordcount_stage import STAGE

from animstudio.pipeline.contract import broken_promises


def test_it_keeps_the_contract_of_stages(tmp_path: Path) -> None:
    """It loads, and makes the same again and anywhere."""
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("one two three")
    made = tmp_path / "made"
    assert broken_promises(STAGE, {"folder": "texts"}, made, project=tmp_path) == []
