"""Where pictures become torch tensors: devices, resizing and normalising, in our own words.

The processors that ship with models ask for torchvision, whose wheel seldom fits a torch for
the processor alone; what they do is little, and is done here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from animstudio.kernel.errors import AskedWrongly, MissingExtra, WorkFailed
from animstudio.kernel.work import OutOfMemory
from animstudio.media.views import Bytes

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_STD: Final = (0.229, 0.224, 0.225)


def torch_for(what: str) -> Any:
    """Return the module torch. Raises MissingExtra, naming what needs it."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtra(what, "models") from error
    return torch


def device_of(wanted: str, what: str) -> str:
    """Return the device that a word means. Raises AskedWrongly where it is not there."""
    torch = torch_for(what)
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(wanted).type
    except RuntimeError as error:
        raise AskedWrongly(
            f"no device is called '{wanted}'", hint="auto, cpu, cuda and cuda:1 are devices"
        ) from error
    if kind == "cuda" and not torch.cuda.is_available():
        raise AskedWrongly(f"'{wanted}': torch sees no CUDA device here", hint="use --device cpu")
    return wanted


def tensor_of(picture: Bytes, size: tuple[int, int], mean: Sequence[float], std: Sequence[float],
              device: str, dtype: Any = None) -> Any:  # fmt: skip
    """Return a BGR picture as (3, height, width) RGB at `size` (width, height), normalised.

    Bilinear with antialiasing, as PIL does it; `mean` and `std` are of values from 0 to 1.
    """
    torch = torch_for("a network")
    rgb = np.ascontiguousarray(picture[:, :, ::-1].transpose(2, 0, 1))
    found = torch.from_numpy(rgb).to(device).float().unsqueeze(0) / 255
    if tuple(found.shape[-1:-3:-1]) != size:
        found = torch.nn.functional.interpolate(
            found, (size[1], size[0]), mode="bilinear", align_corners=False, antialias=True
        )
    centre = torch.tensor(mean, device=device).view(1, 3, 1, 1)
    spread = torch.tensor(std, device=device).view(1, 3, 1, 1)
    found = ((found - centre) / spread)[0]
    return found if dtype is None else found.to(dtype)


def load(kind: str, folder: Path, device: str) -> Any:
    """Return a transformers model of this class out of a local folder, ready to be asked.

    Raises MissingExtra; WorkFailed for a folder that does not hold all of such a model. What is
    missing would be made up at random, and nobody would be told.
    """
    torch_for(kind)
    try:
        import transformers
    except ImportError as error:
        raise MissingExtra(kind, "models") from error
    try:
        with _silence(transformers):
            found, told = getattr(transformers, kind).from_pretrained(
                str(folder), local_files_only=True, use_safetensors=True, output_loading_info=True
            )
    except Exception as error:  # of a library that reads what somebody copied there
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise WorkFailed(f"{folder}: this is no {kind} that can be loaded: {said}") from error
    if missing := sorted(told["missing_keys"]):
        raise WorkFailed(
            f"{folder}: {len(missing):,} of its weights are missing, such as {missing[0]}",
            hint=f"these are weights of another model than {kind}, or not all of them",
        )
    return found.to(device).eval()


@contextmanager
def _silence(transformers: Any) -> Iterator[None]:
    """Keep its bars and reports off the terminal: what matters is said in our own words."""
    logs = transformers.utils.logging
    level = logs.get_verbosity()
    logs.disable_progress_bar()
    logs.set_verbosity_error()
    try:
        yield
    finally:
        logs.set_verbosity(level)


def settings_of(folder: Path) -> dict[str, Any]:
    """Return what a model's folder says of how pictures are prepared; empty if it does not.

    Raises WorkFailed for a file that is damaged.
    """
    found: dict[str, Any] = {}
    for name in ("processor_config.json", "preprocessor_config.json"):
        file = folder / name
        if file.is_file():
            try:
                content = json.loads(file.read_text(encoding="utf-8"))
                found |= content.get("image_processor", content)
            except (OSError, ValueError, AttributeError, TypeError) as error:
                raise WorkFailed(f"{file}: this is no JSON object: {error}") from error
    return found


@contextmanager
def inference(threads: int, device: str) -> Iterator[None]:
    """Compute without gradients; on the processor with so many threads.

    Raises OutOfMemory in the place of torch's own error.
    """
    torch = torch_for("a network")
    if device == "cpu":
        torch.set_num_threads(max(1, min(threads, os.cpu_count() or 1)))
    try:
        with torch.inference_mode():
            yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise OutOfMemory(f"{device}: memory ran out: {str(error).splitlines()[0]}") from error
