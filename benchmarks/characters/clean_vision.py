"""What CleanVision says of a folder, as JSON; run by its own Python.

python clean_vision.py FOLDER JOBS
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

RULES = {"blurry": "blur", "dark": "dark", "light": "light", "low_information": "low_information",
         "odd_aspect_ratio": "odd_aspect", "odd_size": "tiny"}  # fmt: skip


def main() -> None:
    from cleanvision import Imagelab

    folder, jobs = Path(sys.argv[1]), int(sys.argv[2])
    began = time.perf_counter()
    lab = Imagelab(data_path=str(folder), verbose=False)
    lab.find_issues(n_jobs=jobs, verbose=False)
    spent = time.perf_counter() - began
    flags = {
        ours: [Path(name).name for name in lab.issues.index[lab.issues[f"is_{rule}_issue"]]]
        for rule, ours in RULES.items()
    }
    groups = {
        kind: [
            [Path(name).name for name in group] for group in lab.info[f"{kind}_duplicates"]["sets"]
        ]
        for kind in ("exact", "near")
    }
    json.dump({"flags": flags, "groups": groups, "seconds": spent}, sys.stdout)


if __name__ == "__main__":
    main()
