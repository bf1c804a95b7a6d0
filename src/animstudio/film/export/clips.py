"""The film as an editor's list of clips.

The transitions of a finished film are in its pictures already. A clip list says where they
are without harm: outgoing and incoming material are the same frames of the same file, so a
dissolve from one to the other shows exactly the film.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from animstudio.film.export.timecode import TimecodeRate, grid_frame
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot, TransitionKind


@dataclass(frozen=True, slots=True)
class Clip:
    """A shot on the grid of a steady rate: frames [start, end) since the film's first frame.

    opening: how it begins; `before` frames of the transition lie before `start`, `after`
    from there on. Both are 0 at a cut, and at the film's own beginning: what fades in from
    nothing has no outgoing clip, so `opening` only names it.
    """

    number: int
    start: int
    end: int
    opening: TransitionKind | None
    closing: TransitionKind | None
    before: int
    after: int

    @property
    def mixes(self) -> bool:
        """Whether it opens with a gradual transition out of another clip."""
        return self.before + self.after > 0


def clips(shots: Sequence[Shot], measures: Measures, rate: TimecodeRate) -> list[Clip]:
    """Return the shots as clips that tile the film; transitions never reach past a clip's end.

    Every clip lasts at least one frame, also where a film of variable rate packs two shots
    into one frame of the grid.
    """
    made: list[Clip] = []
    start = 0
    for shot in shots:
        end = max(start + 1, grid_frame(measures, shot.end, rate))
        before, after = _mix(shot, measures, rate, start)
        if made:
            held = made[-1]
            # What the outgoing clip's own opening leaves of it; no two transitions overlap.
            before = min(before, held.end - held.start - held.after)
        made.append(
            Clip(
                number=shot.number,
                start=start,
                end=end,
                opening=shot.opening.kind if shot.opening else None,
                closing=shot.closing.kind if shot.closing else None,
                before=before if made else 0,
                after=min(after, end - start) if made else 0,
            )
        )
        start = end
    return made


def _mix(shot: Shot, measures: Measures, rate: TimecodeRate, start: int) -> tuple[int, int]:
    """Return how many grid frames of the opening transition lie before and after `start`."""
    opening = shot.opening
    if opening is None or opening.start == opening.end:
        return 0, 0
    before = start - grid_frame(measures, opening.start, rate)
    after = grid_frame(measures, opening.end, rate) - start
    return max(0, before), max(0, after)
