"""What became of the tracks, spelt out: to whom each belongs, how surely, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from animstudio.characters.cluster_records import (
    NOISE,
    Attempt,
    CharacterRecord,
    ClusteringMetadata,
    TrackVerdict,
)
from animstudio.characters.gathered import Tracks
from animstudio.characters.grouping import NOBODY, silhouette
from animstudio.characters.naming import Answer, Wishes
from animstudio.characters.vectors import Vectors
from animstudio.kernel.errors import nearest


def verdicts_of(tracks: Tracks, answer: Answer) -> list[TrackVerdict]:
    """Return to whom each track belongs, and how surely."""
    found = []
    for number, name in enumerate(tracks.names):
        label = int(answer.labels[number])
        likes = answer.centres @ tracks.vectors[number] if len(answer.centres) else np.zeros(0)
        own = label if label != NOBODY else int(likes.argmax()) if len(likes) else NOBODY
        like = float(likes[own]) if own != NOBODY else 0.0
        others = np.delete(likes, own) if own != NOBODY else likes
        margin = like - float(others.max()) if len(others) else like
        found.append(
            TrackVerdict(
                track=name,
                instances=len(tracks.instances[number]),
                character=answer.characters[label] if label != NOBODY else None,
                similarity=round(like, 4),
                margin=round(margin, 4),
                by=answer.by[number],
                noise=answer.noise[number],
            )
        )
    return found


def metadata_of(
    tracks: Tracks,
    answer: Answer,
    verdicts: Sequence[TrackVerdict],
    wishes: Wishes,
    vectors: Vectors,
    parameters: Mapping[str, object],
) -> ClusteringMetadata:
    """Return what became of all tracks; `parameters` are the options that it was made with."""
    score = silhouette(tracks.vectors, answer.labels)
    noise = [v for v in verdicts if v.character is None]
    known = [*wishes.named, *wishes.references]
    return ClusteringMetadata(
        embedder=vectors.name,
        dimensions=vectors.dimensions,
        method=str(parameters["method"]),
        parameters={**parameters, "reach": answer.reach},
        characters=[_character(tracks, answer, n) for n in range(len(answer.characters))],
        noise_tracks=len(noise),
        noise_instances=sum(v.instances for v in noise),
        silhouette_score=None if score is None else round(score, 4),
        attempts=[Attempt(clusters=k, silhouette=s) for k, s in answer.tried],
        tracks=list(verdicts),
        unseen=[name for name in dict.fromkeys(known) if name not in (*answer.characters, NOISE)],
        notes=[*_notes(tracks, answer, noise), *_strangers(tracks, wishes)],
    )


def _character(tracks: Tracks, answer: Answer, number: int) -> CharacterRecord:
    own = np.flatnonzero(answer.labels == number).tolist()
    sources = [one for track in own for one in tracks.instances[track]]
    likes = tracks.vectors[own] @ answer.centres[number]
    return CharacterRecord(
        name=answer.characters[number],
        folder=answer.characters[number],
        named_by=answer.named_by[number],
        tracks=len(own),
        shots=len({(one.film, one.shot) for one in sources}),
        films=sorted({one.film for one in sources}),
        instances=len(sources),
        cohesion=round(float(likes.mean()), 4),
    )


def _notes(tracks: Tracks, answer: Answer, noise: Sequence[TrackVerdict]) -> list[str]:
    if not tracks.names:
        return ["segmentation found no character in any shot, so there is nothing to recognise"]
    if not answer.characters:
        if all(v.noise == "rejected" for v in noise):
            return ["no character: the cast rejects every track"]
        few = sum(v.noise in ("few", "unlike") for v in noise)
        tracks_are = "track is" if len(noise) == 1 else "tracks are"
        return [
            f"no character: {few} of {len(noise)} {tracks_are} of groups with too few pictures; "
            "a smaller min_cluster_size, or more films, would let them count"
        ]
    return []


def _strangers(tracks: Tracks, wishes: Wishes) -> list[str]:
    """Return what the cast says of tracks that are not there, as after another segmentation."""
    said = {track for names in wishes.named.values() for track in names} | wishes.rejected
    gone = sorted(said - set(tracks.names))
    if not gone:
        return []
    shown = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
    near = nearest(gone[0], [*tracks.names, *wishes.named]) if len(gone) == 1 else ""
    what = "a track or character that is" if len(gone) == 1 else (
        f"{len(gone)} tracks or characters that are"
    )  # fmt: skip
    return [f"the cast names {what} not there: {shown}{near}"]
