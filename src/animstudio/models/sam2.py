"""SAM 2 through transformers, as a stream: a session a shot, its memory constant.

Ravi et al., "SAM 2: Segment anything in images and videos", 2024. The model looks back at the
frames where it was shown something, and at the last few others; to look into the past it is shown
the frames in reverse, in a session of its own. The session of transformers
keeps everything: each frame, and for each object the full masks of all frames. `_prune` drops
what the model never reads again, so that the answers are the same to the bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from animstudio.kernel.errors import MissingExtra
from animstudio.media.views import Bytes
from animstudio.models.registry import Host, Model
from animstudio.models.seams import Found, Mask, Newcomers, Sighting
from animstudio.models.tensors import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    device_of,
    inference,
    load,
    settings_of,
    tensor_of,
    torch_for,
)

KEPT: Final = 16
"""Frames whose memory is kept besides those of prompts: the model reads 7 masks and 16 pointers
at most, the present frame's among them."""
BACK: Final = 16
"""Frames that are held back, in which newcomers are looked for: a detector looks only now and
then, and what it finds was mostly there before."""
KNOWN: Final = 0.5
"""Share of the smaller of two masks that lies in the other, from which both are one thing."""
GONE: Final = 0.002
"""Share of the frame below which a mask is an error, and the thing out of sight."""


@dataclass(slots=True)
class Sam2:
    """Follows what it is shown; `prune` is there for the proof that it changes nothing."""

    name: str
    model: Any
    device: str
    threads: int
    mean: Sequence[float] = IMAGENET_MEAN
    std: Sequence[float] = IMAGENET_STD
    prune: bool = True
    finds: bool = field(default=False, init=False)

    def track(self, frames: Iterable[Bytes], newcomers: Newcomers) -> Iterator[Sequence[Sighting]]:
        """Yield what is in each frame. Nothing is followed before a newcomer was named."""
        session: Any = None
        labels: dict[int, str] = {}
        held: deque[tuple[Bytes, list[Sighting]]] = deque()
        for number, frame in enumerate(frames):
            seen: list[Sighting] = []
            if session is not None:
                seen = self._look(session, frame, number, labels)
            found = newcomers(number, frame, seen)
            if found:
                if session is None:
                    session = self._session(frame)
                # What is new is followed from this frame on, and this frame looked at again.
                known = len(labels)
                self._show(session, found, number, labels, frame)
                seen = self._look(session, frame, number, labels)
                self._look_back(held, found, frame, known)
            held.append((frame, seen))
            if len(held) > BACK:
                yield held.popleft()[1]
        for _, seen in held:
            yield seen

    def _look_back(
        self,
        held: Sequence[tuple[Bytes, list[Sighting]]],
        found: Sequence[Found],
        frame: Bytes,
        known: int,
    ) -> None:
        """Follow newcomers back in time, and add them to what was seen in the frames held.

        A thing is followed until it is out of sight, or is one that was followed already;
        `known` is how many things there were before these.
        """
        session, labels = self._session(frame), dict[int, str]()
        self._show(session, found, 0, labels, frame)
        self._look(session, frame, 0, labels)
        following = set(labels)
        for number, (before, seen) in enumerate(reversed(held), 1):
            there = {
                one.thing: one
                for one in self._look(session, before, number, labels)
                if one.thing in following and not any(_same(one, other) for other in seen)
            }
            following &= there.keys()
            if not following:
                return
            seen += [
                Sighting(known + thing, there[thing].mask, there[thing].score, labels[thing])
                for thing in sorted(following)
            ]

    def _session(self, frame: Bytes) -> Any:
        try:
            from transformers.models.sam2_video.modeling_sam2_video import (
                Sam2VideoInferenceSession,
            )
        except ImportError as error:
            raise MissingExtra("SAM 2", "models") from error
        dtype = next(self.model.parameters()).dtype
        height, width = frame.shape[:2]
        return Sam2VideoInferenceSession(
            video=None, video_height=height, video_width=width, inference_device=self.device,
            inference_state_device=self.device, video_storage_device=self.device, dtype=dtype,
        )  # fmt: skip

    def _show(
        self,
        session: Any,
        found: Sequence[Found],
        number: int,
        labels: dict[int, str],
        frame: Bytes,
    ) -> None:
        new = []
        for one in found:
            thing = len(labels) + 1
            labels[thing] = one.label
            x, y, w, h = one.box
            # A box is two points of the kinds 2 and 3: its upper left and lower right corners.
            self._prompt(session, thing, number, [(x, y), (x + w, y + h)], [2, 3], frame)
            new.append(thing)
        session.obj_with_new_inputs = new

    def masks_at(self, picture: Bytes, points: Sequence[tuple[int, int]]) -> list[Mask]:
        """Return the masks of what is at points (x, y) of one picture, where it sees something."""
        session, labels = self._session(picture), dict[int, str]()
        for thing, point in enumerate(points, 1):
            labels[thing] = ""
            self._prompt(session, thing, 0, [point], [1], picture)
        session.obj_with_new_inputs = list(labels)
        return [one.mask for one in self._look(session, picture, 0, labels)]

    def _prompt(
        self,
        session: Any,
        thing: int,
        number: int,
        points: Sequence[tuple[int, int]],
        kinds: Sequence[int],
        frame: Bytes,
    ) -> None:
        """Show a thing by points (x, y) in a frame; kind 1 is a point on it."""
        torch = torch_for("SAM 2")
        height, width = frame.shape[:2]
        side = self.model.config.image_size
        scale = torch.tensor([side / width, side / height], device=self.device)
        corners = torch.tensor(points, device=self.device).float() * scale
        session.add_point_inputs(
            session.obj_id_to_idx(thing), number,
            {"point_coords": corners.view(1, 1, len(points), 2).to(session.dtype),
             "point_labels": torch.tensor([[list(kinds)]], dtype=torch.int32, device=self.device)},
        )  # fmt: skip

    def _look(
        self, session: Any, frame: Bytes, number: int, labels: dict[int, str]
    ) -> list[Sighting]:
        torch = torch_for("SAM 2")
        height, width = frame.shape[:2]
        side = self.model.config.image_size
        pixels = tensor_of(frame, (side, side), self.mean, self.std, self.device, session.dtype)
        with inference(self.threads, self.device):
            answer = self.model(inference_session=session, frame=pixels, frame_idx=number)
            masks = torch.nn.functional.interpolate(
                answer.pred_masks.float(), (height, width), mode="bilinear", align_corners=False
            )[:, 0]
            scores = torch.sigmoid(answer.object_score_logits.float()).flatten().tolist()
            found = (masks > 0).cpu().numpy()
        if self.prune:
            _prune(session, number)
        return [
            Sighting(thing, mask, score, labels[thing])
            for thing, mask, score in zip(answer.object_ids, found, scores, strict=True)
            if score > 0.5 and np.count_nonzero(mask) >= GONE * mask.size
        ]


def _same(one: Sighting, other: Sighting) -> bool:
    """Return whether one sighting lies mostly within another."""
    both = np.count_nonzero(one.mask & other.mask)
    return bool(both >= KNOWN * min(np.count_nonzero(one.mask), np.count_nonzero(other.mask)))


def _prune(session: Any, number: int) -> None:
    """Drop what the model never reads again after frame `number`."""
    session.processed_frames.pop(number, None)
    for outputs in session.output_dict_per_obj.values():
        for kind in ("cond_frame_outputs", "non_cond_frame_outputs"):
            for output in outputs[kind].values():
                output.pop("high_res_masks", None)
        older = outputs["non_cond_frame_outputs"]
        for frame in [frame for frame in older if frame <= number - KEPT]:
            del older[frame]
    for tracked in session.frames_tracked_per_obj.values():
        for frame in [frame for frame in tracked if frame <= number - KEPT]:
            del tracked[frame]


def build(model: Model, host: Host) -> Sam2:
    """Load it from its folder. Raises AskedWrongly, MissingExtra, WorkFailed."""
    device = device_of(host.device, "SAM 2")
    folder = model.folder(host)
    settings = settings_of(folder)
    return Sam2(
        model.name,
        load("Sam2VideoModel", folder, device),
        device,
        host.threads,
        settings.get("image_mean", IMAGENET_MEAN),
        settings.get("image_std", IMAGENET_STD),
    )
