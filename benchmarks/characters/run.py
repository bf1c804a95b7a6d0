"""Are characters found and told apart? Tracks beside crops, on films whose truth is known.

python benchmarks/characters/run.py [--seeds 101 102] [--shots 24] [--clip opening.webm]
    [--embedders appearance efficientnet-lite0] [--keep FOLDER] [--standing 12 --empty 12]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import drawn
import score as scoring

from animstudio.characters import rle
from animstudio.characters.clustering import RecogniseSpec
from animstudio.characters.gathered import Tracks, gather_tracks
from animstudio.characters.grouping import NOBODY, by_density
from animstudio.characters.recognise import recognise
from animstudio.characters.records import ShotRecord
from animstudio.characters.segmentation import FindSpec, segment_shot
from animstudio.characters.shots_of import shot_items, shot_of
from animstudio.characters.vectors import Vectors
from animstudio.cli.demo import demo_clip
from animstudio.film.extraction import FrameExtractionSpec, extract_film
from animstudio.media.encode import write_film
from animstudio.models.foreground.segmenter import Foreground
from animstudio.models.registry import Host, build_embedder

CLIP = {("big_buck_bunny_opening_30s", 3): "bird", ("bigbuckbunny", 1): "bunny"}
"""Who is in the shots of the licensed clips."""


def segmented(film: Path, work: Path, name: str) -> list[ShotRecord]:
    """Take a film apart and find its characters, as the stages do; once for a kept folder."""
    kept = work / f"{name}.jsonl"
    if kept.is_file():
        lines = kept.read_text().splitlines()
        return [ShotRecord.model_validate_json(line) for line in lines]
    folder = work / "extract" / name
    folder.mkdir(parents=True)
    spec = FrameExtractionSpec(input_dir=film)
    extract_film(film, folder, spec, name=name, film=str(film.resolve()))
    options = FindSpec(save_backgrounds=False)
    found = [
        segment_shot(shot_of(item), options, work / "characters", Foreground(), None)
        for item in shot_items(folder, options.rate)
    ]
    kept.write_text("".join(record.model_dump_json() + "\n" for record in found))
    return found


def drawn_truth(shots: list[drawn.DrawnShot], records: list[ShotRecord]) -> dict[str, str]:
    """Return who each instance shows: the character with most of its mask, if it is half of both.

    Others are no usable crops: ground, two characters in one, a hand.
    """
    masks: dict[int, dict[str, Any]] = {}
    for number, shot in enumerate(shots):
        for offset, (_, found) in enumerate(shot.frames()):
            masks[number * drawn.FRAMES + offset] = found
    truth = {}
    for record in records:
        by_frame = {(t.track, f): m for t in record.tracks
                    for f, m in zip(t.frames, t.masks, strict=True)}  # fmt: skip
        for one in record.instances:
            mask = rle.decode(by_frame[one.track, one.frame])
            best = max(
                (np.count_nonzero(mask & m) / max(1, np.count_nonzero(mask | m)), name)
                for name, m in [("", np.zeros_like(mask)), *masks[one.frame].items()]
            )
            if best[0] >= 0.5:
                truth[one.name] = best[1]
    return truth


def present(shots: list[drawn.DrawnShot]) -> int:
    """Return how many characters are in shots, all counted in each."""
    return sum(len(shot.parts) for shot in shots)


def of_still(shots: int, standing: int, records: list[ShotRecord],
             truth: dict[str, str]) -> dict[str, int]:  # fmt: skip
    """Return what was found in the shots after the first `shots` of a film.

    In each of the next `standing` one of the cast stands still; in the others there is nobody.
    """
    right, wrong, nobody = set(), 0, 0
    for record in records:
        for track in record.tracks:
            shot = track.frames[0] // drawn.FRAMES
            if shot >= shots + standing:
                nobody += 1
            elif shot >= shots:
                names = {one.name for one in record.instances if one.track == track.track}
                right |= {shot} if names & truth.keys() else set()
                wrong += not names & truth.keys()
    return {"standing_found": len(right), "else_beside_standing": wrong, "found_in_empty": nobody}


def as_crops(tracks: Tracks) -> Tracks:
    """Return the same with every picture for itself, as tools do that know of no tracks."""
    names, vectors, instances = [], [], []
    for own, crops in zip(tracks.instances, tracks.crops, strict=True):
        for one, vector in zip(own, crops, strict=True):
            names.append(one.name)
            vectors.append(vector)
            instances.append([one])
    return Tracks(names, np.stack(vectors), [v[None] for v in vectors], instances, frozenset())


def groups_of(tracks: Tracks, labels: Any) -> dict[str, str | None]:
    return {
        one.name: None if label == NOBODY else str(label)
        for own, label in zip(tracks.instances, labels.tolist(), strict=True)
        for one in own
    }


def compared(records: list[ShotRecord], folder: Path, truth: dict[str, str],
             embedder: str) -> dict[str, Any]:  # fmt: skip
    model = Vectors(embedder, lambda: build_embedder(embedder, Host(Path(), threads=2)))
    how = RecogniseSpec(embedder=embedder).how()
    tracks = gather_tracks(records, folder, model, best=5)
    every = gather_tracks(_by_name(records), folder, model, best=10_000)
    crops = as_crops(every)
    answers = {
        "tracks": groups_of(tracks, recognise(tracks, how).labels),
        "crops, same rules": groups_of(crops, recognise(crops, replace(how, reach=None)).labels),
        "crops, HDBSCAN 12/2": groups_of(
            crops, by_density(crops.vectors, (), smallest=12, samples=2).labels
        ),
    }
    names = sorted(truth)
    return {
        way: asdict(scoring.score([truth[n] for n in names], [found.get(n) for n in names]))
        for way, found in answers.items()
    }


def _by_name(records: list[ShotRecord]) -> list[ShotRecord]:
    """Return the records with every instance a track of its own, so that all are embedded."""
    return [
        record.model_copy(
            update={"instances": [one.model_copy(update={"track": one.name})
                                  for one in record.instances]}
        )
        for record in records
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102])
    parser.add_argument("--shots", type=int, default=24)
    parser.add_argument("--clip", type=Path, help="the 30 s opening of Big Buck Bunny")
    parser.add_argument("--embedders", nargs="+", default=["appearance", "efficientnet-lite0"])
    parser.add_argument("--standing", type=int, default=0, help="more shots: one stands still")
    parser.add_argument("--empty", type=int, default=0, help="more shots, with nobody")
    parser.add_argument("--keep", type=Path, help="an empty folder that is not deleted")
    asked = parser.parse_args()
    results: dict[str, Any] = {"seeds": asked.seeds, "shots": asked.shots, "runs": []}
    with tempfile.TemporaryDirectory() as temporary:
        work = asked.keep or Path(temporary)
        (work / "characters").mkdir(parents=True, exist_ok=True)
        records: list[ShotRecord] = []
        truth: dict[str, str] = {}
        appearances = 0
        still: Counter[str] = Counter()
        for seed in asked.seeds:
            shots = drawn.drawn_film(seed, asked.shots)
            shots += drawn.still_shots(seed, asked.standing, asked.empty)
            film = work / f"drawn{seed}.mp4"
            write_film(film, (f for shot in shots for f, _ in shot.frames()), rate=drawn.RATE,
                       options={"crf": "20"})  # fmt: skip
            began = time.perf_counter()
            found = segmented(film, work, f"drawn{seed}")
            spent = time.perf_counter() - began
            own = drawn_truth(shots, found)
            still.update(of_still(asked.shots, asked.standing, found, own))
            truth |= own
            appearances += present(shots)
            records += found
            print(f"drawn{seed}: {len(found)} shots, {spent:.0f} s", file=sys.stderr)
        for clip in [demo_clip(), *([asked.clip] if asked.clip else [])]:
            found = segmented(clip, work, clip.stem)
            records += found
            for record in found:
                who = CLIP.get((record.film, record.shot))
                truth |= {one.name: who for one in record.instances if who}
            appearances += sum(film == clip.stem for film, _ in CLIP)
        instances = [one for record in records for one in record.instances]
        seen = {(one.film, one.shot, truth[one.name]) for one in instances if one.name in truth}
        results |= {
            "appearances": appearances, "appearances_found": len(seen),
            "tracks": sum(len(r.tracks) for r in records), "crops": len(instances),
            "usable_crops": len(truth), "characters": dict(Counter(truth.values())),
        }  # fmt: skip
        if asked.standing or asked.empty:
            films = len(asked.seeds)
            results |= {"standing": asked.standing * films, "empty": asked.empty * films, **still}
            print({name: results[name] for name in ("standing", "empty", *still)}, file=sys.stderr)
        for embedder in asked.embedders:
            for way, numbers in compared(records, work / "characters", truth, embedder).items():
                results["runs"].append({"embedder": embedder, "by": way, **numbers})
                print(f"{embedder:20} {way:22} {numbers}", file=sys.stderr)
    print(json.dumps(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
