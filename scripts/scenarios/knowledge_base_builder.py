"""``python -m scripts.scenarios.knowledge_base_builder build|add|query|stats``: `animstudio kb`."""

import sys

from animstudio.cli import main

if __name__ == "__main__":  # a worker process imports this file, and must not run it again
    main(["kb", *sys.argv[1:]])
