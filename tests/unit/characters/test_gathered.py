"""What is known of all tracks together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from animstudio.characters.gathered import best_of, gather_tracks, pictured
from animstudio.characters.reach import learned_reach
from animstudio.characters.records import Backends, InstanceRecord, Rle, ShotRecord, TrackRecord
from animstudio.characters.vectors import Vectors
from animstudio.kernel.errors import AskedWrongly
from animstudio.media.png import encode_png
from animstudio.models.fakes import FakeEmbedder
from animstudio.models.registry import Scale, scale_of
from tests.unit.characters.staged import shot
from tests.unit.characters.test_recognise import instance, tracks_of

FAKE = Backends(detector="fake", segmenter="fake")


def seen(track: str, frames: Sequence[int], number: int = 1) -> TrackRecord:
    count = len(frames)
    return TrackRecord(
        track=track, film="f", shot=number, label="", size=(99, 99), frames=list(frames),
        pts=list(frames), boxes=[(0, 0, 9, 9)] * count, scores=[1] * count, areas=[81] * count,
        masks=[Rle(size=(99, 99), counts="")] * count, backends=FAKE,
    )  # fmt: skip


def shot_record(number: int, tracks: Sequence[TrackRecord]) -> ShotRecord:
    instances = [instance(one.track, frame, number) for one in tracks for frame in one.frames]
    return ShotRecord(film="f", film_sha256="", shot=number, frames_processed=9, sightings=9,
                      tracks=list(tracks), instances=instances, failed=[],
                      backends=FAKE)  # fmt: skip


def test_tracks_that_share_a_frame_are_two_characters_and_others_may_be_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "i.png").write_bytes(encode_png(next(shot(1, 1))))
    shots = [
        shot_record(1, [seen("f_s0001_t01", [1, 2, 3]), seen("f_s0001_t02", [3, 4]),
                        seen("f_s0001_t03", [5, 6])]),
        shot_record(2, [seen("f_s0002_t01", [3], 2)]),
    ]  # fmt: skip
    vectors = Vectors("fake", FakeEmbedder)
    tracks = gather_tracks(shots, tmp_path, vectors, best=2)
    assert tracks.names == ["f_s0001_t01", "f_s0001_t02", "f_s0001_t03", "f_s0002_t01"]
    assert tracks.apart == {(0, 1)}
    assert [len(one) for one in tracks.crops] == [2, 2, 2, 1]
    assert [len(one) for one in tracks.instances] == [3, 2, 2, 1]


def test_a_track_is_recognised_by_its_best_pictures() -> None:
    """Whole, sure, large and sharp ones; what is cut off counts half."""
    one = instance("t", 1)
    changes: list[dict[str, object]] = [
        {"area": 100, "name": "large"},
        {"area": 300, "cut_off": True, "name": "cut"},
        {"area": 90, "score": 0.5, "name": "unsure"},
        {"area": 99, "sharpness": 1.0, "name": "soft"},
    ]
    shown: list[InstanceRecord] = [one.model_copy(update=change) for change in reversed(changes)]
    assert [each.name for each in best_of(shown, 9)] == ["large", "cut", "unsure", "soft"]
    assert len(best_of(shown, 2)) == 2


def test_what_has_no_picture_is_named() -> None:
    with pytest.raises(AskedWrongly, match="t_f000001: it has no picture"):
        pictured(instance("t", 1).model_copy(update={"instance": None}), Path())


def test_embedders_have_scales_of_their_own_and_several_their_mean() -> None:
    tracks = tracks_of((6, 6, 6), spread=0.4)
    wide = learned_reach(tracks, Scale(0.01, 2, 1.0))
    assert learned_reach(tracks, Scale(0.01, 2, 0.5)) == pytest.approx(wide / 2, abs=1e-4)
    assert learned_reach(tracks, Scale(wide + 0.1, 2, 1.0)) == pytest.approx(wide + 0.1)
    assert learned_reach(tracks, Scale(0.01, 0.02, 1.0)) == 0.02
    one, other = scale_of("appearance"), scale_of("efficientnet-lite0")
    both = scale_of("appearance+efficientnet-lite0")
    assert both.careful == pytest.approx((one.careful + other.careful) / 2)
    assert both.narrowest == pytest.approx((one.narrowest + other.narrowest) / 2)
