"""A small but real training: LoRA matrices over a frozen layer, checkpoints, and a log.

It logs as kohya's scripts do (`--log kohya`: a bar with avr_loss) or as the Trainer of
transformers does (`--log trainer`: a dict a line), saves safetensors, and goes on from
ANIMSTUDIO_RESUME_FROM when it is tried again. `--fault` makes it go wrong in earnest.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import threading
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

WIDTH, CLASSES, BATCH, WARM = 32, 4, 64, 10


class Lora(nn.Module):
    """A frozen linear layer, and the low-rank change of it that is learnt."""

    def __init__(self, rank: int) -> None:
        super().__init__()
        self.base = nn.Linear(WIDTH, CLASSES).requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, WIDTH) / math.sqrt(WIDTH))
        self.up = nn.Parameter(torch.zeros(CLASSES, rank))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the scores of classes, [batch, CLASSES], of pictures, [batch, WIDTH]."""
        return self.base(pictures) + pictures @ self.down.T @ self.up.T


def main() -> None:
    """Train."""
    asked = _asked()
    torch.set_num_threads(1)
    torch.manual_seed(asked.seed)
    truth = torch.randn(WIDTH, CLASSES)
    model = Lora(asked.rank)
    done = _resume(model)
    optimiser = torch.optim.SGD([model.down, model.up], lr=asked.rate)
    log = _Kohya(asked.steps) if asked.log == "kohya" else _Trainer(asked)
    for step in range(done + 1, asked.steps + 1):
        pictures = torch.randn(BATCH, WIDTH)
        labels = (pictures @ truth).argmax(dim=1)
        loss = nn.functional.cross_entropy(model(pictures), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        log.tell(step, loss.item())
        threading.Event().wait(asked.pace)
        if step % asked.save_every == 0 or step == asked.steps:
            _save(model, asked.output / f"{asked.output.name}-step{step:08}.safetensors")
        if asked.fault and step == done + WARM:
            _go_wrong(asked.fault, first=not done)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--rank", type=int, default=4)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rate", type=float, default=0.5)
    parser.add_argument("--pace", type=float, default=0.02, help="seconds a step rests")
    parser.add_argument("--save-every", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", choices=["kohya", "trainer"], default="kohya")
    parser.add_argument("--fault", choices=["memory", "hang", "hang-once"])
    return parser.parse_args()


def _resume(model: Lora) -> int:
    """Go on from a checkpoint, if there is one; return how many steps were done."""
    found = Path(os.environ.get("ANIMSTUDIO_RESUME_FROM", ""))
    if found.suffix != ".safetensors":
        return 0
    model.load_state_dict(load_file(found))
    sys.stdout.write(f"goes on from {found.name}\n")
    return int(found.stem.rpartition("step")[2])


def _save(model: Lora, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, file, metadata={"ss_steps": file.stem.rpartition("step")[2].lstrip("0")})


def _go_wrong(fault: str, *, first: bool) -> None:
    if fault == "memory":
        torch.empty(1 << 55)  # more than any machine has
    if fault == "hang" or first:
        threading.Event().wait()  # as a loader does that waits for a worker which is dead


class _Kohya:
    """The bar of kohya's scripts."""

    def __init__(self, steps: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=steps, desc="steps", mininterval=0)
        self._mean, self._told = 0.0, 0

    def tell(self, step: int, loss: float) -> None:
        self._told += 1
        self._mean += (loss - self._mean) / min(self._told, 20)
        self._bar.n = step
        self._bar.set_postfix(avr_loss=self._mean)


class _Trainer:
    """The lines of the Trainer of transformers."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._asked = asked

    def tell(self, step: int, loss: float) -> None:
        if step % 5 == 0:
            told = {"loss": round(loss, 4), "learning_rate": self._asked.rate,
                    "step": step, "max_steps": self._asked.steps}  # fmt: skip
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
