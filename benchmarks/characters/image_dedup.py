"""What imagededup says of a folder, as JSON; run by its own Python.

python image_dedup.py FOLDER METHOD THRESHOLD WORKERS

Only its hashes are run. Importing these imports its networks, and so torch and torchvision; mocks
stand in for both, and nothing that is measured touches them.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from unittest.mock import MagicMock


def main() -> None:
    for name in ("torch", "torch.nn", "torch.utils", "torch.utils.data", "torchvision",
                 "torchvision.transforms", "torchvision.models",
                 "torchvision.models.efficientnet", "torchvision.models.mobilenetv3",
                 "torchvision.models.vision_transformer"):  # fmt: skip
        sys.modules[name] = MagicMock()
    sys.modules["torch"].Tensor = type("Tensor", (), {})  # type: ignore[attr-defined]
    from imagededup import methods

    folder, method, threshold, workers = sys.argv[1], *sys.argv[2:5]
    began = time.perf_counter()
    hasher = getattr(methods, method)(verbose=False)
    found = hasher.find_duplicates(
        image_dir=folder, max_distance_threshold=int(threshold),
        num_enc_workers=int(workers), num_dist_workers=int(workers),
    )  # fmt: skip
    spent = time.perf_counter() - began
    pairs = sorted({tuple(sorted((one, other))) for one, all_ in found.items() for other in all_})
    most = max(resource.getrusage(who).ru_maxrss
               for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    json.dump({"pairs": pairs, "seconds": spent, "megabytes": most / 1024}, sys.stdout)


if __name__ == "__main__":
    main()
