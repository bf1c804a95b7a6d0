"""How vectors are indexed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from animstudio.kernel.spec import Spec

IndexType = Literal["flat_ip", "flat_l2", "ivf_flat", "hnsw"]


class IndexSpec(Spec):
    """How vectors are indexed."""

    index_type: IndexType = "flat_ip"
    """`flat_ip` and `flat_l2` compare with every vector and find the same; `ivf_flat` and `hnsw`
    look at a part of them, for bases of millions of chunks."""
    n_clusters: Annotated[int, Field(ge=1, le=65536)] = 100
    """Clusters of `ivf_flat`; fewer where there are not 39 vectors for each."""
