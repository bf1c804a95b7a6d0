"""``python -m scripts.scenarios.data_pipeline_automation run|...``: `animstudio pipeline`."""

import sys

from animstudio.cli import main

if __name__ == "__main__":  # worker processes import this module again
    main(["pipeline", *sys.argv[1:]])
