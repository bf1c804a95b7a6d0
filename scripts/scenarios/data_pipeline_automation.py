"""``python -m scripts.scenarios.data_pipeline_automation run|...``: `animstudio pipeline`."""

import sys

from animstudio.cli import main

main(["pipeline", *sys.argv[1:]])
