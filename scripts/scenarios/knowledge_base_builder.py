"""``python -m scripts.scenarios.knowledge_base_builder build|add|query|stats``: `animstudio kb`."""

import sys

from animstudio.cli import main

main(["kb", *sys.argv[1:]])
