"""``python -m animstudio``."""

from animstudio.cli import main

if __name__ == "__main__":
    main()
