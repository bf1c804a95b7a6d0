"""Lines of JSON, and dicts as Python prints them: Hugging Face's Trainer, our own trainer.

{'loss': 0.4321, 'grad_norm': 1.2, 'learning_rate': 4.5e-05, 'epoch': 0.32}
{"step": 100, "total": 1000, "loss": 0.0912, "lr": 1e-4}
"""

from __future__ import annotations

import re

from animstudio.jobs.follow.numbers import NUMBER, number
from animstudio.jobs.follow.reading import Reading, read_pairs, reading_of

_PAIR = re.compile(rf"""(['"])([\w./ -]{{1,40}})\1\s*:\s*['"]?({NUMBER})""", re.IGNORECASE)


def read_table(line: str) -> Reading | None:
    """Return what a dict in a line says; None where it says nothing of use."""
    if "{" not in line:
        return None
    pairs = [(name, number(value)) for _, name, value in _PAIR.findall(line)]
    fields = read_pairs(pairs)
    if not fields:
        return None
    names = {name for name, _ in pairs}
    if "train_runtime" in names and "loss" in fields:  # the Trainer's last word is a mean
        fields["average"] = fields.pop("loss")
    epoch = fields.pop("epoch", None)
    more: dict[str, object] = {}
    if epoch is not None:
        # The Trainer tells how many are done, with a fraction; others name the one at work.
        more["epoch"] = epoch + 1 if _counts_done(names, epoch) else epoch
    if not fields and not more:
        return None
    return reading_of(fields, **more)


def _counts_done(names: set[str], epoch: float) -> bool:
    return epoch != int(epoch) or bool(
        names & {"grad_norm", "learning_rate", "eval_loss", "train_runtime", "eval_runtime"}
    )
