"""``python -m scripts.scenarios.batch_training_orchestrator submit|...``: `animstudio jobs`."""

import sys

from animstudio.cli import main

if __name__ == "__main__":  # worker processes import this module again
    main(["jobs", *sys.argv[1:]])
