"""How well groups agree with who is who: purity, NMI, B-cubed F1, and what was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Score:
    """Of crops, whatever they were grouped by; noise is lost, and counts in nothing else."""

    crops: int
    purity: float
    nmi: float
    bcubed_f1: float
    lost: float
    groups: int


def score(truth: Sequence[str], found: Sequence[str | None]) -> Score:
    """Compare the truth of each crop with the group it was put in; None is noise.

    Purity and NMI are of the crops that are in groups. B-cubed (Bagga and Baldwin, 1998) is of
    all: a crop in noise is a group of its own.
    """
    from sklearn.metrics import normalized_mutual_info_score

    kept = [n for n, group in enumerate(found) if group is not None]
    names = [found[n] for n in kept]
    own = [truth[n] for n in kept]
    right = 0
    for group in set(names):
        inside = [t for t, g in zip(own, names, strict=True) if g == group]
        right += max(inside.count(t) for t in set(inside))
    spelt = np.array([g if g is not None else f"alone {n}" for n, g in enumerate(found)])
    real = np.array(truth)
    precision, recall = [], []
    for n in range(len(real)):
        same_group, same = spelt == spelt[n], real == real[n]
        both = np.count_nonzero(same_group & same)
        precision.append(both / np.count_nonzero(same_group))
        recall.append(both / np.count_nonzero(same))
    p, r = float(np.mean(precision)), float(np.mean(recall))
    return Score(
        len(truth),
        round(right / max(1, len(kept)), 4),
        round(float(normalized_mutual_info_score(own, names)) if kept else 0.0, 4),
        round(2 * p * r / (p + r) if p + r else 0.0, 4),
        round(1 - len(kept) / max(1, len(truth)), 4),
        len(set(names)),
    )
