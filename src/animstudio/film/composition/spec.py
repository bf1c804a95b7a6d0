"""How composition is judged: the one home of its options."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from animstudio.kernel.spec import Share, Spec


class CompositionSpec(Spec):
    """How a picture's composition is judged."""

    subjects: Annotated[int, Field(ge=0, le=10)] = 3
    """Most salient subjects to find in a picture."""
    subject_min_area: Share = 0.01
    """Smallest subject: the share of the picture that its box takes, at least."""
    subject_max_area: Share = 0.8
    """Largest subject: the share of the picture that it covers, at most."""
    colours: Annotated[int, Field(ge=1, le=16)] = 5
    """Most colours in a picture's palette."""
