import numpy as np

from animstudio.media import flow


def checks(size=(180, 320), square=12):
    rows, columns = np.indices(size) // square
    return (((rows + columns) % 2) * 200 + 20).astype(np.uint8)


def corners(luma, cell, floor):
    return flow.corners(luma, flow.textured(luma), cell, floor)


def test_corners_are_at_most_one_a_cell_and_keep_off_the_edge():
    points = corners(checks(), 24, 1e-4)
    assert len(points) == 12 * 7
    assert points.min() >= flow.MARGIN
    assert (points.max(axis=0) < (320 - flow.MARGIN, 180 - flow.MARGIN)).all()


def test_corners_keep_off_black_bars():
    luma = checks()
    luma[:30], luma[150:] = 16, 16
    y = corners(luma, 24, 1e-4)[:, 1]
    assert y.min() >= 30 + flow.MARGIN
    assert y.max() < 150 - flow.MARGIN


def test_a_picture_smaller_than_a_cell_has_no_corners():
    assert corners(checks((20, 20)), 24, 0).shape == (0, 2)


def test_a_flat_picture_has_no_texture():
    assert flow.textured(np.full((90, 160), 77, np.uint8)) == (0, 0, 0, 0)


def test_similarity_leaves_out_those_that_disagree():
    rng = np.random.default_rng(1)
    before = rng.uniform(-100, 100, (40, 2)).astype(np.float32)
    after = before + np.float32([3, -2])
    after[30:] += rng.uniform(10, 50, (10, 2)).astype(np.float32)
    fit = flow.similarity(before, after, 0.5)
    assert fit is not None
    assert abs(fit.turn - 1) < 1e-4
    assert abs(fit.shift - (3 - 2j)) < 1e-2
    assert fit.agrees.tolist() == [True] * 30 + [False] * 10


def test_one_point_tells_no_similarity():
    assert flow.similarity(np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32), 1) is None


def test_a_jump_is_found_however_far():
    rng = np.random.default_rng(3)
    world = np.kron(rng.integers(0, 255, (60, 120), np.uint8), np.ones((4, 4), np.uint8))
    x, y = flow.jump(world[20:200, 80:400], world[20:200, 32:352])
    assert abs(x - 48) <= 4
    assert abs(y) <= 4
