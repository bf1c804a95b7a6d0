"""What one line of a log says about how far a training is, and how names are understood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from animstudio.jobs.follow.numbers import whole


@dataclass(frozen=True, slots=True)
class Reading:
    """What was said; None is what was not.

    step, total:   of all the training, or of one epoch where `of_epoch`.
    epoch:         the one that is worked at, from 1; with its part done where that was said:
                   2.25 is a quarter of the second. `finished`: that one is done.
    epochs:        how many there will be.
    loss:          of the last step; `average`: a mean of several; `validation`: of held-out data.
    rate:          steps a second.
    left:          seconds.
    title:         what the bar is called.
    """

    step: int | None = None
    total: int | None = None
    of_epoch: bool = False
    epoch: float | None = None
    epochs: int | None = None
    finished: bool = False
    loss: float | None = None
    average: float | None = None
    validation: float | None = None
    learning_rate: float | None = None
    rate: float | None = None
    left: float | None = None
    title: str | None = None


_NAMES: Final = {
    "step": {"step", "steps", "global_step", "iter", "iteration", "current_step"},
    "total": {"total", "total_steps", "max_steps", "max_train_steps", "num_training_steps",
              "total optimization steps", "max_iters", "train_steps"},
    "epoch": {"epoch", "current_epoch"},
    "epochs": {"epochs", "num_epochs", "max_epochs", "num_train_epochs", "total_epochs",
               "num epochs"},
    "loss": {"loss", "train_loss", "step_loss", "total_loss", "train_loss_step", "training_loss"},
    "average": {"avr_loss", "avg_loss", "average_loss", "mean_loss", "train_loss_epoch",
                "epoch_loss", "loss_avg", "average"},
    "validation": {"val_loss", "eval_loss", "validation_loss", "valid_loss", "test_loss"},
    "learning_rate": {"lr", "learning_rate", "lr_unet", "lr_group0"},
    "rate": {"it_s", "rate", "train_steps_per_second", "steps_per_second"},
    "left": {"eta_s", "eta_seconds", "left_s", "remaining_s"},
}  # fmt: skip
_FIELDS: Final = {name: field for field, names in _NAMES.items() for name in names}
_SPLIT: Final = {"loss/current": "loss", "loss/average": "average", "loss/avg": "average",
                 "loss/validation": "validation", "loss/val": "validation"}  # fmt: skip


def field_of(name: str) -> str | None:
    """Return which field of a reading a name means: ``train/loss``, ``lr-AdamW``, ``avr_loss``."""
    name = name.strip().strip("'\"").lower()
    if found := _SPLIT.get(name) or _FIELDS.get(name.replace("/", "_").replace("-", "_")):
        return found
    head, _, tail = name.rpartition("/")
    if head in ("eval", "val", "validation", "test") and tail == "loss":
        return "validation"
    if head.startswith("lr") or name.startswith("lr-") or tail.startswith("lr-"):
        return "learning_rate"
    return _FIELDS.get(tail) or _FIELDS.get(tail.replace("-", "_"))


def read_pairs(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the fields that named numbers mean; of several with one meaning the first counts."""
    found: dict[str, float] = {}
    for name, value in pairs:
        field = field_of(name)
        if field:
            found.setdefault(field, value)
    return found


def reading_of(fields: dict[str, float], **more: object) -> Reading:
    """Return a reading of fields as `read_pairs` gives them."""
    known: dict[str, object] = dict(fields)
    for name in ("step", "total", "epochs"):
        if name in known:
            known[name] = whole(fields[name])
    return Reading(**{**known, **more})  # type: ignore[arg-type]
