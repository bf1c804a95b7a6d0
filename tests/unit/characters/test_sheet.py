"""The page on which a character's pictures are looked over."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from animstudio.characters.cluster_records import ClusterFolder, ClusterPicture, TrackVerdict
from animstudio.characters.sheet import contact_sheet
from tests.unit.characters.test_recognise import instance


def test_pictures_are_found_whatever_their_film_is_called() -> None:
    file = 'film #1 50%41 "a"?<b>_s0001_t01.png'
    one = ClusterPicture(file=file, source=instance("t", 1), similarity=1, margin=1)
    verdict = TrackVerdict(
        track="t", instances=1, character="luca", similarity=1, margin=1, by="cluster"
    )
    found = ClusterFolder(name="luca", character_dir="..", pictures=[one])
    page = contact_sheet(found, {"t": verdict})
    shown = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert [PurePosixPath(unquote(urlsplit(at).path)).as_posix() for at in shown] == [file, file]
