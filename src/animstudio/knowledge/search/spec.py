"""How passages are searched."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from animstudio.kernel.spec import Count, Share, Spec

Mode = Literal["hybrid", "dense", "bm25"]


class SearchSpec(Spec):
    """How passages are searched."""

    mode: Mode = "hybrid"
    """By meaning and words together, by meaning alone, or by words alone."""
    top_k: Annotated[int, Field(ge=1, le=1000)] = 5
    """Passages to return at most."""
    min_score: Annotated[float, Field(ge=-1, le=1)] | None = None
    """Leave out passages whose cosine to the question is lower, whatever the mode and index."""
    dense_weight: Share = 0.6
    """What the meaning counts in hybrid search; the words count the rest."""
    merge: bool = True
    """Make one passage of neighbours in the same document."""
    context: Count = 0
    """Chunks before and after each passage to show with it."""
